import { describe, expect, it } from "@jest/globals";
import { Kvm } from "@nats-io/kv";
import { connect as natsConnect } from "@nats-io/transport-node";
import { sleep } from "@portcullis/daemon";
import { until } from "@portcullis/daemon/testing";
import { decodeBundle, encodeBundle } from "../src/messages/bundle.ts";
import { digestOf } from "../src/messages/digest.ts";
import { signBundle, verifySignature } from "../src/messages/signed-bundle.ts";
import { PublicKeys } from "../src/signing/public-keys.ts";
import { SigningKey } from "../src/signing/signing-key.ts";
import { BusBed, bytes, content, digest, iterate, next, ruleSets, signer, signerOf, withLabel } from "./bus-bed.ts";

const bed = new BusBed();

const labelOf = (encoded: Uint8Array) => decodeBundle(encoded).containers[0]?.labels.version;

describe("a bundle", () => {
  it("reaches its node with its rule sets, under a name with dots", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    const before = BigInt(Date.now());
    const { revision, written } = await controller.publishBundle(content, ruleSets, { signer });
    expect(written).toBe(true);
    expect(revision).toBeGreaterThanOrEqual(before);
    expect(decodeBundle(await next(watch, "the bundle"))).toEqual({ ...content, revision });
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });

  it("is not written again while its content is the same", async () => {
    const { controller } = await bed.pair();
    const first = await controller.publishBundle(content, ruleSets, { signer });
    expect(await controller.publishBundle(content, ruleSets, { signer })).toEqual({ ...first, written: false });
    const second = await controller.publishBundle(withLabel("2"), ruleSets, { signer });
    expect(second.written).toBe(true);
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(controller.stats).toMatchObject({ bundlesWritten: 2, bundlesUnchanged: 1, ruleSetsWritten: 1 });
  });

  it("gets a higher epoch when the node holds a bundle that is not older and not this one", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    const first = await controller.publishBundle(content, ruleSets, { signer });
    expect(digestOf(await next(watch, "the bundle"))).toBe(first.digest);
    // The node holds this very bundle, or an older one: nothing is to be done.
    const older = { epoch: 0n, revision: first.revision - 1n, digest };
    for (const held of [first, older])
      expect(await controller.publishBundle(content, ruleSets, { signer, held })).toEqual({ ...first, written: false });
    // A clock that ran ahead when the bucket was lost, or a forged revision.
    const ahead = { epoch: 0n, revision: (1n << 64n) - 1n, digest };
    const second = await controller.publishBundle(content, ruleSets, { signer, held: ahead });
    expect(second).toMatchObject({ epoch: 1n, written: true });
    const bundle = await next(watch, "the bundle of the next epoch");
    expect(decodeBundle(bundle).epoch).toBe(1n);
    expect(digestOf(bundle)).toBe(second.digest);
    const forged = { epoch: 41n, revision: second.revision, digest };
    expect(
      await controller.publishBundle(content, ruleSets, { signer, held: { ...forged, revision: ahead.revision } }),
    ).toMatchObject({
      epoch: 42n,
    });
  });

  it("of another node is not seen", async () => {
    const { controller, enforcer } = await bed.pair();
    await controller.publishBundle({ ...content, node: "node-1=2Eexample" }, ruleSets, { signer });
    await controller.publishBundle(content, ruleSets, { signer });
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    expect(decodeBundle(await next(watch, "the bundle")).node).toBe(content.node);
  });

  it("waits only in its newest form for a node that is busy", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    await controller.publishBundle(withLabel("0"), ruleSets, { signer });
    await next(watch, "the first bundle");
    for (let i = 1; i <= 20; i++) await controller.publishBundle(withLabel(String(i)), ruleSets, { signer });
    await sleep(200);
    expect(labelOf(await next(watch, "the newest bundle"))).toBe("20");
  });

  it("published while the server restarts is seen soon after, the old one not again", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    await controller.publishBundle(withLabel("1"), ruleSets, { signer });
    expect(labelOf(await next(watch, "the first bundle"))).toBe("1");
    const pending = watch.next();
    await bed.server.stop({ hard: true });
    await bed.server.start();
    await until("both are back", () => controller.connected && enforcer.connected);
    const started = Date.now();
    await controller.publishBundle(withLabel("2"), ruleSets, { signer });
    expect(labelOf((await pending).value)).toBe("2");
    expect(Date.now() - started).toBeLessThan(3_000);
    expect(enforcer.stats.reopened).toBeGreaterThan(0);
  });

  it("comes back with a higher revision when the server has lost its disk", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    const before = await controller.publishBundle(content, ruleSets, { signer });
    await next(watch, "the first bundle");
    const pending = watch.next();
    await bed.server.stop({ hard: true });
    await bed.server.start({ wipe: true });
    await until("the controller is back", () => controller.connected);
    await controller.ensure();
    const after = await controller.publishBundle(content, ruleSets, { signer });
    expect(after.written).toBe(true);
    expect(after.revision).toBeGreaterThan(before.revision);
    expect(decodeBundle((await pending).value).revision).toBe(after.revision);
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });

  it("that is foreign or truncated reaches the node as it is, to be refused there, and is replaced by the next", async () => {
    const { controller, enforcer } = await bed.pair();
    const raw = await natsConnect({ servers: bed.server.url });
    const kv = await new Kvm(raw).open("portcullis-v1-bundles");
    const key = "node-1=2Eexample";
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    await controller.publishBundle(content, ruleSets, { signer });
    const good = await next(watch, "the bundle");
    await kv.put(key, "not ours");
    const foreign = await next(watch, "the foreign message");
    expect(() => decodeBundle(foreign)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_FOREIGN" }));
    await kv.put(key, good.subarray(0, good.length - 10));
    const truncated = await next(watch, "the truncated message");
    expect(() => decodeBundle(truncated)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_TRUNCATED" }));
    expect((await controller.publishBundle(content, ruleSets, { signer })).written).toBe(true);
    expect(decodeBundle(await next(watch, "the repaired bundle"))).toMatchObject(content);
    expect(controller.stats.refusedMessages).toBe(1);
    await raw.close();
  });

  it("is written again, and newer, when another key signs", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    const first = await controller.publishBundle(content, ruleSets, { signer });
    verifySignature(await next(watch, "the bundle"), signer.accepted);
    const key = SigningKey.generate();
    const second = await controller.publishBundle(content, ruleSets, { signer: signerOf(key, signer.key) });
    expect(second).toMatchObject({ epoch: 0n, written: true });
    expect(second.revision).toBeGreaterThan(first.revision);
    const bundle = await next(watch, "the bundle with the other signature");
    verifySignature(bundle, new PublicKeys([key.publicKey]));
    expect(digestOf(bundle)).toBe(second.digest);
  });

  it("that somebody else signed says nothing of epochs to who publishes", async () => {
    const { controller, enforcer } = await bed.pair();
    const far = { ...content, epoch: (1n << 64n) - 1n, revision: 1n };
    const raw = await natsConnect({ servers: bed.server.url });
    const kv = await new Kvm(raw).open("portcullis-v1-bundles");
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    for (const forged of [signBundle(encodeBundle(far), SigningKey.generate()), encodeBundle(far)]) {
      await kv.put("node-1=2Eexample", forged);
      expect(await next(watch, "the forged bundle")).toEqual(forged);
      const published = await controller.publishBundle(content, ruleSets, { signer });
      expect(published).toMatchObject({ epoch: 0n, written: true });
      verifySignature(await next(watch, "the controller's bundle"), signer.accepted);
    }
    expect(controller.stats.refusedMessages).toBe(2);
    await raw.close();
  });

  it("of a node that forged its epoch, copied to another node's place, moves nothing there", async () => {
    const { controller } = await bed.pair();
    const claimed = { epoch: (1n << 64n) - 2n, revision: 1n, digest };
    const forger = await controller.publishBundle({ ...content, node: "forger" }, ruleSets, { signer, held: claimed });
    expect(forger.epoch).toBe((1n << 64n) - 1n);
    const raw = await natsConnect({ servers: bed.server.url });
    const kv = await new Kvm(raw).open("portcullis-v1-bundles");
    await kv.put("node-1=2Eexample", (await kv.get("forger"))?.value ?? new Uint8Array());
    expect(await controller.publishBundle(content, ruleSets, { signer })).toMatchObject({ epoch: 0n, written: true });
    expect(controller.stats.refusedMessages).toBe(1);
    await raw.close();
  });

  it("of a node that claims the last epoch there is cannot be written, and that of another node can", async () => {
    const { controller } = await bed.pair();
    const held = { epoch: (1n << 64n) - 1n, revision: (1n << 64n) - 1n, digest };
    const claimed = controller.publishBundle(content, ruleSets, { signer, held });
    await expect(claimed).rejects.toMatchObject({ code: "BUS_MESSAGE_INVALID", field: "epoch" });
    const other = await controller.publishBundle({ ...content, node: "other" }, ruleSets, { signer });
    expect(other).toMatchObject({ epoch: 0n, written: true });
  });

  it("of two writers at once is written by one, the other is told", async () => {
    const { controller, enforcer: other } = await bed.pair();
    const results = await Promise.allSettled([
      controller.publishBundle(withLabel("a"), ruleSets, { signer }),
      other.publishBundle(withLabel("b"), ruleSets, { signer }),
    ]);
    const rejected = results.filter((result) => result.status === "rejected");
    for (const { reason } of rejected) expect(reason).toMatchObject({ code: "BUS_BUNDLE_CONFLICT" });
    expect(await controller.listBundles()).toHaveLength(1);
  });

  it("is listed, and gone once deleted", async () => {
    const { controller } = await bed.pair();
    await controller.publishBundle(content, ruleSets, { signer });
    await controller.publishBundle({ ...content, node: "a" }, ruleSets, { signer });
    expect((await controller.listBundles()).map(({ node }) => node)).toEqual(["a", content.node]);
    await controller.deleteBundle("a");
    expect((await controller.listBundles()).map(({ node }) => node)).toEqual([content.node]);
  });
});
