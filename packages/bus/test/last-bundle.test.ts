/** What a publisher remembers of a node's bundle: it spares a look at the bucket, and counts on where the bucket is lost. */
import { describe, expect, it } from "@jest/globals";
import { Kvm } from "@nats-io/kv";
import { connect as natsConnect } from "@nats-io/transport-node";
import { SigningKey } from "../src/signing/signing-key.ts";
import { BusBed, content, digest, ruleSets, signer, signerOf, withLabel } from "./bus-bed.ts";

const bed = new BusBed();

describe("a bundle", () => {
  it("that the publisher wrote last is known by its digest, and still written again for another key or content", async () => {
    const { controller } = await bed.pair();
    const { sequence, ...last } = await controller.publishBundle(content, ruleSets, { signer });
    const same = await controller.publishBundle(content, ruleSets, { signer, last });
    expect(same).toEqual({ ...last, sequence, written: false });
    const changed = await controller.publishBundle(withLabel("2"), ruleSets, { signer, last });
    expect([changed.written, changed.revision > last.revision]).toEqual([true, true]);
    const other = signerOf(SigningKey.generate(), signer.key);
    const again = await controller.publishBundle(withLabel("2"), ruleSets, {
      signer: other,
      last: { ...changed, sequence: undefined },
    });
    expect([again.written, again.revision > changed.revision]).toEqual([true, true]);
    expect(controller.stats).toMatchObject({ bundlesWritten: 3, bundlesUnchanged: 1, refusedMessages: 0 });
  });

  it("is written without a look at the bucket behind the publisher's own last one, and with one where somebody else wrote since", async () => {
    const { controller } = await bed.pair();
    const raw = await natsConnect({ servers: bed.server.url });
    const kv = await new Kvm(raw).open("portcullis-v1-bundles");
    let reads = 0;
    const tap = raw.subscribe("$JS.API.STREAM.MSG.GET.KV_portcullis-v1-bundles", { callback: () => void reads++ });
    await raw.flush();
    const first = await controller.publishBundle(content, ruleSets, { signer });
    const second = await controller.publishBundle(withLabel("2"), ruleSets, { signer, last: first });
    await raw.flush();
    expect({ reads, written: second.written }).toEqual({ reads: 1, written: true });
    expect([second.revision > first.revision, second.sequence > first.sequence]).toEqual([true, true]);
    await kv.put("node-1=2Eexample", "not ours");
    const third = await controller.publishBundle(withLabel("3"), ruleSets, { signer, last: second });
    await raw.flush();
    expect({ reads, written: third.written }).toEqual({ reads: 2, written: true });
    const held = { epoch: third.epoch, revision: third.revision + 1_000_000n, digest };
    const fourth = await controller.publishBundle(withLabel("4"), ruleSets, { signer, last: third, held });
    expect(fourth).toMatchObject({ epoch: third.epoch + 1n, written: true });
    await kv.delete("node-1=2Eexample");
    const fifth = await controller.publishBundle(withLabel("4"), ruleSets, { signer, last: fourth });
    expect([fifth.written, fifth.epoch, fifth.revision > fourth.revision]).toEqual([true, fourth.epoch, true]);
    tap.unsubscribe();
    await raw.close();
  });

  it("has a higher epoch than the node's when the bucket is lost and nobody remembers, and its own when somebody does", async () => {
    const { controller } = await bed.pair();
    const held = { epoch: 5n, revision: 1n, digest };
    const first = await controller.publishBundle(content, ruleSets, { signer, held });
    expect(first).toMatchObject({ epoch: 6n, written: true });
    const last = { epoch: first.epoch, revision: first.revision + 1_000_000n, digest };
    await controller.deleteBundle(content.node);
    const second = await controller.publishBundle(content, ruleSets, { signer, held: first, last });
    expect(second).toMatchObject({ epoch: 6n, revision: last.revision + 1n });
    await controller.deleteBundle(content.node);
    expect(await controller.publishBundle(content, ruleSets, { signer, held: second })).toMatchObject({ epoch: 7n });
    // The clock alone would do here. It is not asked: what was signed before the loss is older in any case.
    const early = { epoch: 0n, revision: 1n, digest };
    const other = { ...content, node: "other" };
    expect(await controller.publishBundle(other, ruleSets, { signer, held: early })).toMatchObject({ epoch: 1n });
  });
});
