/**
 * Promise: what is damaged on the bus is refused by the node, named in its status, and put right by the controller without anybody's help.
 * The real controller and the real enforcer, beside a real API server and a real bus; no kernel is needed for it.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type KV, Kvm } from "@nats-io/kv";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import {
  buckets,
  decodeBundle,
  encodeBundle,
  type PublicKeys,
  SigningKey,
  signBundle,
  toToken,
  verifySignature,
} from "@portcullis/bus";
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
    bundles = await new Kvm(nats).open(buckets.bundles);
  }, 120_000);
  afterAll(async () => {
    await nats?.close();
    await system?.end();
  }, 30_000);

  const present = async () => decodeBundle((await bundles.get(toToken(node)))?.value ?? new Uint8Array());

  const signedWith = async (keys: PublicKeys): Promise<boolean> => {
    const bytes = (await bundles.get(toToken(node)))?.value ?? new Uint8Array();
    try {
      verifySignature(bytes, keys);
      return true;
    } catch {
      return false;
    }
  };

  it("is signed with the key that the node accepts", async () => {
    expect(await signedWith(await system.mountKeys())).toBe(true);
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

  it("and only said to be stored, over and over, changes nothing, and the node goes on to hear of those that are", async () => {
    const refusals = async () =>
      Object.entries((await system.nodeStatus(node)).counters).filter(([name]) => name.startsWith("bundle_refused"));
    const before = await refusals();
    const inventions = [emptied(later, later), signBundle(emptied(later, later), SigningKey.generate())];
    for (let i = 0; i < 100; i++)
      for (const invention of inventions) nats.publish(`portcullis.v1.bundle.${toToken(node)}`, invention);
    await nats.flush();
    await system.apply([
      policyObject("shop", "beside", "pod", { process: { matchPaths: [{ path: "/bin/ls" }] }, action: "Block" }),
    ]);
    await system.condition("shop", "beside", "Distributed", "True");
    const { revision } = await present();
    await system.enforcerLog(new RegExp(`bundle in force.*"revision":"${revision}"`));
    const { bundleProblem = "" } = await system.nodeStatus(node);
    expect([bundleProblem, await refusals()]).toEqual(["", before]);
  }, 90_000);

  it("is signed anew when the operator asks for another key, and the node refuses nothing on the way", async () => {
    const refusals = async () =>
      Object.entries((await system.nodeStatus(node)).counters).filter(([name]) => name.startsWith("bundle_refused"));
    const before = await refusals();
    const { ids } = await system.mountKeys();
    const metadata = { namespace: "portcullis", name: "portcullis-signing-key" };
    await system.apply([
      { apiVersion: "v1", kind: "Secret", metadata: { ...metadata, annotations: { "portcullis.dev/rotate": "now" } } },
    ]);
    const mounted = (what: string, done: (keys: PublicKeys) => boolean | Promise<boolean>) =>
      until(
        what,
        async () => {
          const keys = await system.mountKeys();
          return (await done(keys)) && keys;
        },
        { timeoutMs: 60_000 },
      );
    const both = await mounted("the next key beside the present one", (keys) => keys.ids.length === 2);
    expect(both.ids).toEqual(expect.arrayContaining([...ids]));
    const alone = await mounted("the new key alone, on the bundle too", async (keys) => {
      return keys.ids.length === 1 && !keys.ids.includes(ids[0] ?? "") && (await signedWith(keys));
    });
    expect(await system.enforcerLog(new RegExp(`public keys accepted.*\\["${alone.ids[0]}"\\]`))).toBeDefined();
    const { revision } = await present();
    await system.enforcerLog(new RegExp(`bundle in force.*"revision":"${revision}"`));
    const { bundleProblem = "" } = await system.nodeStatus(node);
    expect([bundleProblem, await refusals()]).toEqual(["", before]);
  }, 150_000);

  it("is refused by its code in the policy's condition when the key was exchanged at once, until the node is told of the new one", async () => {
    const { ids } = await system.mountKeys();
    const metadata = { namespace: "portcullis", name: "portcullis-signing-key" };
    await system.merge({ apiVersion: "v1", kind: "Secret", metadata }, { data: null });
    await system.apply([
      policyObject("shop", "after", "pod", { process: { matchPaths: [{ path: "/bin/cat" }] }, action: "Block" }),
    ]);
    const refused = await system.condition("shop", "after", "Distributed", "False");
    expect(refused.message).toMatch(/ENFORCER_BUNDLE_KEY_UNKNOWN: .*[0-9a-f]{16}, accepted are [0-9a-f]{16}/);
    expect((await system.mountKeys()).ids).toEqual([expect.not.stringMatching(ids[0] ?? "")]);
    await system.condition("shop", "after", "Distributed", "True");
  }, 90_000);
});
