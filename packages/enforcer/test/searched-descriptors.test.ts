/** Descriptors from before a rule are looked for when a table is new, and a container waits until nothing new is found. */
import { describe, expect, it } from "@jest/globals";
import { MemoryLog } from "@portcullis/daemon/testing";
import type { RuleSet } from "@portcullis/model";
import { awaitsDescriptors, SearchedDescriptors } from "../src/bind/searched-descriptors.ts";
import { accepted, container, ReconcilingNode, selected } from "./reconciling-node.ts";
import { RecordingEngine } from "./recorder.ts";
import { rule, ruleSet } from "./support.ts";

const policy = { kind: "KubeArmorPolicy", namespace: "shop", name: "files" } as const;
const blocked = rule(1, "/secret", { category: "file", origin: "spec.file.matchPaths[0]" });
const files: RuleSet = { policies: [policy], rules: [blocked], posture: {} };
const audits: RuleSet = { ...files, rules: [{ ...blocked, action: "audit" }] };
const quiet = { isOver: true, files: 0, slots: 0 };

function node() {
  const engine = new RecordingEngine();
  const state = { now: 0 };
  const log = new MemoryLog();
  const descriptors = new SearchedDescriptors({ engine, log, now: () => state.now });
  const pass = (ruleSet: RuleSet | undefined, isNew: boolean) => {
    descriptors.begin();
    descriptors.bound("web-1", ruleSet, isNew);
    descriptors.settle();
    return descriptors.awaits("web-1");
  };
  return { engine, state, log, descriptors, pass };
}

describe("what processes had open before a rule", () => {
  it("is looked for when a table is set that can deny files, and not again", () => {
    const { engine, pass } = node();
    expect(pass(files, true)).toBe("");
    expect(pass(files, false)).toBe("");
    expect(engine.searched).toBe(1);
    pass(files, true);
    expect(engine.searched).toBe(2);
  });

  it("is looked for by a process that finds the table bound already", () => {
    const { engine, pass } = node();
    pass(files, false);
    expect(engine.searched).toBe(1);
  });

  it("is looked for by such a process, although at first every container waits for something else", () => {
    const { engine, descriptors, pass } = node();
    descriptors.begin();
    descriptors.settle();
    expect(engine.searched).toBe(0);
    pass(files, false);
    expect(engine.searched).toBe(1);
  });

  it("is looked for when tasks of the host have become actors since", () => {
    const { engine, descriptors, pass } = node();
    pass(files, true);
    descriptors.begin(true);
    descriptors.bound("web-1", files, false);
    descriptors.settle();
    expect(engine.searched).toBe(2);
  });

  it("is not looked for where nothing can be denied", () => {
    const { engine, pass } = node();
    pass(audits, true);
    pass(undefined, true);
    expect(engine.searched).toBe(0);
  });

  it("keeps a container waiting as long as something new is found", () => {
    const { engine, pass } = node();
    engine.searches = [{ isOver: false, files: 3, slots: 1 }, quiet];
    expect(pass(files, true)).toBe(awaitsDescriptors);
    expect(pass(files, false)).toBe("");
    expect(engine.searched).toBe(2);
  });

  it("is looked for from time to time while it is held, also when the rule has gone", () => {
    const { engine, state, pass } = node();
    engine.searches = [{ isOver: true, files: 1, slots: 1 }, { isOver: true, files: 1, slots: 1 }, quiet];
    pass(files, true);
    pass(files, false);
    expect(engine.searched).toBe(1);
    state.now = 30_000;
    pass(files, false);
    expect(engine.searched).toBe(2);
    pass(undefined, true);
    expect(engine.searched).toBe(3);
    state.now = 90_000;
    pass(undefined, false);
    expect(engine.searched).toBe(3);
  });

  it("that cannot be looked for is said of every rule that it concerns, once in the log, and tried again", () => {
    const { engine, state, log, descriptors, pass } = node();
    engine.searches = [new Error("E2BIG"), new Error("E2BIG")];
    expect(pass(files, true)).toBe("");
    expect(descriptors.refusedParts(files)).toEqual([
      {
        policy,
        origin: "spec.file.matchPaths[0]",
        reason: "what processes had open before the rule cannot be looked for on this node: E2BIG",
      },
    ]);
    expect(descriptors.refusedParts(audits)).toEqual([]);
    pass(files, true);
    expect(engine.searched).toBe(1);
    for (state.now = 30_000; state.now <= 60_000; state.now += 30_000) pass(files, false);
    expect(engine.searched).toBe(3);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    expect(descriptors.refusedParts(files)).toEqual([]);
  });

  it("makes the policies of the container wait and no others, and is said in the status", async () => {
    const node = new ReconcilingNode();
    const made = ruleSet(blocked);
    const of = accepted(selected(1, made.digest));
    const bundle = { ...of, ruleSets: new Map([[made.digest, made.ruleSet]]) };
    node.engine.searches = [{ isOver: false, files: 1, slots: 1 }];
    node.pass(bundle, [container(1)]);
    await new Promise((resolve) => setImmediate(resolve));
    const { waitingFor } = node.pass(bundle, [container(1)]);
    expect(waitingFor).toEqual([{ policy: made.ruleSet.policies[0], reason: `shop/web-1/app: ${awaitsDescriptors}` }]);
    expect(node.pass(bundle, [container(1)]).waitingFor).toEqual([]);
  });
});
