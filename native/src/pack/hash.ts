/**
 * The keyed hash of a path component, as the kernel engine computes it (native/bpf/hash.h). The name's bytes are taken as
 * 8-byte little-endian words, the last of them shifted to the top. They go through two NH lanes, which are sums of products
 * of 32-bit halves with secret keys, and the lanes are chained by a secret odd multiplier. A name holds no NUL, so that the
 * words tell its length as well. The seed is secret and differs from node to node, so that nobody can compute beforehand
 * a name that passes for another.
 */
import { pc_multiplier } from "../abi/enums.ts";

/** The node's 128 secret bits, as two unsigned 64-bit integers. */
export type HashSeed = readonly [bigint, bigint];

const mask32 = 0xffffffffn;
const mask64 = 0xffffffffffffffffn;
const { PC_STATE_MULTIPLIER: stateMultiplier, PC_BUCKET_MULTIPLIER: bucketMultiplier } = pc_multiplier;
const utf8 = new TextEncoder();

/** The name's bytes, as the words that are hashed. */
function words(name: string | Uint8Array): bigint[] {
  const bytes = typeof name === "string" ? utf8.encode(name) : name;
  const out: bigint[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    let word = 0n;
    const end = Math.min(at + 8, bytes.length);
    for (let i = end - 1; i >= at; i--) word = (word << 8n) | BigInt(bytes[i]!);
    out.push(word << BigInt((8 - (end - at)) * 8));
  }
  return out;
}

/** The hash of one path component, which has no "/" and is not empty: an unsigned 64-bit integer. */
export function componentHash(name: string | Uint8Array, seed: HashSeed): bigint {
  const [first, second] = seed;
  const keys = [first & mask32, first >> 32n, second & mask32, second >> 32n] as const;
  let a = 0n;
  let b = 0n;
  for (const word of words(name)) {
    const low = word & mask32;
    const high = word >> 32n;
    a = (a * (second | 1n) + ((low + keys[0]) & mask32) * ((high + keys[1]) & mask32)) & mask64;
    b = (b * (first | 1n) + ((low + keys[2]) & mask32) * ((high + keys[3]) & mask32)) & mask64;
  }
  return a ^ (((b << 32n) | (b >> 32n)) & mask64);
}

/** The number of a domain: of the one above it (0: there is none) and the hash of its own label. */
export function domainNumber(above: bigint, label: bigint): bigint {
  return ((above + label) * stateMultiplier) & mask64;
}

/** The key of the edge that leaves `state` by a component of this hash. States are numbered as in the rule table. */
export function edgeKey(state: number, hash: bigint): bigint {
  return (hash + BigInt(state) * stateMultiplier) & mask64;
}

/** The two buckets in which an edge may lie. `bucketMask` is the number of buckets less one; buckets are a power of two. */
export function edgeBuckets(key: bigint, bucketMask: number): [number, number] {
  const mixed = (key * bucketMultiplier) & mask64;
  const mask = BigInt(bucketMask);
  return [Number((mixed >> 32n) & mask), Number((mixed >> 8n) & mask)];
}
