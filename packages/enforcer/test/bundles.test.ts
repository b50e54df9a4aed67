import { describe, expect, it } from "@jest/globals";
import { encodeBundle, SigningKey, signBundle } from "@portcullis/bus";
import { until } from "@portcullis/daemon/testing";
import { cat, flipped, receiver, selected, sleep, Wire } from "./receiving.ts";
import { bundle, bundleContainer } from "./support.ts";

describe("a bundle", () => {
  it("comes into force with its rule sets", async () => {
    const { accepted, follow } = receiver();
    const wire = new Wire();
    follow(wire);
    wire.send(bundle(5n, [selected(sleep.digest)]).bytes);
    await until("in force", () => accepted.length === 1);
    expect(accepted[0]!.ruleSets.get(sleep.digest)).toEqual(sleep.ruleSet);
  });

  const good = bundle(5n, [selected(sleep.digest)]);
  const inconsistent = (() => {
    const duplicate = [selected(sleep.digest), bundleContainer({ ruleSet: sleep.digest, pod: "other" })];
    try {
      return bundle(9n, duplicate).bytes;
    } catch {
      return undefined; // the encoder refuses it already
    }
  })();
  const bad: [string, Uint8Array, string][] = [
    ["that is truncated", bundle(9n, [selected(cat.digest)]).bytes.subarray(0, -7), "bundle_refused_undecodable"],
    ["that is empty", new Uint8Array(0), "bundle_refused_undecodable"],
    ["with a flipped bit", flipped(bundle(9n, [selected(cat.digest)]).bytes), "bundle_refused_undecodable"],
    ["for another node", bundle(9n, [selected(cat.digest)], { node: "node-2" }).bytes, "bundle_refused_foreign"],
    ["with a lower revision", bundle(4n, [selected(cat.digest)]).bytes, "bundle_refused_stale"],
    ["with the same revision and other content", bundle(5n, [selected(cat.digest)]).bytes, "bundle_refused_stale"],
    ...(inconsistent
      ? [["with a container twice", inconsistent, "bundle_refused_"] as [string, Uint8Array, string]]
      : []),
  ];
  it.each(bad)("%s is refused and counted, the last good one stays in force", async (_, bytes, counter) => {
    const { receiver: made, accepted, counts, log, follow } = receiver();
    const wire = new Wire();
    follow(wire);
    wire.send(good.bytes);
    await until("in force", () => accepted.length === 1);
    wire.send(bytes);
    const refused = () =>
      (["undecodable", "foreign", "stale", "inconsistent"] as const)
        .map((reason) => `bundle_refused_${reason}` as const)
        .filter((name) => name.startsWith(counter))
        .reduce((sum, name) => sum + counts.of(name), 0);
    await until("refused", () => refused() === 1);
    wire.send(bytes); // as at every reconnect
    await until("refused again", () => refused() === 2);
    expect(made.inForce?.bundle).toEqual(good.bundle);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("that is in force already is neither applied nor refused", async () => {
    const { accepted, counts, follow } = receiver();
    const wire = new Wire();
    follow(wire);
    wire.send(good.bytes);
    await until("in force", () => accepted.length === 1);
    wire.send(good.bytes);
    wire.send(bundle(6n, [selected(cat.digest)]).bytes);
    await until("the next one", () => accepted.some(({ bundle: { revision } }) => revision === 6n));
    expect(accepted.map(({ bundle: { revision } }) => revision)).toEqual([5n, 6n]);
    expect(counts.of("bundle_refused_stale")).toBe(0);
  });

  it("of a later epoch comes into force whatever its revision, one of an earlier epoch does not", async () => {
    const { accepted, counts, follow } = receiver();
    const wire = new Wire();
    follow(wire);
    wire.send(good.bytes);
    await until("in force", () => accepted.length === 1);
    wire.send(bundle(4n, [selected(cat.digest)], { epoch: 1n }).bytes);
    await until("the next epoch", () => accepted.length === 2);
    wire.send(bundle(9n, [selected(cat.digest)]).bytes);
    await until("refused", () => counts.of("bundle_refused_stale") === 1);
    expect(accepted).toHaveLength(2);
  });

  it("whose rule set is not what its digest says is refused, named, and asked for again", async () => {
    const { receiver: made, accepted, counts, follow } = receiver();
    const wire = new Wire();
    wire.ruleSets.set(cat.digest, sleep.bytes);
    follow(wire);
    wire.send(good.bytes);
    await until("in force", () => accepted.length === 1);
    wire.send(bundle(6n, [selected(cat.digest)]).bytes);
    await until("refused", () => counts.of("bundle_refused_digest") > 0);
    expect(accepted).toHaveLength(1);
    expect(made.problem).toMatch(/^ENFORCER_RULESET_DIGEST: /);
    // The controller puts the bucket right, and the node has not given up.
    wire.ruleSets.set(cat.digest, cat.bytes);
    await until("in force at last", () => accepted.length === 2);
    expect(made.problem).toBe("");
  });

  it("waits for a rule set that cannot be fetched yet, and gives way to a newer bundle", async () => {
    const { receiver: made, log, follow } = receiver();
    const wire = new Wire();
    wire.ruleSets.delete(cat.digest);
    follow(wire);
    wire.send(bundle(6n, [selected(cat.digest)]).bytes);
    await until("said", () => log.lines.some(({ level }) => level === "warn"));
    wire.send(bundle(7n, [selected(sleep.digest)]).bytes);
    await until("the newer one", () => made.inForce?.bundle.revision === 7n);
    wire.send(bundle(8n, [selected(cat.digest)]).bytes);
    wire.ruleSets.set(cat.digest, cat.bytes);
    await until("fetched at last", () => made.inForce?.bundle.revision === 8n);
  });
});

describe("a refused bundle", () => {
  it("does not end the wait for the rule sets of a good one", async () => {
    const { receiver: made, counts, follow } = receiver();
    const wire = new Wire();
    wire.ruleSets.delete(cat.digest);
    follow(wire);
    wire.send(bundle(6n, [selected(cat.digest)]).bytes);
    wire.send(Buffer.from("rubbish"));
    await until("refused", () => counts.of("bundle_refused_undecodable") === 1);
    wire.ruleSets.set(cat.digest, cat.bytes);
    await until("the good one", () => made.inForce?.bundle.revision === 6n);
  });
});

describe("a bundle that somebody says was stored", () => {
  const good = bundle(5n, [selected(sleep.digest)]);

  it("is credible when it could come into force or is in force, and its refusal is neither counted nor said", async () => {
    const { receiver: made, accepted, counts, log, follow } = receiver();
    const wire = new Wire();
    follow(wire);
    wire.send(good.bytes);
    await until("in force", () => accepted.length === 1);
    expect(wire.credible(good.bytes)).toBe(true);
    expect(wire.credible(bundle(6n, [selected(cat.digest)]).bytes)).toBe(true);
    const newer = bundle(6n, [selected(cat.digest)]);
    const others = {
      older: bundle(4n, [selected(cat.digest)]).bytes,
      unsigned: encodeBundle(newer.bundle),
      "signed by somebody else": signBundle(encodeBundle(newer.bundle), SigningKey.generate()),
      "another node's": bundle(6n, [selected(cat.digest)], { node: "node-2" }).bytes,
      changed: flipped(newer.bytes),
      empty: new Uint8Array(),
    };
    for (const [what, bytes] of Object.entries(others)) expect([what, wire.credible(bytes)]).toEqual([what, false]);
    expect([made.problem, accepted.length]).toEqual(["", 1]);
    const refusals = ["undecodable", "unsigned", "key", "signature", "foreign", "stale"] as const;
    expect(refusals.map((reason) => counts.of(`bundle_refused_${reason}`))).toEqual(refusals.map(() => 0));
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("does not take the place of a newer one that waits for its rule sets", async () => {
    const { receiver: made, accepted, log, follow } = receiver();
    const wire = new Wire();
    wire.ruleSets.delete(cat.digest);
    follow(wire);
    wire.send(bundle(5n, [selected(sleep.digest)]).bytes);
    await until("in force", () => accepted.length === 1);
    const waiting = bundle(7n, [selected(cat.digest)]).bytes;
    wire.send(waiting);
    await until("it waits", () => log.lines.some(({ level }) => level === "warn"));
    expect(wire.credible(bundle(6n, [selected(sleep.digest)]).bytes)).toBe(false);
    expect(wire.credible(waiting)).toBe(true);
    expect(wire.credible(bundle(8n, [selected(sleep.digest)]).bytes)).toBe(true);
    wire.ruleSets.set(cat.digest, cat.bytes);
    await until("the newer one", () => made.inForce?.bundle.revision === 7n);
  });
});
