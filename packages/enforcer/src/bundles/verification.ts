/**
 * Whether a bundle may be applied on this node. Everything that came over the bus, or from the disk, is checked here;
 * a refusal is thrown as one of the `BundleRefusedError` classes and nothing of the message is used.
 */

import {
  compareVersions,
  decodeBundle,
  decodeRuleSet,
  digestOf,
  type PublicKeys,
  verifySignature,
} from "@portcullis/bus";
import type { Bundle, HeldBundle, RuleSet } from "@portcullis/model";
import type { CounterName } from "../counters.ts";
import {
  BundleForeignError,
  BundleInconsistentError,
  BundleKeyUnknownError,
  type BundleRefusedError,
  BundleSignatureError,
  BundleStaleError,
  BundleUndecodableError,
  BundleUnsignedError,
  messageOf,
  RuleSetDigestError,
  RuleSetUndecodableError,
} from "../errors.ts";

/** A bundle that may be, or is, in force: everything is decoded and checked. */
export interface AcceptedBundle {
  readonly bundle: Bundle;
  readonly bytes: Uint8Array;
  /** By digest; exactly those the bundle's containers refer to. */
  readonly ruleSets: ReadonlyMap<string, RuleSet>;
}

const held = new WeakMap<Uint8Array, HeldBundle>();

/** The bundle by its content, as the controller compares it with what it published. The digest is computed once. */
export function heldBundle({ bundle, bytes }: Pick<AcceptedBundle, "bundle" | "bytes">): HeldBundle {
  const known = held.get(bytes);
  if (known !== undefined) return known;
  const made = { epoch: bundle.epoch ?? 0n, revision: bundle.revision, digest: digestOf(bytes) };
  held.set(bytes, made);
  return made;
}

/** The digests that a bundle's containers and host refer to. */
export function digestsOf({ containers, hostRuleSet = "" }: Bundle): Set<string> {
  return new Set([...containers.map(({ ruleSet }) => ruleSet), hostRuleSet].filter((digest) => digest !== ""));
}

/** What a bundle is checked against. */
export interface BundleReader {
  readonly node: string;
  readonly keys: PublicKeys;
  readonly inForce?: AcceptedBundle | undefined;
}

/**
 * Verifies the signature, decodes the bundle and checks it against this node and what is in force. Returns undefined when it is what is
 * in force already. Throws a BundleRefusedError.
 */
export function verifyBundle(bytes: Uint8Array, { node, keys, inForce }: BundleReader): Bundle | undefined {
  if (inForce && Buffer.compare(bytes, inForce.bytes) === 0) return undefined;
  const bundle = decoded(bytes, keys);
  if (bundle.node !== node) throw new BundleForeignError(`bundle is for node "${bundle.node}", this is "${node}"`);
  const ours = inForce && heldBundle(inForce);
  const version = { epoch: bundle.epoch ?? 0n, revision: bundle.revision };
  if (ours && compareVersions(version, ours) <= 0) {
    throw new BundleStaleError(
      `bundle has epoch ${version.epoch} and revision ${version.revision}, epoch ${ours.epoch} and revision ${ours.revision} are in force`,
    );
  }
  const listed = new Set(bundle.ruleSets);
  for (const digest of digestsOf(bundle)) {
    if (!listed.has(digest))
      throw new BundleInconsistentError(`a container's rule set "${digest}" is not in bundle.ruleSets`);
  }
  const seen = new Set<string>();
  for (const { podUid, container } of bundle.containers) {
    const key = `${podUid}/${container}`;
    if (seen.has(key)) throw new BundleInconsistentError(`container ${key} appears twice`);
    seen.add(key);
  }
  return bundle;
}

const signatureErrors: Readonly<Record<string, new (message: string, options: ErrorOptions) => BundleRefusedError>> = {
  BUS_BUNDLE_UNSIGNED: BundleUnsignedError,
  BUS_KEY_UNKNOWN: BundleKeyUnknownError,
  BUS_SIGNATURE_INVALID: BundleSignatureError,
};

function decoded(bytes: Uint8Array, keys: PublicKeys): Bundle {
  try {
    verifySignature(bytes, keys);
    return decodeBundle(bytes);
  } catch (cause) {
    const Refusal = signatureErrors[(cause as { code?: string }).code ?? ""];
    if (Refusal !== undefined) throw new Refusal(messageOf(cause), { cause });
    throw new BundleUndecodableError(`bundle of ${bytes.length} bytes cannot be decoded: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Throws a BundleRefusedError when the bytes are not what the digest says, or no rule set. */
export function verifyRuleSet(digest: string, bytes: Uint8Array): RuleSet {
  const actual = digestOf(bytes);
  if (actual !== digest) throw new RuleSetDigestError(`rule set ${digest} has the digest ${actual}`);
  try {
    return decodeRuleSet(bytes);
  } catch (error) {
    throw new RuleSetUndecodableError(`rule set ${digest} cannot be decoded: ${messageOf(error)}`, { cause: error });
  }
}

const counters: Readonly<Record<string, CounterName>> = {
  ENFORCER_BUNDLE_UNDECODABLE: "bundle_refused_undecodable",
  ENFORCER_BUNDLE_UNSIGNED: "bundle_refused_unsigned",
  ENFORCER_BUNDLE_KEY_UNKNOWN: "bundle_refused_key",
  ENFORCER_BUNDLE_SIGNATURE: "bundle_refused_signature",
  ENFORCER_BUNDLE_FOREIGN: "bundle_refused_foreign",
  ENFORCER_BUNDLE_STALE: "bundle_refused_stale",
  ENFORCER_BUNDLE_INCONSISTENT: "bundle_refused_inconsistent",
  ENFORCER_RULESET_DIGEST: "bundle_refused_digest",
  ENFORCER_RULESET_UNDECODABLE: "bundle_refused_ruleset",
};

export function refusalCounter(refusal: BundleRefusedError): CounterName {
  return counters[refusal.code] ?? "bundle_refused_undecodable";
}
