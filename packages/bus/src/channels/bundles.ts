/**
 * Bundles: one small signed message for each node. It is written only when its content or the key has changed, and after the rule sets
 * that it names, so that a node that sees a bundle can fetch all of it.
 */

import type { Bundle, HeldBundle } from "@portcullis/model";
import type { BundleContent, BundleVersion, PublishedBundle, PublishOptions } from "../bus.ts";
import { type Connection, request } from "../connection/connection.ts";
import { isWrongLastSequence } from "../connection/nats-errors.ts";
import { BundleConflictError, MessageForeignError, RuleSetMissingError } from "../errors.ts";
import { decodeBundle, encodeContent, withVersion } from "../messages/bundle.ts";
import { digestOf } from "../messages/digest.ts";
import { isSigned, signPayload, verifySignature } from "../messages/signed-bundle.ts";
import type { RuleSetStore } from "./rule-sets.ts";
import { bucket, bucketSubject } from "./storage.ts";
import { buckets, toToken } from "./subjects.ts";

export async function publishBundle(
  { connection, store }: { readonly connection: Connection; readonly store: RuleSetStore },
  content: BundleContent,
  ruleSets: ReadonlyMap<string, Uint8Array>,
  { signer, held, last, recheck = false }: PublishOptions,
): Promise<PublishedBundle> {
  for (const digest of content.ruleSets) {
    const bytes = ruleSets.get(digest);
    if (bytes === undefined)
      throw new RuleSetMissingError(`the bundle for ${content.node} names ${digest}, which was not passed with it`);
    await store.put(digest, bytes, recheck);
  }
  return request(connection, `publish the bundle for ${content.node}`, async () => {
    const publication = { connection, content, signer, held, last };
    return (await writeUnread(publication)) ?? readAndWrite(publication);
  });
}

type Publication = Pick<PublishOptions, "signer" | "held" | "last"> & {
  readonly connection: Connection;
  readonly content: BundleContent;
};

/** Behind the bundle that the caller wrote last; undefined: another one is there, or the caller does not rely on its own. */
async function writeUnread(publication: Publication): Promise<PublishedBundle | undefined> {
  const { last } = publication;
  if (last?.sequence === undefined) return undefined;
  try {
    return await write(publication, last, last.sequence);
  } catch (error) {
    if (!(error instanceof BundleConflictError)) throw error;
    return undefined;
  }
}

async function readAndWrite(publication: Publication): Promise<PublishedBundle> {
  const { connection, content, signer, held } = publication;
  const kv = await bucket(connection, buckets.bundles);
  const entry = await kv.get(toToken(content.node));
  if (entry?.operation !== "PUT") return write(publication, undefined, entry?.revision ?? 0);
  const present = ownBundle(publication, entry.value);
  const unchanged = present && isSigned(entry.value, withVersion(encodeContent(content), present), signer.key);
  if (!unchanged || refuses(held, present)) return write(publication, present, entry.revision);
  connection.stats.bundlesUnchanged++;
  return { ...present, sequence: entry.revision, written: false };
}

/** `present`: the version of what is in the bucket; `behind`: its place, 0 where there is none. */
async function write(
  { connection, content, signer, held, last }: Publication,
  present: BundleVersion | undefined,
  behind: number,
): Promise<PublishedBundle> {
  const next = nextVersion(newer(present, last), held);
  const bytes = signPayload(withVersion(encodeContent(content), next), signer.key);
  const sequence = await compareAndPut(connection, content.node, bytes, behind);
  connection.stats.bundlesWritten++;
  return { ...next, digest: digestOf(bytes), sequence, written: true };
}

/** Which of two bundles of a node is the newer one: above zero when it is `a`. */
export function compareVersions(a: BundleVersion, b: BundleVersion): number {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch ? 1 : -1;
  return a.revision === b.revision ? 0 : a.revision > b.revision ? 1 : -1;
}

/** Whether a node that holds this bundle takes another one of that version for an old one. */
export function refuses(held: HeldBundle | undefined, published: HeldBundle): boolean {
  return held !== undefined && held.digest !== published.digest && compareVersions(held, published) >= 0;
}

/**
 * The revision is above the last one and not below the clock, which is enough while nobody lost anything. Where it is not enough for
 * the node to take the bundle, the epoch rises above the node's own; so neither a forged revision nor a clock that jumped holds a node. It
 * rises too when there is no last one: what was signed before the loss is older then, whatever the clock says.
 */
function nextVersion(last: BundleVersion | undefined, held: HeldBundle | undefined): BundleVersion {
  const { epoch, revision } = last ?? { epoch: 0n, revision: 0n };
  const next = { epoch, revision: max(revision + 1n, BigInt(Date.now())) };
  if (held === undefined || (last !== undefined && compareVersions(next, held) > 0)) return next;
  return { ...next, epoch: max(epoch, held.epoch) + 1n };
}

function newer(a: BundleVersion | undefined, b: BundleVersion | undefined): BundleVersion | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareVersions(a, b) > 0 ? a : b;
}

/**
 * A stored bundle that we signed for this node. What somebody else wrote there, or what was another node's, says nothing: its epoch would be
 * the next one's. What we wrote last ourselves is known by its digest.
 */
function ownBundle(
  { connection, content: { node }, signer, last }: Publication,
  bytes: Uint8Array,
): HeldBundle | undefined {
  const digest = digestOf(bytes);
  if (last?.digest === digest) return { epoch: last.epoch, revision: last.revision, digest };
  return unlessRefused(connection, toToken(node), () => {
    verifySignature(bytes, signer.accepted);
    const bundle = decodeBundle(bytes);
    if (bundle.node !== node) throw new MessageForeignError(`the bundle is for node "${bundle.node}"`);
    return { epoch: bundle.epoch ?? 0n, revision: bundle.revision, digest };
  });
}

/**
 * For a moment two controllers can believe that they lead. The second one to write gets an error, so that revisions only grow. Returns the bundle's
 * place in the stream.
 */
async function compareAndPut(connection: Connection, node: string, bytes: Uint8Array, last: number): Promise<number> {
  try {
    const { seq } = await connection.js.publish(bucketSubject(buckets.bundles, toToken(node)), bytes, {
      expect: { lastSubjectSequence: last },
    });
    return seq;
  } catch (error) {
    if (!isWrongLastSequence(error)) throw error;
    throw new BundleConflictError(`the bundle for ${node} was replaced by another writer meanwhile`, { cause: error });
  }
}

export async function deleteBundle(connection: Connection, node: string): Promise<void> {
  await request(connection, `delete the bundle for ${node}`, async () => {
    const kv = await bucket(connection, buckets.bundles);
    await kv.delete(toToken(node));
  });
}

export async function listBundles(connection: Connection): Promise<Bundle[]> {
  return request(connection, "list the bundles", async () => {
    const kv = await bucket(connection, buckets.bundles);
    const keys: string[] = [];
    for await (const key of await kv.keys()) keys.push(key);
    const bundles: Bundle[] = [];
    for (const key of keys.sort()) {
      const entry = await kv.get(key);
      const value = entry?.operation === "PUT" ? entry.value : undefined;
      const bundle = value && unlessRefused(connection, key, () => decodeBundle(value));
      if (bundle) bundles.push(bundle);
    }
    return bundles;
  });
}

function unlessRefused<T>(connection: Connection, key: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    connection.stats.refusedMessages++;
    connection.log.warn("bundle in the bucket refused", { key, error });
    return undefined;
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
