/**
 * Promise: what is damaged on the bus is refused by the node, named in its status, and put right by the controller without anybody's help.
 * The real controller and the real enforcer, beside a real API server and a real bus; no kernel is needed for it.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { buckets, decodeBundle, encodeBundle, SigningKey, signBundle, toToken, verifySignature } from "@portcullis/bus";
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

  it("is signed with the key that the node accepts", async () => {
    const bytes = (await bundles.get(toToken(node)))?.value ?? new Uint8Array();
    expect(() => verifySignature(bytes, system.publicKeys)).not.toThrow();
  });

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

  const emptied = (revision: bigint, epoch: bigint) =>
    encodeBundle({ cluster: "default", node, epoch, revision, containers: [], ruleSets: [] });
  const later = (1n << 62n) - 1n;
  it.each([
    ["unsigned", emptied(later, later), "ENFORCER_BUNDLE_UNSIGNED"],
    [
      "signed by somebody else",
      signBundle(emptied(later, later), SigningKey.generate()),
      "ENFORCER_BUNDLE_KEY_UNKNOWN",
    ],
  ])(
    "that takes every rule away and is %s is refused by its code, and replaced without any effect on the epoch",
    async (_, forged, code) => {
      const before = await present();
      await bundles.put(toToken(node), forged);
      expect(await system.enforcerLog(new RegExp(code))).toMatch(/bundle refused/);
      const after = await until(
        "it is put right",
        async () => {
          const bundle = await present();
          return bundle.containers.length > 0 && bundle;
        },
        { timeoutMs: 30_000 },
      );
      expect(after).toEqual({ ...before, revision: after.revision });
      const problem = () => system.nodeStatus(node).then(({ bundleProblem = "" }) => bundleProblem === "");
      expect(await until("the node is content again", problem, { timeoutMs: 30_000 })).toBe(true);
    },
    90_000,
  );
});
