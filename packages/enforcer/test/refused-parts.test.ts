/** Of the preset imageOnly the node says where it cannot tell what is the image's. */
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Rule, RuleSet } from "@portcullis/model";
import { pathsToResolve } from "@portcullis/policy";
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
