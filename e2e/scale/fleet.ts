/**
 * The nodes of a large cluster as the bus sees them: each with a connection of its own, which takes its bundle as an enforcer does, and says that it has. What
 * is not there is the kernel.
 */

import { type Bus, type ConnectOptions, connect, decodeBundle, digestOf } from "@portcullis/bus";
import { sleep } from "@portcullis/daemon";
import { silentLog } from "@portcullis/daemon/testing";
import type { NodeStatus } from "@portcullis/model";
import { nodeName } from "./objects.ts";

/** An enforcer says so often that it lives. */
const heartbeatMs = 15_000;
/** So many are connected at the same time. */
const dialsAtOnce = 50;

/** How a node comes in. */
export type Access = Pick<ConnectOptions, "servers" | "auth" | "tls" | "node" | "timing">;

interface FleetNode {
  readonly index: number;
  readonly name: string;
  readonly bus: Bus;
  /** Of its own: what thousands wait for at one signal is looked through at each wait. */
  readonly stop: AbortController;
  /** Bundles that it has taken. */
  taken: number;
  /** When it took the last one, by the monotonic clock. */
  at: number;
  status: NodeStatus;
  /** How often it has lost the server, come back, and was answered all that an enforcer asks for then. */
  returns: number;
  /** How often it had read its bundle when returns began to count. */
  reads: number;
}

export class Fleet {
  readonly #accessOf: (index: number, name: string) => Access;
  readonly #nodes = new Set<FleetNode>();
  #quiet = false;
  readonly #work = new Map<FleetNode, Promise<unknown>>();

  private constructor(accessOf: (index: number, name: string) => Access) {
    this.#accessOf = accessOf;
  }

  static async connect(access: string | ((index: number, name: string) => Access), count: number): Promise<Fleet> {
    const fleet = new Fleet(typeof access === "string" ? () => ({ servers: access }) : access);
    for (let from = 0; from < count; from += dialsAtOnce)
      await Promise.all(Array.from({ length: Math.min(dialsAtOnce, count - from) }, (_, k) => fleet.#join(from + k)));
    return fleet;
  }

  async #join(index: number): Promise<void> {
    const [name, stop] = [nodeName(index), new AbortController()];
    const options = { name: `enforcer/${name}`, signal: stop.signal, log: silentLog };
    const bus = await connect({ ...this.#accessOf(index, name), ...options });
    const node: FleetNode = { index, name, bus, stop, taken: 0, at: 0, status: statusOf(name), returns: 0, reads: 0 };
    this.#nodes.add(node);
    this.#work.set(node, Promise.all([this.#take(node), this.#live(node), this.#comeBack(node)]));
  }

  async #leave(node: FleetNode): Promise<void> {
    node.stop.abort();
    await this.#work.get(node)?.catch(() => undefined);
    await node.bus.close().catch(() => undefined);
    this.#work.delete(node);
    this.#nodes.delete(node);
  }

  /** Ends so many nodes, one after the other, and starts each anew. */
  async restart(count: number): Promise<void> {
    for (const node of [...this.#nodes].slice(0, count)) {
      await this.#leave(node);
      await this.#join(node.index);
    }
  }

  /** What an enforcer does when the connection was lost, besides reading its bundle, which `watchBundle` does by itself. */
  async #comeBack(node: FleetNode): Promise<void> {
    const { bus, stop } = node;
    for await (const _ of bus.reconnects(stop.signal)) {
      while (!stop.signal.aborted) {
        try {
          await Promise.all([bus.alertStream(), bus.logStream(), bus.putNodeStatus(node.status)]);
          node.returns++;
          break;
        } catch {
          await sleep(1_000, stop.signal);
        }
      }
    }
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
      if (node.taken > 0 && !this.#quiet) await this.#say(node);
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
    return [...this.#nodes].map(({ taken }) => taken);
  }

  /**
   * From now on returns count for `away`. And no node says every few seconds that it lives: of nodes that come back within seconds hardly one would have done that
   * meanwhile, and here it takes longer.
   */
  expectLoss(): void {
    this.#quiet = true;
    for (const node of this.#nodes) [node.returns, node.reads] = [0, node.bus.stats.bundleReads];
  }

  /** How many nodes have not come back yet. */
  away(): number {
    const isBack = ({ bus, returns, reads }: FleetNode) =>
      returns > 0 && bus.connected && bus.stats.bundleReads > reads;
    return [...this.#nodes].filter((node) => !isBack(node)).length;
  }

  /** When each took its last one. */
  times(): number[] {
    return [...this.#nodes].map(({ at }) => at);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#nodes].map((node) => this.#leave(node)));
  }
}

const statusOf = (node: string): NodeStatus => ({
  ...{ node, updatedAt: new Date().toISOString(), enforcerVersion: "0.1.0", kernel: "6.12.0", enforcing: true },
  ...{ problems: [], hooks: ["file_open"], appliedRevision: 0n, boundRuleSets: [], unenforced: [], counters: {} },
  headroom: { slotsUsed: 0, slots: 1_024 },
});
