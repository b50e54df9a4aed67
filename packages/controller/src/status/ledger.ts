/**
 * Which policies each node's bundle has to carry, and with which it was published. The status of a policy is computed from this. It
 * holds one small record for each policy on each node that it really concerns.
 */

import type { HeldBundle } from "@portcullis/model";
import type { Carried } from "../bundle/bundle.ts";

/** How a published bundle carries a policy, and since which bundle of the node. */
interface Published extends Carried {
  readonly since: number;
}

/** An older bundle proves nothing: a node that holds it has missed so many since. */
const maxRemembered = 64;

/** The last bundles of a node in the order in which they were published, by digest. */
class PublishedBundles {
  readonly #order = new Map<string, number>();
  #last = 0;

  /** The place of this bundle in the order. */
  add(digest: string): number {
    if (this.#order.get(digest) === this.#last) return this.#last;
    this.#order.delete(digest);
    this.#order.set(digest, ++this.#last);
    const [oldest] = this.#order.keys();
    if (this.#order.size > maxRemembered && oldest !== undefined) this.#order.delete(oldest);
    return this.#last;
  }

  /** 0: not one of those that are remembered. */
  placeOf(digest: string): number {
    return this.#order.get(digest) ?? 0;
  }
}

interface NodeRecord {
  wanted: ReadonlyMap<string, Carried>;
  published: ReadonlyMap<string, Published>;
  readonly bundles: PublishedBundles;
  /** Why the last attempt to publish failed; empty if it did not. */
  error: string;
}

/** One node as a policy sees it. */
export interface NodeView {
  readonly node: string;
  readonly wanted: Carried;
  readonly published: Published | undefined;
  /** Whether what was published last is what is wanted. */
  readonly current: boolean;
  /** Whether the bundle with this digest is one of ours and carries the policy as `published` does. */
  readonly carries: (digest: string) => boolean;
  readonly error: string;
}

export class Ledger {
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #byPolicy = new Map<string, Set<string>>();

  /** The node was built anew: these policies belong into its bundle. Returns the policies for which that is news. */
  want(node: string, carried: ReadonlyMap<string, Carried>): string[] {
    const record = this.#record(node);
    const changed: string[] = [];
    for (const key of record.wanted.keys()) {
      if (carried.has(key)) continue;
      changed.push(key);
      const nodes = this.#byPolicy.get(key);
      nodes?.delete(node);
      if (nodes?.size === 0) this.#byPolicy.delete(key);
    }
    for (const [key, now] of carried) {
      if (covers(record.wanted.get(key), now)) continue;
      changed.push(key);
      const nodes = this.#byPolicy.get(key);
      if (nodes) nodes.add(node);
      else this.#byPolicy.set(key, new Set([node]));
    }
    record.wanted = carried;
    return changed;
  }

  /** What is wanted was published with the bundle of this digest. Returns the policies for which that is news. */
  publish(node: string, { digest }: Pick<HeldBundle, "digest">): string[] {
    const record = this.#record(node);
    const since = record.bundles.add(digest);
    const published = new Map<string, Published>();
    const changed: string[] = [];
    for (const [key, now] of record.wanted) {
      const before = record.published.get(key);
      // If the policy's rules reached the node with an earlier bundle, every one since then carries them.
      if (before !== undefined && covers(before, now)) published.set(key, { ...now, since: before.since });
      else {
        published.set(key, { ...now, since });
        changed.push(key);
      }
    }
    if (record.error !== "") changed.push(...record.wanted.keys());
    record.error = "";
    record.published = published;
    return [...new Set(changed)];
  }

  /** Publishing failed. Returns the policies concerned, when the reason is news. */
  fail(node: string, error: string): string[] {
    const record = this.#record(node);
    if (record.error === error) return [];
    record.error = error;
    return [...record.wanted.keys()];
  }

  /** The node is gone. Returns the policies it carried. */
  drop(node: string): string[] {
    const changed = this.want(node, new Map());
    this.#nodes.delete(node);
    return changed;
  }

  /** Policies wanted on a node. */
  policiesOn(node: string): string[] {
    return [...(this.#nodes.get(node)?.wanted.keys() ?? [])];
  }

  /** The nodes that have to enforce a policy, sorted by name. */
  nodesOf(policy: string): NodeView[] {
    return [...(this.#byPolicy.get(policy) ?? [])].sort().flatMap((node) => this.view(node, policy) ?? []);
  }

  /** Undefined: the node does not have to enforce the policy. */
  view(node: string, policy: string): NodeView | undefined {
    const record = this.#nodes.get(node);
    const wanted = record?.wanted.get(policy);
    if (record === undefined || wanted === undefined) return undefined;
    const published = record.published.get(policy);
    const carries = (digest: string) => published !== undefined && record.bundles.placeOf(digest) >= published.since;
    return { node, wanted, published, current: covers(published, wanted), carries, error: record.error };
  }

  /** Digests of every rule set that a bundle refers to. */
  ruleSets(): Set<string> {
    const digests = new Set<string>();
    for (const { wanted, published } of this.#nodes.values()) {
      for (const map of [wanted, published])
        for (const { ruleSets } of map.values()) for (const d of ruleSets) digests.add(d);
    }
    return digests;
  }

  /** Whether some bundle refers to this rule set now. */
  refersTo(digest: string): boolean {
    return [...this.#nodes.values()].some(({ wanted, published }) =>
      [wanted, published].some((map) => [...map.values()].some(({ ruleSets }) => ruleSets.includes(digest))),
    );
  }

  #record(node: string): NodeRecord {
    let record = this.#nodes.get(node);
    if (record === undefined) {
      record = { wanted: new Map(), published: new Map(), bundles: new PublishedBundles(), error: "" };
      this.#nodes.set(node, record);
    }
    return record;
  }
}

/** Whether who has been given `before` has been given `now` as well: the same rules, for every container. Some may have gone since. */
function covers(before: Carried | undefined, now: Carried): boolean {
  return (
    before !== undefined &&
    before.uid === now.uid &&
    before.generation === now.generation &&
    before.refused === now.refused &&
    before.ruleSets.length === now.ruleSets.length &&
    before.ruleSets.every((digest, i) => digest === now.ruleSets[i]) &&
    [...now.pods].every(([uid, containers]) => (before.pods.get(uid) ?? 0) >= containers)
  );
}
