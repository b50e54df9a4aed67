/** Rule sets on the bus: put, waited for, refused when their bytes are not those of their digest, pruned. */
import { describe, expect, it } from "@jest/globals";
import { Kvm } from "@nats-io/kv";
import { connect as natsConnect } from "@nats-io/transport-node";
import { sleep } from "@portcullis/daemon";
import { BusBed, bytes, content, digest, ruleSets, signer } from "./bus-bed.ts";

const bed = new BusBed();

describe("a rule set", () => {
  it("is waited for, when it comes a little after it was asked for", async () => {
    const { controller, enforcer } = await bed.pair();
    const fetched = enforcer.ruleSet(digest, bed.stop.signal);
    await sleep(200);
    await controller.publishBundle(content, ruleSets, { signer });
    expect(await fetched).toEqual(bytes);
  });

  it("that a bundle names and the controller does not pass is an error", async () => {
    const { controller } = await bed.pair();
    await expect(controller.publishBundle(content, new Map(), { signer })).rejects.toMatchObject({
      code: "BUS_RULE_SET_MISSING",
    });
    await expect(
      controller.publishBundle(content, new Map([[digest, new Uint8Array(3)]]), { signer }),
    ).rejects.toMatchObject({
      code: "BUS_RULE_SET_DIGEST",
    });
  });

  it("damaged in the bucket is refused by its reader and repaired by another controller", async () => {
    const { controller, enforcer } = await bed.pair();
    await controller.publishBundle(content, ruleSets, { signer });
    const raw = await natsConnect({ servers: bed.server.url });
    const kv = await new Kvm(raw).open("portcullis-v1-rule-sets");
    await kv.put(digest.slice("sha256:".length), bytes.subarray(0, 30));
    await raw.close();
    await expect(enforcer.ruleSet(digest, bed.stop.signal)).rejects.toMatchObject({ code: "BUS_RULE_SET_DIGEST" });
    await (await bed.open("next controller")).publishBundle(content, ruleSets, { signer });
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });

  it("that nothing names any more is pruned, and written again when it is needed", async () => {
    const { controller, enforcer } = await bed.pair();
    await controller.publishBundle(content, ruleSets, { signer });
    expect(await controller.pruneRuleSets((used) => used === digest, 0)).toBe(0);
    expect(await controller.pruneRuleSets(() => false, 0)).toBe(1);
    await controller.publishBundle({ ...content, node: "b" }, ruleSets, { signer });
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });

  it("that comes into use while the unused ones are deleted is there afterwards", async () => {
    const { controller, enforcer } = await bed.pair();
    await controller.publishBundle(content, ruleSets, { signer });
    // The first question is asked while the list is read, the second one just before the deletion.
    let asked = 0;
    expect(await controller.pruneRuleSets(() => ++asked > 1, 0)).toBe(0);
    let publication: Promise<unknown> | undefined;
    const needed = () => {
      if (++asked === 2)
        queueMicrotask(() => {
          publication = controller.publishBundle({ ...content, node: "c" }, ruleSets, { signer });
        });
      return false;
    };
    asked = 0;
    expect(await controller.pruneRuleSets(needed, 0)).toBe(1);
    await publication;
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });

  it("that somebody else has deleted is written again when a node could not fetch it", async () => {
    const { controller, enforcer } = await bed.pair();
    await controller.publishBundle(content, ruleSets, { signer });
    expect(await (await bed.open("former leader")).pruneRuleSets(() => false, 0)).toBe(1);
    await controller.publishBundle(content, ruleSets, { signer, recheck: true });
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });

  it("just written is not pruned, even when nothing names it", async () => {
    const { controller, enforcer } = await bed.pair();
    await controller.publishBundle(content, ruleSets, { signer });
    expect(await controller.pruneRuleSets(() => false)).toBe(0);
    expect(await enforcer.ruleSet(digest, bed.stop.signal)).toEqual(bytes);
  });
});
