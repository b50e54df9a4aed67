/**
 * The edge table of an image: buckets of four edges, every edge in one of two buckets (cuckoo hashing), so that the
 * kernel reads one bucket, rarely two, whatever the number of rules.
 */

import { edgeBuckets } from "./hash.ts";
import { PackError } from "./image-errors.ts";

const edgesPerBucket = 4;
const edgeSize = 16;
/** Edges per place aimed at: the fuller, the more often a miss has to look into the second bucket. */
const load = 0.4;
const maxKicks = 500;

interface Edge {
  readonly key: bigint;
  readonly next: number;
  readonly what: string;
}

export class EdgeTable {
  /** Number of buckets, a power of two; valid after place(). */
  buckets = 1;
  private readonly edges = new Map<bigint, Edge>();
  private table: Edge[][] = [[]];

  /** Adds an edge; `what` names it in the error for an edge of the same key. */
  add(key: bigint, next: number, what: string): void {
    const other = this.edges.get(key);
    if (other) throw PackError.collision(other.what, what);
    this.edges.set(key, { key, next, what });
  }

  /** Finds a place for every edge. */
  place(): void {
    while (this.buckets * edgesPerBucket * load < this.edges.size) this.buckets *= 2;
    while (!this.tryPlace()) this.buckets *= 2;
  }

  /** Writes the buckets, the first at `at`. */
  write(view: DataView, at: number): void {
    const mask = this.buckets - 1;
    for (const [bucket, edges] of this.table.entries())
      for (const [place, edge] of edges.entries()) {
        const offset = at + (bucket * edgesPerBucket + place) * edgeSize;
        view.setBigUint64(offset, edge.key, true);
        view.setUint32(offset + 8, edge.next, true);
        const [first] = edgeBuckets(edge.key, mask);
        if (first !== bucket) view.setUint32(at + first * edgesPerBucket * edgeSize + 12, 1, true);
      }
  }

  private tryPlace(): boolean {
    const mask = this.buckets - 1;
    this.table = Array.from({ length: this.buckets }, () => []);
    for (const edge of this.edges.values()) if (!this.insert(edge, mask)) return false;
    return true;
  }

  private insert(edge: Edge, mask: number): boolean {
    let moving = edge;
    let from = -1;
    for (let kick = 0; kick < maxKicks; kick++) {
      const [first, second] = edgeBuckets(moving.key, mask);
      for (const bucket of [first, second])
        if (this.table[bucket]!.length < edgesPerBucket) {
          this.table[bucket]!.push(moving);
          return true;
        }
      // Both full: take the place of another edge, not in the bucket this one was just driven out of.
      const bucket = from === first ? second : first;
      const victim = this.table[bucket]!.splice(kick % edgesPerBucket, 1)[0]!;
      this.table[bucket]!.push(moving);
      from = bucket;
      moving = victim;
    }
    return false;
  }
}
