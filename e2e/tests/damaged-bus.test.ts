/**
 * Promise: what is damaged on the bus is refused by the node, named in its status, and put right by the controller without anybody's help.
 * The real controller and the real enforcer, beside a real API server and a real bus; no kernel is needed for it.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { buckets, decodeBundle, toToken } from "@portcullis/bus";
import { connect, type KV, type NatsConnection } from "nats";
import { until } from "../cluster/index.ts";
import { type LocalSystem, startLocalSystem } from "./local-system.ts";
import { namespaceObject, podObject, policyObject } from "./test-objects.ts";

const node = "damaged-node";

describe("a bundle that somebody damaged", () => {
  let system: LocalSystem;
  let nats: NatsConnection;
  let bundles: KV;
  beforeAll(async () => {
    system = await startLocalSystem(node);
    await system.apply([
      namespaceObject("shop"),
      podObject("shop", "pod", { node }),
      policyObject("shop", "forbid", "pod", { process: { matchPaths: [{ path: "/bin/sleep" }] }, action: "Block" }),
    ]);
    await system.condition("shop", "forbid", "Distributed", "True");
    nats = await connect({ servers: system.natsUrl });
    bundles = await nats.jetstream().views.kv(buckets.bundles);
  }, 120_000);
  afterAll(async () => {
    await nats?.close();
    await system?.end();
  }, 30_000);

  const present = async () => decodeBundle((await bundles.get(toToken(node)))?.value ?? new Uint8Array());

  it("is written again, newer and with the same content", async () => {
    const before = await present();
    expect(before.containers.some(({ pod }) => pod === "pod")).toBe(true);
    await bundles.put(toToken(node), new TextEncoder().encode('{"kind":"ConfigMap"}'));
    expect(await system.enforcerLog(/bundle refused/)).toMatch(/BUS_MESSAGE_FOREIGN|ENFORCER_BUNDLE/);
    const after = await until("it is put right", present, { timeoutMs: 30_000 });
    expect(after).toEqual({ ...before, revision: after.revision });
    expect(after.revision).toBeGreaterThan(before.revision);
    const problem = () => system.nodeStatus(node).then(({ bundleProblem = "" }) => bundleProblem === "");
    expect(await until("the node is content again", problem, { timeoutMs: 30_000 })).toBe(true);
  }, 90_000);
});
