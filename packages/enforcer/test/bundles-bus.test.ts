import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type BundleSigner, type Bus, connect, PublicKeys, SigningKey } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { heldBundle, verifyBundle } from "../src/bundles/verification.ts";
import { atEnd, cat, receiver, selected, sleep } from "./receiving.ts";
import { bundle, signer } from "./support.ts";

describe("over a real bus", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());

  async function client(name: string): Promise<Bus> {
    const abort = new AbortController();
    const bus = await connect({ servers: server.url, name, signal: abort.signal, log: new MemoryLog() });
    atEnd(async () => {
      await bus.close();
      abort.abort();
    });
    return bus;
  }

  const content = (digest: string) => {
    const { revision: _, ...rest } = bundle(1n, [selected(digest)]).bundle;
    return rest;
  };
  const encoded = new Map([sleep, cat].map((made) => [made.digest, made.bytes]));
  const signerOf = (key: SigningKey, ...others: SigningKey[]): BundleSigner => ({
    key,
    accepted: new PublicKeys([key, ...others].map(({ publicKey }) => publicKey)),
  });

  it("bundles reach their node, and survive a restart of the server", async () => {
    const controller = await client("controller/test");
    await controller.ensure();
    const node = receiver();
    node.follow(await client("enforcer/node-1"));
    const first = await controller.publishBundle(content(sleep.digest), new Map([[sleep.digest, sleep.bytes]]), {
      signer,
    });
    await until("the first", () => node.receiver.inForce?.bundle.revision === first.revision, 10_000);
    await server.stop({ hard: true });
    await server.start();
    await until("connected again", () => controller.connected, 20_000);
    const second = await controller.publishBundle(content(cat.digest), new Map([[cat.digest, cat.bytes]]), { signer });
    await until("the second", () => node.receiver.inForce?.bundle.revision === second.revision, 20_000);
    expect(node.counts.of("bundle_refused_stale")).toBe(0);
  }, 60_000);

  it("a key is exchanged under a running reader, which refuses nothing on the way", async () => {
    const controller = await client("controller/test");
    await controller.ensure();
    await controller.deleteBundle("node-1");
    const [first, second] = [SigningKey.generate(), SigningKey.generate()];
    let keys = signerOf(first).accepted;
    const node = receiver(undefined, () => keys);
    node.follow(await client("enforcer/node-1"));
    const inForce = (revision: bigint) => until("in force", () => node.receiver.inForce?.bundle.revision === revision);
    await inForce(
      (await controller.publishBundle(content(sleep.digest), encoded, { signer: signerOf(first) })).revision,
    );
    keys = signerOf(first, second).accepted;
    await node.receiver.keysChanged();
    const both = signerOf(second, first);
    await inForce((await controller.publishBundle(content(sleep.digest), encoded, { signer: both })).revision);
    keys = signerOf(second).accepted;
    await node.receiver.keysChanged();
    await inForce((await controller.publishBundle(content(cat.digest), encoded, { signer: both })).revision);
    const refused = ["undecodable", "unsigned", "key", "signature", "foreign", "stale"] as const;
    expect(refused.map((reason) => node.counts.of(`bundle_refused_${reason}`))).toEqual(refused.map(() => 0));
  }, 60_000);

  it("an installation that knows nothing of the one before it, its key included, is followed, and what was signed before is not", async () => {
    const controller = await client("controller/test");
    await controller.ensure();
    await controller.deleteBundle("node-1");
    const [before, after] = [SigningKey.generate(), SigningKey.generate()];
    let keys = signerOf(before).accepted;
    const node = receiver(undefined, () => keys);
    const bus = await client("enforcer/node-1");
    node.follow(bus);
    // Its epoch is high, and its clock was an hour ahead.
    const held = { epoch: 7n, revision: BigInt(Date.now() + 3_600_000), digest: "sha256:of an earlier one" };
    await controller.publishBundle(content(sleep.digest), encoded, { signer: signerOf(before), held });
    await until("in force", () => node.receiver.inForce?.bundle.epoch === 8n);
    const old = node.receiver.inForce!;

    await server.stop({ hard: true });
    await server.start({ wipe: true });
    await until("connected again", () => controller.connected && bus.connected, 20_000);
    await controller.ensure();
    keys = signerOf(after).accepted;
    await node.receiver.keysChanged();
    expect(node.receiver.inForce).toBe(old);
    await controller.publishBundle(content(cat.digest), encoded, { signer: signerOf(after) });
    await until("refused", () => node.counts.of("bundle_refused_stale") > 0);
    expect([node.receiver.problem, node.receiver.inForce]).toEqual([
      expect.stringMatching(/^ENFORCER_BUNDLE_STALE: /),
      old,
    ]);
    // The node's status says so.
    const known = heldBundle(old);
    await controller.publishBundle(content(cat.digest), encoded, { signer: signerOf(after), held: known });
    await until("in force", () => node.receiver.inForce?.bundle.epoch === 9n);
    expect(node.receiver.problem).toBe("");
    expect(() => verifyBundle(old.bytes, { node: "node-1", keys, inForce: node.receiver.inForce })).toThrow(
      expect.objectContaining({ code: "ENFORCER_BUNDLE_KEY_UNKNOWN" }),
    );
  }, 60_000);
});
