/**
 * Promise: with three servers, the loss of one and of its disk loses nothing, and while two are away nothing is acknowledged that is not stored. Long because each case
 * is a story of what was published, who died, and what is there at the end.
 */

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { sleep } from "@portcullis/daemon";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { Bus } from "../src/bus.ts";
import { connect } from "../src/connect.ts";
import { encodeAlert } from "../src/messages/alert.ts";
import { decodeBundle } from "../src/messages/bundle.ts";
import { content, iterate, next, ruleSets, signer, timing } from "./bus-bed.ts";
import { exampleAlert } from "./examples.ts";
import { type NatsCluster, startNatsCluster } from "./nats-cluster.ts";

jest.setTimeout(60_000);

const alerts = "PORTCULLIS_ALERTS";
const bundles = "KV_portcullis-v1-bundles";
let cluster: NatsCluster;
let stop = new AbortController();
beforeAll(async () => {
  cluster = await startNatsCluster();
  const controller = await open("controller");
  await until("the storage", () =>
    controller.ensure({ replicas: 3 }).then(
      (unsettled) => unsettled.length === 0,
      () => false,
    ),
  );
  await controller.close();
});
afterAll(() => cluster?.dispose());
afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

/** Requests wait as long as outside of tests: the servers take four to nine seconds to notice that a leader is dead. `first`: the server that it is connected to in the beginning; the client chooses at random, so it is opened until it is that. */
async function open(name: string, first?: number): Promise<Bus> {
  for (;;) {
    const log = new MemoryLog();
    const options = {
      servers: cluster.urls,
      name,
      signal: stop.signal,
      log,
      timing: { ...timing, requestTimeout: 5_000 },
    };
    const bus = await connect(options);
    const { server } = log.lines.find(({ message }) => message === "bus connected")?.fields ?? {};
    if (first === undefined || cluster.urls[first]?.endsWith(String(server))) return bus;
    await bus.close();
  }
}

/** Publishes like an enforcer: what is not acknowledged is published again under the same id, until it is. */
class Publishing {
  readonly acknowledged = new Map<string, number>();
  readonly #bus: Bus;
  readonly #name: string;
  #next = 0;
  #ended = false;
  readonly #running: Promise<void>[];

  constructor(bus: Bus, name: string) {
    this.#bus = bus;
    this.#name = name;
    this.#running = [0, 1, 2, 3].map(() => this.#publish());
  }

  async #publish(): Promise<void> {
    while (!this.#ended) {
      const id = `${this.#name}-${this.#next++}`;
      for (;;) {
        try {
          const { sequence } = await this.#bus.publishAlert(encodeAlert({ ...exampleAlert, id }));
          this.acknowledged.set(id, sequence);
          break;
        } catch {
          await sleep(50);
        }
      }
      await sleep(2);
    }
  }

  async more(count: number): Promise<void> {
    const before = this.acknowledged.size;
    await until(`${count} more are acknowledged`, () => this.acknowledged.size >= before + count);
  }

  /** How many were published; each of them is acknowledged then. */
  async end(): Promise<number> {
    this.#ended = true;
    await Promise.all(this.#running);
    return this.#next;
  }
}

/** Ids in the stream that begin like this, as a reader gets them. */
async function stored(bus: Bus, name: string, count: number): Promise<string[]> {
  const { lastSequence } = await bus.alertStream();
  const ids: string[] = [];
  for await (const { id, stream } of bus.subscribeAlerts({ signal: stop.signal, from: "all" })) {
    if (id.startsWith(`${name}-`)) ids.push(id);
    if (stream.sequence >= lastSequence) break;
  }
  expect(ids).toHaveLength(count);
  return ids;
}

const kill = (index: number) => cluster.servers[index]?.stop({ hard: true });
const start = (index: number, options?: { wipe?: boolean }) => cluster.servers[index]?.start(options);

describe("with three servers", () => {
  it.each([
    ["the leader of their stream", 0],
    ["one that follows it", 1],
  ])("no alert is lost or doubled when %s is killed and comes back", async (_, behind) => {
    const name = `kill${behind}`;
    const victim = ((await cluster.leaderOf(alerts)) + behind) % 3;
    // The client is connected to the victim, so it has to find another one as well.
    const bus = await open("enforcer", victim);
    const publishing = new Publishing(bus, name);
    await publishing.more(100);
    await kill(victim);
    await publishing.more(100);
    await start(victim);
    await publishing.more(100);
    const count = await publishing.end();
    await cluster.caughtUp(alerts);
    expect(new Set(await stored(bus, name, count)).size).toBe(count);
  });

  it("all is there again when one has lost its disk and has caught up", async () => {
    const controller = await open("controller");
    const published = await controller.publishBundle({ ...content, node: "disk" }, ruleSets, { signer });
    const publishing = new Publishing(controller, "disk");
    await publishing.more(50);
    const { created } = await controller.alertStream();
    const lost = await cluster.leaderOf(alerts);
    await kill(lost);
    await start(lost, { wipe: true });
    await publishing.more(50);
    const count = await publishing.end();
    for (const stream of [alerts, bundles, "KV_portcullis-v1-rule-sets"]) await cluster.caughtUp(stream);
    // Of the two that are left one is that which had lost everything.
    const other = (lost + 1) % 3;
    await kill(other);
    const reader = await open("reader", lost);
    await cluster.leaderOf(alerts);
    expect(new Set(await stored(reader, "disk", count)).size).toBe(count);
    expect(await reader.alertStream()).toMatchObject({ created });
    const [bundle] = (await reader.listBundles()).filter(({ node }) => node === "disk");
    expect(bundle).toMatchObject({ revision: published.revision });
    await start(other);
    await cluster.caughtUp(alerts);
  });

  it("nothing is acknowledged while two are away, and all of it arrives when they are back", async () => {
    const bus = await open("enforcer", 0);
    const publishing = new Publishing(bus, "two");
    await publishing.more(50);
    await Promise.all([kill(1), kill(2)]);
    await sleep(100);
    const before = publishing.acknowledged.size;
    await sleep(3_000);
    expect(publishing.acknowledged.size).toBe(before);
    await Promise.all([start(1), start(2)]);
    await publishing.more(50);
    const count = await publishing.end();
    await cluster.caughtUp(alerts);
    expect(new Set(await stored(bus, "two", count)).size).toBe(count);
  });

  it("a bundle reaches its node while one is away, whichever that is, without a failed attempt", async () => {
    const controller = await open("controller");
    const node = "node-three";
    const enforcer = await open("enforcer");
    const received = iterate(enforcer.watchBundle(node, stop.signal));
    for (const behind of [0, 1]) {
      const victim = ((await cluster.leaderOf(bundles)) + behind) % 3;
      await kill(victim);
      // Who was connected to it is told by the kernel a moment later, and takes itself for connected until then.
      await sleep(500);
      await until("both are connected", () => controller.connected && enforcer.connected);
      const { revision } = await controller.publishBundle({ ...content, node, cluster: `c${behind}` }, ruleSets, {
        signer,
      });
      await until("the node has it", async () => {
        const bytes = await next(received, "a bundle", 15_000);
        return decodeBundle(bytes).revision === revision;
      });
      await start(victim);
      await cluster.caughtUp(bundles);
    }
  });

  it("who connects first while one is dead is not kept waiting by it", async () => {
    await kill(2);
    const begun = performance.now();
    for (let n = 0; n < 6; n += 1) await (await open(`new-${n}`)).close();
    expect(performance.now() - begun).toBeLessThan(3_000);
    await start(2);
    await cluster.caughtUp(alerts);
  });
});
