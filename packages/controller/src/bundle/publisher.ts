/**
 * Builds what the bundle of a node has to be, and publishes it when that is not what was published last. It writes only as the leader,
 * and only when every informer has synced.
 */
import { createHash } from "node:crypto";
import {
  type BundleContent,
  type BundleSigner,
  type Bus,
  encodeContent,
  type LastBundle,
  refuses,
} from "@portcullis/bus";
import type { Log, Took } from "@portcullis/daemon";
import type { HeldBundle } from "@portcullis/model";
import { NotLeaderError } from "../errors.ts";
import type { Ledger } from "../status/ledger.ts";
import type { World } from "../watch/world.ts";

export interface PublisherOptions {
  readonly bus: Pick<Bus, "publishBundle" | "deleteBundle" | "deleteNodeStatus">;
  readonly world: Pick<World, "synced" | "hasNode" | "nodeNames" | "build">;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly isLeader: () => boolean;
  readonly signer: () => BundleSigner;
  /** What the node says it holds. */
  readonly heldBy: (node: string) => HeldBundle | undefined;
  /** Whether the node is heard of and enforces. */
  readonly hears: (node: string) => boolean;
  /** The status of these policies may have changed. */
  readonly touched: (policies: readonly string[]) => void;
  /** Told how long it took until the bus held a changed bundle. */
  readonly took?: Took | undefined;
}

export class Publisher {
  readonly counters = { published: 0, unchanged: 0, deleted: 0, failed: 0 };
  readonly #options: PublisherOptions;
  /** What was published last, by node. It saves writing when nothing has changed, and reading when something has. */
  readonly #sent = new Map<string, Required<LastBundle> & { readonly fingerprint: string }>();
  /** The same, also after the bus has lost it or publishing has failed. */
  readonly #last = new Map<string, HeldBundle>();
  /** Nodes that could not fetch a rule set of their bundle: it is looked at again. */
  readonly #doubted = new Set<string>();
  /** By policy: the nodes whose work has not begun since the policy changed, or has not ended; and as of which change. */
  readonly #awaited = new Map<string, Map<string, number>>();
  #changes = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** The policy changed and these nodes will be worked on. Its status is not known before that. */
  expect(policy: string, nodes: readonly string[]): void {
    if (nodes.length === 0) {
      this.#awaited.delete(policy);
      return;
    }
    this.#changes++;
    const awaited = this.#awaited.get(policy) ?? new Map<string, number>();
    for (const node of nodes) awaited.set(node, this.#changes);
    this.#awaited.set(policy, awaited);
  }

  /** True while some node that the policy touches was not worked on, from beginning to end, since it changed. */
  pending(policy: string): boolean {
    return this.#awaited.has(policy);
  }

  /** Whether the node says that it holds a bundle which keeps it from taking ours. */
  contradicted(node: string): boolean {
    const sent = this.#sent.get(node);
    return sent !== undefined && refuses(this.#options.heldBy(node), sent);
  }

  /** Whether every node's bundle is signed with this key, and those nodes hold it that are heard of and enforce. */
  resigned(keyId: string): boolean {
    const { world, heldBy, hears } = this.#options;
    return world.nodeNames().every((node) => {
      const sent = this.#sent.get(node);
      return sent?.fingerprint.startsWith(`${keyId} `) && (!hears(node) || heldBy(node)?.digest === sent.digest);
    });
  }

  /** The node cannot get its bundle whole: what it needs is compared with what the bus holds when the node is worked on next. */
  doubt(node: string): void {
    this.#doubted.add(node);
  }

  /** The bus may have lost its storage, so everything is sent again. */
  forgetSent(): void {
    this.#sent.clear();
  }

  /** Looks at the node as it is now, not at what has changed. Rejects with what the bus rejects with. */
  async reconcile(node: string): Promise<void> {
    const { world, bus, ledger, log, isLeader, touched } = this.#options;
    if (!world.synced || !isLeader()) throw new NotLeaderError(`the bundle of ${node} is not ours to write now`);
    const changed: string[] = [];
    // What changes from here on is not in what is built now, and waits for the next time.
    const asOf = this.#changes;
    try {
      if (world.hasNode(node)) changed.push(...(await this.#publish(node)));
      else {
        changed.push(...ledger.drop(node));
        this.#sent.delete(node);
        this.#last.delete(node);
        this.#doubted.delete(node);
        await bus.deleteBundle(node);
        await bus.deleteNodeStatus(node);
        this.counters.deleted++;
        log.info("node is gone, its bundle is deleted", { node });
      }
    } catch (error) {
      this.#sent.delete(node);
      this.counters.failed++;
      changed.push(...ledger.fail(node, (error as Error).message));
      throw error;
    } finally {
      touched([...changed, ...this.#settle(node, asOf)]);
    }
  }

  /** Returns the policies whose rules on the node have changed. */
  async #publish(node: string): Promise<string[]> {
    const { world, bus, ledger, log } = this.#options;
    const signer = this.#options.signer();
    const { content, encoded, carried } = world.build(node);
    const changed = ledger.want(node, carried);
    const fingerprint = fingerprintOf(content, signer);
    const sent = this.#sent.get(node);
    const recheck = this.#doubted.has(node);
    if (sent?.fingerprint === fingerprint && !recheck && !this.contradicted(node)) {
      this.counters.unchanged++;
      return [...changed, ...ledger.publish(node, sent)];
    }
    // In doubt the bus looks at what it holds.
    const held = this.#options.heldBy(node);
    const last = recheck || sent === undefined ? this.#last.get(node) : sent;
    const begun = performance.now();
    const published = await bus.publishBundle(content, encoded, { signer, held, last, recheck });
    const { epoch, revision, digest, sequence, written } = published;
    if (written) this.#options.took?.((performance.now() - begun) / 1_000);
    this.#doubted.delete(node);
    this.#sent.set(node, { fingerprint, epoch, revision, digest, sequence });
    this.#last.set(node, { epoch, revision, digest });
    this.counters[written ? "published" : "unchanged"]++;
    if (written) {
      const containers = content.containers.length;
      log.info("bundle published", { node, revision: String(revision), containers, ruleSets: content.ruleSets.length });
    }
    return [...changed, ...ledger.publish(node, published)];
  }

  /** Returns the policies that waited for this node alone. */
  #settle(node: string, asOf: number): string[] {
    const settled: string[] = [];
    for (const [policy, nodes] of this.#awaited) {
      const change = nodes.get(node);
      if (change === undefined || change > asOf) continue;
      nodes.delete(node);
      if (nodes.size > 0) continue;
      this.#awaited.delete(policy);
      settled.push(policy);
    }
    return settled;
  }
}

/** Begins with the key that signs. */
function fingerprintOf(content: BundleContent, { key }: BundleSigner): string {
  const digest = createHash("sha256").update(encodeContent(content));
  return `${key.id} ${digest.digest("hex")}`;
}
