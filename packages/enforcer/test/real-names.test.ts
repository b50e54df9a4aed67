/**
 * Names on real files, mounts and namespaces of the machine the test runs on: rules are compiled and packed as the product does it, and the
 * hooks' own code is asked (native/test/real-names.c). What only a BPF LSM can show is in native/test/engine-guest.sh.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Rule, RuleSet } from "@portcullis/model";
import { packRules } from "@portcullis/native";
import { whyNoKernelVerdicts } from "@portcullis/native/testing";
import { compile } from "@portcullis/policy";

const reason = whyNoKernelVerdicts();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`real-names.test.ts skipped: ${reason}`);

const native = join(import.meta.dirname, "..", "..", "..", "native");
const source = join(native, "test", "real-names.c");
const seed = [0x0123456789abcdefn, 0xfedcba9876543210n] as const;
const names = [...readFileSync(source, "utf8").matchAll(/expect\("([^"]+)"/g)].map(([, name]) => name!);

interface Row {
  readonly path: string;
  readonly action?: "block" | "allow";
  readonly readOnly?: boolean;
  readonly ownerOnly?: boolean;
}

/** A name that ends in a slash is a directory, with what lies below it. */
function ruleSet(rows: readonly Row[], posture: RuleSet["posture"] = {}): RuleSet {
  const rules = rows.map(({ path, action = "block", readOnly = false, ownerOnly = false }, index): Rule => {
    const match = path.endsWith("/")
      ? { kind: "directory" as const, dir: path, recursive: true }
      : { kind: "path" as const, path };
    const rest = {
      ownerOnly,
      noTerminal: false,
      severity: "1",
      tags: [],
      message: "",
      origin: "spec",
      policy: 0,
    };
    return { id: index + 1, category: "file", match, action, readOnly, ...rest };
  });
  return { policies: [{ kind: "KubeArmorPolicy", namespace: "n", name: "p" }], rules, posture };
}

const ruleSets: Readonly<Record<string, RuleSet>> = {
  block: ruleSet([
    { path: "/mnt/lab/secret" },
    { path: "/mnt/lab/dir/" },
    { path: "/mnt/lab/tree/" },
    { path: "/mnt/lab/read-only", readOnly: true },
    { path: "/mnt/lab/volume/token" },
    { path: "/mnt/lab/written/token" },
  ]),
  owner: ruleSet([
    { path: "/mnt/shown/owned", ownerOnly: true },
    { path: "/mnt/lab/owned", ownerOnly: true },
  ]),
  exact: ruleSet([{ path: "/mnt/lab/secret" }]),
  allow: ruleSet(
    ["/mnt/lab/tree/", "/mnt/lab/volume/token", "/mnt/lab/written/token"].map((path) => ({ path, action: "allow" })),
    { file: "block" },
  ),
};

describeBpf("names on real mounts", () => {
  let folder: string;
  const outcomes = new Map<string, string>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "portcullis-names-"));
    for (const [index, [name, rules]] of Object.entries(ruleSets).entries()) {
      const { data } = packRules(compile(rules).automaton, { seed, tableId: BigInt(index + 1) });
      writeFileSync(join(folder, `${name}.table`), data);
    }
    const program = join(folder, "real-names");
    execFileSync("gcc", ["-O2", "-Wall", "-o", program, source, "-lbpf"]);
    const object = join(native, "build", "test", "real-names.bpf.o");
    for (const line of execFileSync(program, [object, folder], { encoding: "utf8" }).split("\n")) {
      const [, name, wrong] = /^(?:ok|FAIL) ([^:]+)(?:: (.*))?$/.exec(line) ?? [];
      if (name !== undefined) outcomes.set(name, wrong ?? "ok");
    }
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(names)("%s", (name) => {
    expect(outcomes.get(name)).toBe("ok");
  });
});
