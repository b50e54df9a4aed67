/** The node's own processes, bound like a container's: in a slot of their own, while the bundle has rules for them. */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { Bundle, BundleContainer } from "@portcullis/model";
import { hostCgroupId, hostSlot } from "@portcullis/native";
import { noAliases } from "../src/bind/alias-memory.ts";
import { openHostRoot } from "../src/bind/container-root.ts";
import { withHost } from "../src/bind/host.ts";
import type { Outcome } from "../src/bind/outcome.ts";
import { resolveSymlinks } from "../src/bind/symlinks.ts";
import type { AcceptedBundle } from "../src/bundles/verification.ts";
import { cat, container, ReconcilingNode, selected, sleep } from "./reconciling-node.ts";
import { tableText } from "./recorder.ts";
import { bundle, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

let revision = 1_000n;
const ruleSets = new Map([sleep, cat].map((made) => [made.digest, made.ruleSet]));
function accepted(hostRuleSet: string | undefined, ...containers: BundleContainer[]): AcceptedBundle {
  const more: Partial<Bundle> = hostRuleSet === undefined ? {} : { hostRuleSet };
  return { ...bundle(++revision, containers, { ...more, ruleSets: [sleep.digest, cat.digest].sort() }), ruleSets };
}

/** Passes as the enforcer makes them, until nobody waits for symlinks. */
async function settle(node: ReconcilingNode, of: AcceptedBundle, containers = [container(1)]): Promise<Outcome> {
  const present = new Set(containers.map(({ cgroupId }) => cgroupId));
  const observed = { known: containers, present, unidentifiedPods: new Set<string>(), unseen: [], podCgroups: [77n] };
  const pass = () =>
    node.reconciler.pass(of, of.bundle.hostRuleSet === undefined ? observed : withHost(observed, "/cg"));
  let outcome = pass();
  for (let i = 0; i < 10 && outcome.waiting > 0; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    outcome = pass();
  }
  return outcome;
}

describe("the host", () => {
  it("is bound to its own slot, and its rule set is proven like a container's", async () => {
    const node = new ReconcilingNode();
    const outcome = await settle(node, accepted(sleep.digest, selected(1, cat.digest)));
    expect(node.engine.bound.get(hostCgroupId)).toBe(hostSlot);
    expect(node.engine.rulesOf(hostCgroupId)).toBe(tableText(sleep.ruleSet, noAliases));
    expect(node.engine.bound.get(1001n)).not.toBe(hostSlot);
    expect(outcome).toMatchObject({ boundRuleSets: [cat.digest, sleep.digest].sort(), problems: [] });
  });

  it("is bound only when the kernel knows below which cgroups there are pods", async () => {
    const node = new ReconcilingNode();
    await settle(node, accepted(sleep.digest));
    expect(node.engine.podCgroups).toEqual([77n]);
    const unlisted = { known: [], present: undefined, unidentifiedPods: new Set<string>(), unseen: [] };
    expect(withHost(unlisted, "/cg").known).toEqual([]);
  });

  it("has every task of the node asked about when it is bound, until none is found out of date", async () => {
    const node = new ReconcilingNode();
    await settle(node, accepted(undefined));
    for (let i = 0; i < 5; i++) await settle(node, accepted(undefined));
    const idle = node.engine.looks;
    await settle(node, accepted(undefined));
    expect(node.engine.looks).toBe(idle);
    node.engine.outdated = [200, 3, 1];
    const of = accepted(sleep.digest);
    for (let i = 0; i < 12; i++) await settle(node, of);
    expect(node.engine.outdated).toEqual([]);
    const done = node.engine.looks;
    await settle(node, of);
    expect(node.engine.looks).toBe(done);
  });

  it("is free again, and its slot empty, when no host policy selects the node any more", async () => {
    const node = new ReconcilingNode();
    await settle(node, accepted(sleep.digest));
    await settle(node, accepted(undefined));
    expect(node.engine.bound.has(hostCgroupId)).toBe(false);
    expect(node.engine.slots.has(hostSlot)).toBe(false);
  });

  it("keeps its slot and its rules through a restart of the enforcer", async () => {
    const node = new ReconcilingNode();
    await settle(node, accepted(sleep.digest));
    node.start();
    await settle(node, accepted(sleep.digest));
    expect(node.engine.calls).toEqual([]);
    expect(node.engine.bound.get(hostCgroupId)).toBe(hostSlot);
  });

  it("is named as the host where something of it fails", async () => {
    const node = new ReconcilingNode();
    node.engine.refuse = (slot) => (slot === hostSlot ? new Error("no memory") : undefined);
    const outcome = await settle(node, accepted(sleep.digest));
    expect(outcome.unenforced[0]?.reason).toMatch(/^the host: ENFORCER_BIND_FAILED: /);
  });

  it("has its links followed by Allow rules too: the node's root is the node's to arrange", async () => {
    const proc = directories.make();
    const root = join(proc, "1", "root");
    mkdirSync(join(root, "usr", "bin"), { recursive: true });
    writeFileSync(join(root, "usr", "bin", "tool"), "");
    writeFileSync(join(proc, "1", "mountinfo"), "30 29 8:1 / / rw - ext4 /dev/sda1 rw\n");
    symlinkSync("usr/bin", join(root, "bin"));
    const found = await resolveSymlinks(await openHostRoot(proc), ["/bin/tool"]);
    expect(found.fixedAliases.get("/bin/tool")).toEqual(["/usr/bin/tool"]);
  });
});
