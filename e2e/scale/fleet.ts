/**
 * The nodes of a large cluster as the bus sees them: each with a connection of its own, which takes its bundle as an enforcer does, and says that it has. What
 * is not there is the kernel.
 */

import { type Bus, connect, decodeBundle, digestOf } from "@portcullis/bus";
import { sleep } from "@portcullis/daemon";
import { silentLog } from "@portcullis/daemon/testing";
import type { NodeStatus } from "@portcullis/model";
import { nodeName } from "./objects.ts";

/** An enforcer says so often that it lives. */
const heartbeatMs = 15_000;
/** So many are connected at the same time. */
const dialsAtOnce = 50;

interface FleetNode {
  readonly name: string;
  readonly bus: Bus;
  /** Of its own: what thousands wait for at one signal is looked through at each wait. */
  readonly stop: AbortController;
  /** Bundles that it has taken. */
  taken: number;
  /** When it took the last one, by the monotonic clock. */
  at: number;
  status: NodeStatus;
}

export class Fleet {
  readonly #nodes: FleetNode[] = [];
  readonly #work: Promise<void>[] = [];

  static async connect(url: string, count: number): Promise<Fleet> {
    const fleet = new Fleet();
    for (let from = 0; from < count; from += dialsAtOnce)
      await Promise.all(
        Array.from({ length: Math.min(dialsAtOnce, count - from) }, (_, k) => fleet.#join(url, nodeName(from + k))),
      );
    return fleet;
  }

  async #join(url: string, name: string): Promise<void> {
    const stop = new AbortController();
    const bus = await connect({ servers: url, name: `enforcer/${name}`, signal: stop.signal, log: silentLog });
    const node: FleetNode = { name, bus, stop, taken: 0, at: 0, status: statusOf(name) };
    this.#nodes.push(node);
    this.#work.push(this.#take(node), this.#live(node));
  }

  async #take(node: FleetNode): Promise<void> {
    const { signal } = node.stop;
    let last = "";
    for await (const bytes of node.bus.watchBundle(node.name, signal, () => true)) {
      const digest = digestOf(bytes);
      if (digest === last) continue;
      last = digest;
      node.taken++;
      node.at = performance.now();
      const { epoch = 0n, revision } = decodeBundle(bytes);
      node.status = { ...node.status, appliedRevision: revision, held: { epoch, revision, digest } };
      await this.#say(node);
    }
  }

  async #live(node: FleetNode): Promise<void> {
    const { signal } = node.stop;
    await sleep(Math.random() * heartbeatMs, signal);
    while (!signal.aborted) {
      // What it would say before it has a bundle is nothing that a cold start needs, and five thousand say it.
      if (node.taken > 0) await this.#say(node);
      await sleep(heartbeatMs, signal);
    }
  }

  /** What was not taken is said again with the next heartbeat. */
  async #say(node: FleetNode): Promise<void> {
    node.status = { ...node.status, updatedAt: new Date().toISOString() };
    await node.bus.putNodeStatus(node.status).catch(() => undefined);
  }

  /** How many bundles each node has taken. */
  taken(): number[] {
    return this.#nodes.map(({ taken }) => taken);
  }

  /** When each took its last one. */
  times(): number[] {
    return this.#nodes.map(({ at }) => at);
  }

  async end(): Promise<void> {
    for (const { stop } of this.#nodes) stop.abort();
    await Promise.allSettled(this.#work);
    await Promise.allSettled(this.#nodes.map(({ bus }) => bus.close()));
  }
}

const statusOf = (node: string): NodeStatus => ({
  ...{ node, updatedAt: new Date().toISOString(), enforcerVersion: "0.1.0", kernel: "6.12.0", enforcing: true },
  ...{ problems: [], hooks: ["file_open"], appliedRevision: 0n, boundRuleSets: [], unenforced: [], counters: {} },
  headroom: { slotsUsed: 0, slots: 1_024 },
});
