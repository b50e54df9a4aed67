import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { until } from "@portcullis/daemon/testing";
import { cat, flipped, receiver, selected, sleep, stopAll, Wire } from "./receiving.ts";
import { bundle } from "./support.ts";

describe("the kept bundle", () => {
  async function kept() {
    const first = receiver();
    const wire = new Wire();
    first.follow(wire);
    wire.send(bundle(5n, [selected(sleep.digest)]).bytes);
    await until("in force", () => first.accepted.length === 1);
    wire.send(bundle(6n, [selected(cat.digest)]).bytes);
    await until("in force", () => first.accepted.length === 2);
    await stopAll();
    return first.dir;
  }

  it("is in force after a restart, before the bus answers", async () => {
    const again = receiver(await kept());
    await again.receiver.restore();
    expect(again.accepted.map(({ bundle: { revision } }) => revision)).toEqual([6n]);
    expect(again.accepted[0]!.ruleSets.get(cat.digest)).toEqual(cat.ruleSet);
  });

  it("lets no lower revision in after a restart", async () => {
    const again = receiver(await kept());
    await again.receiver.restore();
    const wire = new Wire();
    again.follow(wire);
    wire.send(bundle(5n, [selected(sleep.digest)]).bytes);
    await until("refused", () => again.counts.of("bundle_refused_stale") === 1);
  });

  it("holds no rule set that nobody needs", async () => {
    const dir = await kept();
    expect(readdirSync(join(dir, "rulesets"))).toEqual([cat.digest.replace("sha256:", "")]);
  });

  it.each(["bundle", "ruleset"])("is not used when its %s is damaged, and that is said", async (what) => {
    const dir = await kept();
    const path = what === "bundle" ? join(dir, "bundle") : join(dir, "rulesets", cat.digest.replace("sha256:", ""));
    writeFileSync(path, flipped(readFileSync(path)));
    const again = receiver(dir);
    await again.receiver.restore();
    expect(again.accepted).toEqual([]);
    expect(again.counts.of("state_unreadable")).toBe(1);
    const wire = new Wire();
    again.follow(wire);
    wire.send(bundle(6n, [selected(cat.digest)]).bytes);
    await until("fetched again", () => again.accepted.length === 1);
  });
});
