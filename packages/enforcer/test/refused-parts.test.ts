/** What a node says that it cannot hold: imageOnly where it cannot tell what is the image's, and rules on what an applet is no part of. */
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Rule, RuleSet } from "@portcullis/model";
import { appletAlias, pathsToResolve } from "@portcullis/policy";
import { MountTable } from "../src/bind/mount-table.ts";
import { refusedParts } from "../src/bind/refused-parts.ts";
import { resolveSymlinks } from "../src/bind/symlinks.ts";
import { TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const policy = { kind: "KubeArmorPolicy", namespace: "n", name: "p" } as const;
const rule = (id: number, match: Rule["match"]): Rule => ({
  ...{ id, category: "process", match, action: "block", readOnly: false, ownerOnly: false, noTerminal: false },
  ...{ policy: 0, severity: "1", tags: [], message: "", origin: `spec.x[${id}]` },
});
const ruleSet: RuleSet = {
  policies: [policy],
  rules: [rule(1, { kind: "preset", preset: "imageOnly" }), rule(2, { kind: "preset", preset: "exec" })],
  posture: {},
};
const found = (type: string) => {
  const root = directories.make();
  const mounts = new MountTable(`30 29 0:50 / / rw - ${type} none rw,upperdir=/upper`);
  return resolveSymlinks({ identity: "1:2", path: `${root}/`, mounts, nodeRoot: "/" }, pathsToResolve(ruleSet));
};

describe("imageOnly", () => {
  it("is whole where the root is an overlay", async () => {
    expect(refusedParts(ruleSet, await found("overlay"))).toEqual([]);
  });

  it("is a part that cannot be held whole where the root is none, and nothing else of the policy is", async () => {
    const parts = refusedParts(ruleSet, await found("btrfs"));
    expect(parts).toEqual([
      { policy, origin: "spec.x[1]", reason: expect.stringMatching(/root is btrfs and no overlay/) },
    ]);
  });

  it("has the node look at the root, although it names nothing", () => {
    expect(pathsToResolve(ruleSet)).toEqual(["/"]);
  });
});

describe("a link to a multi-call binary", () => {
  const cat = { kind: "path", path: "/bin/cat" } as const;
  const aliases = new Map([["/bin/cat", [appletAlias({ program: "/bin/busybox", applet: "cat" })]]]);
  const partsOf = (...rules: Rule[]) =>
    refusedParts({ ...ruleSet, rules }, { aliases, refused: new Map(), unlayered: undefined });

  it("may be the path of a rule about executing it", () => {
    expect(partsOf(rule(1, cat), { ...rule(2, cat), source: { kind: "path", path: "/bin/sh" } })).toEqual([]);
  });

  it("is refused as a source and as a file, with the reason", () => {
    const parts = partsOf(
      { ...rule(1, cat), category: "file" },
      { ...rule(2, { kind: "path", path: "/x" }), source: cat },
    );
    expect(parts.map(({ origin }) => origin)).toEqual(["spec.x[1]", "spec.x[2]"]);
    for (const { reason } of parts) expect(reason).toMatch(/multi-call binary \/bin\/busybox: only a process rule/);
  });
});
