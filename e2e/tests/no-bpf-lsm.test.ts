/**
 * Promise: a node that cannot enforce says so everywhere. The machine that runs the tests is such a node where its kernel
 * refuses BPF LSM: the real controller, API server and bus, and the real enforcer on this very kernel.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { probe } from "@portcullis/native";
import { type LocalSystem, startLocalSystem } from "./local-system.ts";
import { namespaceObject, podObject, policyObject } from "./test-objects.ts";

const support = probe();
const run = support.canEnforce ? describe.skip : describe;
if (support.canEnforce)
  process.stderr.write("skipped: this machine's kernel can enforce, so it is no example of one that cannot\n");

run("a node without BPF LSM", () => {
  let system: LocalSystem;
  beforeAll(async () => {
    system = await startLocalSystem("bare-node");
    await system.apply([
      namespaceObject("bare"),
      podObject("bare", "pod", { node: "bare-node" }),
      policyObject("bare", "forbid", "pod", { process: { matchPaths: [{ path: "/bin/sleep" }] }, action: "Block" }),
    ]);
  }, 120_000);
  afterAll(async () => await system?.end(), 30_000);

  it("is named in the enforcer's log, with the reason", async () => {
    expect(await system.enforcerLog(/cannot enforce/i)).toMatch(/BPF/);
  }, 60_000);

  it("is named in the node's status", async () => {
    const status = await system.nodeStatus("bare-node");
    expect(status.enforcing).toBe(false);
    expect(status.problems.join(" ")).toMatch(/BPF/);
  }, 60_000);

  it("is named in the status of a policy that selects one of its pods", async () => {
    const enforced = await system.condition("bare", "forbid", "Enforced", "False");
    expect(enforced.message).toMatch(/0\/1/);
    expect(enforced.message).toMatch(/bare-node/);
  }, 60_000);
});
