import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { type Bus, connect } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { BundleContainer } from "@portcullis/model";
import { BundleReceiver, type BundleSource } from "../src/bundles/receive.ts";
import { BundleStore } from "../src/bundles/store.ts";
import type { AcceptedBundle } from "../src/bundles/verify.ts";
import { bundle, bundleContainer, counting, rule, ruleSet, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  directories.removeAll();
});

const sleep = ruleSet(rule(1, "/bin/sleep"));
const cat = ruleSet(rule(1, "/bin/cat"));
const selected = (digest: string): BundleContainer => bundleContainer({ ruleSet: digest });

function receiver(dir = directories.make()) {
  const counts = counting();
  const log = new MemoryLog();
  const accepted: AcceptedBundle[] = [];
  const made = new BundleReceiver({
    node: "node-1",
    store: new BundleStore(dir),
    log,
    count: counts.count,
    accepted: (of) => void accepted.push(of),
    alsoNeeded: () => [],
    retry: { firstMs: 10, maxMs: 50 },
  });
  const follow = (source: BundleSource) => {
    const abort = new AbortController();
    const running = made.run(source, abort.signal);
    stops.push(async () => {
      abort.abort();
      await running;
    });
  };
  return { receiver: made, counts, log, accepted, follow, dir };
}

/** A bus of bytes: what arrives is what is given, so that every damage can be tried. */
class Wire implements BundleSource {
  readonly ruleSets = new Map<string, Uint8Array>([sleep, cat].map((made) => [made.digest, made.bytes]));
  readonly #messages: Uint8Array[] = [];
  #wake: () => void = () => {};
  send(bytes: Uint8Array): void {
    this.#messages.push(bytes);
    this.#wake();
  }
  async *watchBundle(_node: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    signal.addEventListener("abort", () => this.#wake());
    while (!signal.aborted) {
      const next = this.#messages.shift();
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
  async ruleSet(digest: string): Promise<Uint8Array> {
    const bytes = this.ruleSets.get(digest);
    if (!bytes) throw new Error(`no rule set ${digest}`);
    return bytes;
  }
}

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

  it("whose rule set is not what its digest says is refused", async () => {
    const { accepted, counts, follow } = receiver();
    const wire = new Wire();
    wire.ruleSets.set(cat.digest, sleep.bytes);
    follow(wire);
    wire.send(good.bytes);
    await until("in force", () => accepted.length === 1);
    wire.send(bundle(6n, [selected(cat.digest)]).bytes);
    await until("refused", () => counts.of("bundle_refused_digest") === 1);
    expect(accepted).toHaveLength(1);
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

describe("the kept bundle", () => {
  async function kept() {
    const first = receiver();
    const wire = new Wire();
    first.follow(wire);
    wire.send(bundle(5n, [selected(sleep.digest)]).bytes);
    await until("in force", () => first.accepted.length === 1);
    wire.send(bundle(6n, [selected(cat.digest)]).bytes);
    await until("in force", () => first.accepted.length === 2);
    for (const stop of stops.splice(0)) await stop();
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

describe("over a real bus", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());

  async function client(name: string): Promise<Bus> {
    const abort = new AbortController();
    const bus = await connect({ servers: server.url, name, signal: abort.signal, log: new MemoryLog() });
    stops.push(async () => {
      await bus.close();
      abort.abort();
    });
    return bus;
  }

  it("bundles reach their node, and survive a restart of the server", async () => {
    const controller = await client("controller/test");
    await controller.ensure();
    const node = receiver();
    node.follow(await client("enforcer/node-1"));
    const content = (digest: string) => {
      const { revision: _, ...rest } = bundle(1n, [selected(digest)]).bundle;
      return rest;
    };
    const first = await controller.publishBundle(content(sleep.digest), new Map([[sleep.digest, sleep.bytes]]));
    await until("the first", () => node.receiver.inForce?.bundle.revision === first.revision, 10_000);
    await server.stop({ hard: true });
    await server.start();
    await until("connected again", () => controller.connected, 20_000);
    const second = await controller.publishBundle(content(cat.digest), new Map([[cat.digest, cat.bytes]]));
    await until("the second", () => node.receiver.inForce?.bundle.revision === second.revision, 20_000);
    expect(node.counts.of("bundle_refused_stale")).toBe(0);
  }, 60_000);
});

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(copy.length / 2);
  copy[at] = copy[at]! ^ 0x10;
  return copy;
}
