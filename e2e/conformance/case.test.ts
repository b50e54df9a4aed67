import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { loadCorpus } from "./case.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Loads a corpus of one case: workload `w` with a volume `v`, and these lines besides. */
function load({ steps, top = "", workload = "" }: { steps: string; top?: string; workload?: string }) {
  const dir = mkdtempSync(join(tmpdir(), "portcullis-corpus-"));
  folders.push(dir);
  mkdirSync(join(dir, "cases"));
  const text = `id: one\ntitle: t\nfeatures: []\n${top}\nworkloads:\n- id: w\n  volumes: [{name: v, emptyDir: {}}]\n${workload}\nsteps:\n${steps}\n`;
  writeFileSync(join(dir, "cases", "one.yaml"), text);
  return loadCorpus(dir).cases[0]!;
}

describe("a case", () => {
  it("is read with every kind of step", () => {
    const steps = [
      "- exec: [ls]",
      "- restart: w",
      "- label: {w: {a: b, c: null}}",
      "- update: {w: {v: {file: text}}}",
      "- status: {policy: p, conditions: [{type: Enforced, status: 'True'}]}",
      "- parallel: [{exec: [ls]}, {exec: [cat]}]",
    ];
    expect(load({ steps: steps.join("\n") }).steps).toHaveLength(steps.length);
  });

  it.each([
    ["a key of a case", { top: "colour: red", steps: "- exec: [ls]" }, /cases\/one\.yaml:[\s\S]*colour/],
    ["a key of a step", { steps: "- exec: [ls]\n  retries: 3" }, /cases\/one\.yaml:[\s\S]*retries/],
    ["a key of a command among several", { steps: "- parallel: [{exec: [ls]}, {exec: [ls], colour: red}]" }, /colour/],
    [
      "a key of a volume's mount",
      { workload: "  containers: [{name: c, mounts: [{volume: v, path: /v, mode: 1}]}]", steps: "- exec: [ls]" },
      /mode/,
    ],
  ])("with %s that there is not is refused by file and key", (_, parts, message) => {
    expect(() => load(parts)).toThrow(message);
  });

  it("with a step that does two things is refused", () => {
    expect(() => load({ steps: "- exec: [ls]\n  start: w" })).toThrow(
      /steps\[0\] must do one of .* not exec and start/,
    );
  });
  it("with a workload that there is not is refused", () => {
    expect(() => load({ steps: "- restart: other" })).toThrow(/names the workload other/);
  });
  it("with a mount of no volume is refused", () => {
    const workload = "  containers: [{name: c, mounts: [{volume: lost, path: /v}]}]";
    expect(() => load({ workload, steps: "- exec: [ls]" })).toThrow(/there is no volume lost/);
  });
  it("with a volume of two kinds is refused", () => {
    const steps = "- exec: [ls]";
    const text = { steps, workload: "- id: x\n  volumes: [{name: v, emptyDir: {}, hostPath: /x}]" };
    expect(() => load(text)).toThrow(/volume v must be one of/);
  });
});
