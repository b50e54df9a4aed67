/**
 * The edges of a rule table: buckets of four edges, every edge in one of two buckets (cuckoo hashing), so that the kernel
 * reads one bucket, rarely two, whatever the number of rules.
 */
import { pc_limit } from "../abi/enums.ts";
import { pc_bucket, pc_edge } from "../abi/structs.ts";
import { PackError } from "../errors.ts";
import { edgeBuckets } from "./hash.ts";

const { PC_EDGES_PER_BUCKET: edgesPerBucket } = pc_limit;
const overflowAt = pc_bucket.offset("edges") + pc_edge.offset("overflow");
/** Edges per place aimed at: the fuller, the more often a miss has to look into the second bucket. */
const load = 0.4;
const maxKicks = 500;

interface Edge {
  readonly key: bigint;
  readonly next: number;
  /** Names the edge in the error for another one of the same key. */
  readonly what: string;
}

export class EdgeTable {
  /** Number of buckets, a power of two; valid after place(). */
  buckets = 1;
  readonly #edges = new Map<bigint, Edge>();
  #table: Edge[][] = [[]];

  /** Adds an edge. Throws IMAGE_COLLISION, with both names, when there is one of the same key. */
  add(key: bigint, next: number, what: string): void {
    const other = this.#edges.get(key);
    if (other) throw PackError.collision(other.what, what);
    this.#edges.set(key, { key, next, what });
  }

  /** Finds a place for every edge. */
  place(): void {
    while (this.buckets * edgesPerBucket * load < this.#edges.size) this.buckets *= 2;
    while (!this.#tryPlace()) this.buckets *= 2;
  }

  /** Writes the buckets, the first at `at`. */
  write(view: DataView, at: number): void {
    const mask = this.buckets - 1;
    for (const [bucket, edges] of this.#table.entries())
      for (const [place, { key, next }] of edges.entries()) {
        const offset = at + bucket * pc_bucket.size + pc_bucket.offset("edges") + place * pc_edge.size;
        pc_edge.write(view, offset, { key, next });
        const [first] = edgeBuckets(key, mask);
        if (first !== bucket) view.setUint32(at + first * pc_bucket.size + overflowAt, 1, true);
      }
  }

  #tryPlace(): boolean {
    const mask = this.buckets - 1;
    this.#table = Array.from({ length: this.buckets }, () => []);
    for (const edge of this.#edges.values()) if (!this.#insert(edge, mask)) return false;
    return true;
  }

  #insert(edge: Edge, mask: number): boolean {
    let moving = edge;
    let from = -1;
    for (let kick = 0; kick < maxKicks; kick++) {
      const [first, second] = edgeBuckets(moving.key, mask);
      for (const bucket of [first, second])
        if (this.#table[bucket]!.length < edgesPerBucket) {
          this.#table[bucket]!.push(moving);
          return true;
        }
      // Both are full: take the place of another edge, but not in the bucket this one was just driven out of.
      const bucket = from === first ? second : first;
      const victim = this.#table[bucket]!.splice(kick % edgesPerBucket, 1)[0]!;
      this.#table[bucket]!.push(moving);
      from = bucket;
      moving = victim;
    }
    return false;
  }
}
