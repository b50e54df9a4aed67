import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { encodeBundle, PublicKeys, SigningKey, signBundle } from "@portcullis/bus";
import { until } from "@portcullis/daemon/testing";
import type { CounterName } from "../src/counters.ts";
import { cat, receiver, selected, sleep, stopAll, Wire } from "./receiving.ts";
import { acceptedKeys, bundle, controllerKey } from "./support.ts";

const stranger = SigningKey.generate();
const keysOf = (...keys: SigningKey[]) => new PublicKeys(keys.map(({ publicKey }) => publicKey));
const good = bundle(5n, [selected(sleep.digest)]);
const next = bundle(6n, [selected(cat.digest)]);
const unsigned = encodeBundle(next.bundle);
/** The content of one bundle under the signature of another, and a checksum that is right. */
const transplanted = (() => {
  const bytes = Buffer.concat([next.bytes.subarray(0, -72), good.bytes.subarray(-72)]);
  const checksum = createHash("sha256").update(bytes.subarray(0, 16)).update(bytes.subarray(24)).digest();
  checksum.copy(bytes, 16, 0, 8);
  return bytes;
})();

describe("a bundle that the controller did not sign", () => {
  const bad: [string, Uint8Array, CounterName, string][] = [
    ["without a signature", unsigned, "bundle_refused_unsigned", "ENFORCER_BUNDLE_UNSIGNED"],
    ["of another key", signBundle(unsigned, stranger), "bundle_refused_key", "ENFORCER_BUNDLE_KEY_UNKNOWN"],
    ["under another's signature", transplanted, "bundle_refused_signature", "ENFORCER_BUNDLE_SIGNATURE"],
    [
      "whose signature is cut off",
      next.bytes.subarray(0, -9),
      "bundle_refused_undecodable",
      "ENFORCER_BUNDLE_UNDECODABLE",
    ],
  ];
  it.each(bad)("%s is refused, counted and said; the last good one stays in force", async (_, bytes, counter, code) => {
    const { receiver: made, counts, accepted, follow } = receiver();
    const wire = new Wire();
    follow(wire);
    wire.send(good.bytes);
    await until("in force", () => accepted.length === 1);
    wire.send(bytes);
    await until("refused", () => counts.of(counter) === 1);
    expect(made.problem).toMatch(new RegExp(`^${code}: `));
    expect(made.inForce?.bundle).toEqual(good.bundle);
    // The same content with its signature is what it takes.
    wire.send(next.bytes);
    await until("in force", () => accepted.length === 2);
    expect(made.problem).toBe("");
  });

  it("but for another node, or an earlier time, is refused too", async () => {
    const { receiver: made, counts, follow } = receiver();
    const wire = new Wire();
    follow(wire);
    wire.send(next.bytes);
    await until("in force", () => made.inForce !== undefined);
    wire.send(bundle(9n, [selected(cat.digest)], { node: "node-2" }).bytes);
    await until("refused", () => counts.of("bundle_refused_foreign") === 1);
    wire.send(good.bytes);
    await until("refused", () => counts.of("bundle_refused_stale") === 1);
    expect(made.problem).toMatch(/^ENFORCER_BUNDLE_STALE: /);
    expect(made.inForce?.bundle).toEqual(next.bundle);
  });
});

describe("a rotation under a running reader", () => {
  it("leaves no gap: the new key is accepted before it signs, and the old one until it does not", async () => {
    let keys = acceptedKeys;
    const { receiver: made, counts, accepted, follow } = receiver(undefined, () => keys);
    const wire = new Wire();
    follow(wire);
    const other = SigningKey.generate();
    wire.send(good.bytes);
    await until("the old key's", () => accepted.length === 1);
    keys = keysOf(controllerKey, other);
    await made.keysChanged();
    wire.send(bundle(6n, [selected(sleep.digest)]).bytes);
    await until("the old key's still", () => accepted.length === 2);
    wire.send(signBundle(encodeBundle(bundle(7n, [selected(sleep.digest)]).bundle), other));
    await until("the new key's", () => accepted.length === 3);
    keys = keysOf(other);
    await made.keysChanged();
    expect([made.inForce?.bundle.revision, made.problem]).toEqual([7n, ""]);
    wire.send(bundle(8n, [selected(cat.digest)]).bytes);
    await until("the old key's no more", () => counts.of("bundle_refused_key") === 1);
    expect(accepted).toHaveLength(3);
  });

  it("takes the bundle that was there before its key, without waiting for another one", async () => {
    let keys = new PublicKeys([]);
    const { receiver: made, counts, follow } = receiver(undefined, () => keys);
    const wire = new Wire();
    follow(wire);
    wire.send(good.bytes);
    await until("refused", () => counts.of("bundle_refused_key") === 1);
    keys = acceptedKeys;
    await made.keysChanged();
    await until("in force", () => made.inForce?.bundle.revision === 5n);
    expect(made.problem).toBe("");
  });
});

describe("a kept bundle", () => {
  async function kept(): Promise<string> {
    const first = receiver();
    const wire = new Wire();
    first.follow(wire);
    wire.send(good.bytes);
    await until("in force", () => first.accepted.length === 1);
    await stopAll();
    return first.dir;
  }

  it.each([
    ["unsigned", unsigned],
    ["signed by somebody else", signBundle(unsigned, stranger)],
    ["another one's signature", transplanted],
  ])("that was exchanged on disk for one that is %s is not used, and that is said", async (_, bytes) => {
    const dir = await kept();
    writeFileSync(join(dir, "bundle"), bytes);
    const again = receiver(dir);
    await again.receiver.restore();
    expect([again.accepted, again.counts.of("state_unreadable")]).toEqual([[], 1]);
    const wire = new Wire();
    again.follow(wire);
    wire.send(good.bytes);
    await until("the controller's", () => again.accepted.length === 1);
    expect(readFileSync(join(dir, "bundle"))).toEqual(Buffer.from(good.bytes));
  });

  it("is used when its key comes after the start", async () => {
    let keys = new PublicKeys([]);
    const again = receiver(await kept(), () => keys);
    await again.receiver.restore();
    expect(again.accepted).toEqual([]);
    keys = acceptedKeys;
    await again.receiver.keysChanged();
    expect(again.accepted.map(({ bundle: { revision } }) => revision)).toEqual([5n]);
  });
});
