import { describe, expect, it } from "@jest/globals";
import { sleep } from "@portcullis/daemon";
import { until } from "@portcullis/daemon/testing";
import { connect as natsConnect } from "nats";
import type { BundleContent } from "../src/bus.ts";
import { decodeBundle } from "../src/messages/bundle.ts";
import { digestOf } from "../src/messages/digest.ts";
import { BusBed, bytes, content, digest, iterate, next, ruleSets } from "./bus-bed.ts";
import { exampleContainer } from "./examples.ts";

const bed = new BusBed();

const withLabel = (value: string): BundleContent => ({
  ...content,
  containers: [{ ...exampleContainer, ruleSet: digest, labels: { version: value } }],
});
const labelOf = (encoded: Uint8Array) => decodeBundle(encoded).containers[0]?.labels.version;

describe("a bundle", () => {
  it("reaches its node with its rule sets, under a name with dots", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    const before = BigInt(Date.now());
    const { revision, written } = await controller.publishBundle(content, ruleSets);
    expect(written).toBe(true);
    expect(revision).toBeGreaterThanOrEqual(before);
    expect(decodeBundle(await next(watch, "the bundle"))).toEqual({ ...content, revision });
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });

  it("is not written again while its content is the same", async () => {
    const { controller } = await bed.pair();
    const first = await controller.publishBundle(content, ruleSets);
    expect(await controller.publishBundle(content, ruleSets)).toEqual({ ...first, written: false });
    const second = await controller.publishBundle(withLabel("2"), ruleSets);
    expect(second.written).toBe(true);
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(controller.stats).toMatchObject({ bundlesWritten: 2, bundlesUnchanged: 1, ruleSetsWritten: 1 });
  });

  it("gets a higher epoch when the node holds a bundle that is not older and not this one", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    const first = await controller.publishBundle(content, ruleSets);
    expect(digestOf(await next(watch, "the bundle"))).toBe(first.digest);
    // The node holds this very bundle, or an older one: nothing is to be done.
    const older = { epoch: 0n, revision: first.revision - 1n, digest };
    for (const held of [first, older])
      expect(await controller.publishBundle(content, ruleSets, { held })).toEqual({ ...first, written: false });
    // A clock that ran ahead when the bucket was lost, or a forged revision.
    const ahead = { epoch: 0n, revision: (1n << 64n) - 1n, digest };
    const second = await controller.publishBundle(content, ruleSets, { held: ahead });
    expect(second).toMatchObject({ epoch: 1n, written: true });
    const bundle = await next(watch, "the bundle of the next epoch");
    expect(decodeBundle(bundle).epoch).toBe(1n);
    expect(digestOf(bundle)).toBe(second.digest);
    const forged = { epoch: 41n, revision: second.revision, digest };
    expect(
      await controller.publishBundle(content, ruleSets, { held: { ...forged, revision: ahead.revision } }),
    ).toMatchObject({
      epoch: 42n,
    });
  });

  it("of another node is not seen", async () => {
    const { controller, enforcer } = await bed.pair();
    await controller.publishBundle({ ...content, node: "node-1=2Eexample" }, ruleSets);
    await controller.publishBundle(content, ruleSets);
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    expect(decodeBundle(await next(watch, "the bundle")).node).toBe(content.node);
  });

  it("waits only in its newest form for a node that is busy", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    await controller.publishBundle(withLabel("0"), ruleSets);
    await next(watch, "the first bundle");
    for (let i = 1; i <= 20; i++) await controller.publishBundle(withLabel(String(i)), ruleSets);
    await sleep(200);
    expect(labelOf(await next(watch, "the newest bundle"))).toBe("20");
  });

  it("published while the server restarts is seen soon after, the old one not again", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    await controller.publishBundle(withLabel("1"), ruleSets);
    expect(labelOf(await next(watch, "the first bundle"))).toBe("1");
    const pending = watch.next();
    await bed.server.stop({ hard: true });
    await bed.server.start();
    await until("both are back", () => controller.connected && enforcer.connected);
    const started = Date.now();
    await controller.publishBundle(withLabel("2"), ruleSets);
    expect(labelOf((await pending).value)).toBe("2");
    expect(Date.now() - started).toBeLessThan(3_000);
    expect(enforcer.stats.reopened).toBeGreaterThan(0);
  });

  it("comes back with a higher revision when the server has lost its disk", async () => {
    const { controller, enforcer } = await bed.pair();
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    const before = await controller.publishBundle(content, ruleSets);
    await next(watch, "the first bundle");
    const pending = watch.next();
    await bed.server.stop({ hard: true });
    await bed.server.start({ wipe: true });
    await until("the controller is back", () => controller.connected);
    await controller.ensure();
    const after = await controller.publishBundle(content, ruleSets);
    expect(after.written).toBe(true);
    expect(after.revision).toBeGreaterThan(before.revision);
    expect(decodeBundle((await pending).value).revision).toBe(after.revision);
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });

  it("that is foreign or truncated reaches the node as it is, to be refused there, and is replaced by the next", async () => {
    const { controller, enforcer } = await bed.pair();
    const raw = await natsConnect({ servers: bed.server.url });
    const kv = await raw.jetstream().views.kv("portcullis-v1-bundles", { bindOnly: true });
    const key = "node-1=2Eexample";
    const watch = iterate(enforcer.watchBundle(content.node, bed.stop.signal));
    await controller.publishBundle(content, ruleSets);
    const good = await next(watch, "the bundle");
    await kv.put(key, "not ours");
    const foreign = await next(watch, "the foreign message");
    expect(() => decodeBundle(foreign)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_FOREIGN" }));
    await kv.put(key, good.subarray(0, good.length - 10));
    const truncated = await next(watch, "the truncated message");
    expect(() => decodeBundle(truncated)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_TRUNCATED" }));
    expect((await controller.publishBundle(content, ruleSets)).written).toBe(true);
    expect(decodeBundle(await next(watch, "the repaired bundle"))).toMatchObject(content);
    expect(controller.stats.refusedMessages).toBe(1);
    await raw.close();
  });

  it("of two writers at once is written by one, the other is told", async () => {
    const { controller, enforcer: other } = await bed.pair();
    const results = await Promise.allSettled([
      controller.publishBundle(withLabel("a"), ruleSets),
      other.publishBundle(withLabel("b"), ruleSets),
    ]);
    const rejected = results.filter((result) => result.status === "rejected");
    for (const { reason } of rejected) expect(reason).toMatchObject({ code: "BUS_BUNDLE_CONFLICT" });
    expect(await controller.listBundles()).toHaveLength(1);
  });

  it("is listed, and gone once deleted", async () => {
    const { controller } = await bed.pair();
    await controller.publishBundle(content, ruleSets);
    await controller.publishBundle({ ...content, node: "a" }, ruleSets);
    expect((await controller.listBundles()).map(({ node }) => node)).toEqual(["a", content.node]);
    await controller.deleteBundle("a");
    expect((await controller.listBundles()).map(({ node }) => node)).toEqual([content.node]);
  });
});
