/**
 * Whether a bundle may be applied on this node. Everything that came over the bus, or from the disk, is checked here;
 * a refusal is thrown as one of the `BundleRefusedError` classes and nothing of the message is used.
 */

import { decodeBundle, decodeRuleSet, digestOf } from "@portcullis/bus";
import type { Bundle, RuleSet } from "@portcullis/model";
import type { CounterName } from "../counters.ts";
import {
  BundleForeignError,
  BundleInconsistentError,
  type BundleRefusedError,
  BundleStaleError,
  BundleUndecodableError,
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

/** The digests a bundle's containers refer to. */
export function digestsOf(bundle: Bundle): Set<string> {
  return new Set(bundle.containers.map(({ ruleSet }) => ruleSet).filter((digest) => digest !== ""));
}

/**
 * Decodes a bundle and checks it against this node and what is in force. Returns undefined when it is what is in force already.
 * Throws a BundleRefusedError.
 */
export function verifyBundle(bytes: Uint8Array, node: string, inForce?: AcceptedBundle): Bundle | undefined {
  if (inForce && Buffer.compare(bytes, inForce.bytes) === 0) return undefined;
  let bundle: Bundle;
  try {
    bundle = decodeBundle(bytes);
  } catch (error) {
    throw new BundleUndecodableError(`bundle of ${bytes.length} bytes cannot be decoded: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (bundle.node !== node) throw new BundleForeignError(`bundle is for node "${bundle.node}", this is "${node}"`);
  if (inForce && bundle.revision <= inForce.bundle.revision) {
    throw new BundleStaleError(
      `bundle has revision ${bundle.revision}, revision ${inForce.bundle.revision} is in force`,
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
  ENFORCER_BUNDLE_FOREIGN: "bundle_refused_foreign",
  ENFORCER_BUNDLE_STALE: "bundle_refused_stale",
  ENFORCER_BUNDLE_INCONSISTENT: "bundle_refused_inconsistent",
  ENFORCER_RULESET_DIGEST: "bundle_refused_digest",
  ENFORCER_RULESET_UNDECODABLE: "bundle_refused_ruleset",
};

export function refusalCounter(refusal: BundleRefusedError): CounterName {
  return counters[refusal.code] ?? "bundle_refused_undecodable";
}
