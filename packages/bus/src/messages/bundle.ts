/**
 * Bundles ⇄ bytes. Containers point to rule sets by index and labels are sorted, so that equal content gives equal bytes. The version comes last, so
 * that what it is put behind is encoded once, however often it is compared and sent under another.
 */

import type { Bundle, BundleContainer, DecidingCategory, Visibility } from "@portcullis/model";
import type { BundleContent, BundleVersion } from "../bus.ts";
import { MessageInvalidError } from "../errors.ts";
import { portcullis } from "../generated/portcullis.js";
import { digestFromBytes, digestToBytes } from "./digest.ts";
import { open, seal } from "./envelope.ts";
import {
  entriesFromWire,
  entriesToWire,
  nonEmpty,
  parse,
  throttlingOf,
  uint64FromWire,
  uint64ToWire,
  unlessDefault,
} from "./fields.ts";

const pb = portcullis.v1;
type WireContainer = portcullis.v1.BundleContainer.$Properties;

/** A whole message without a signature. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  return seal("bundle", withVersion(encode(bundle), { epoch: bundle.epoch ?? 0n, revision: bundle.revision }));
}

const encoded = new WeakMap<BundleContent, Uint8Array>();

/** All of a bundle but its version, for `withVersion`. It is encoded once, so that nobody may change the content afterwards. */
export function encodeContent(content: BundleContent): Uint8Array {
  const known = encoded.get(content) ?? encode(content);
  encoded.set(content, known);
  return known;
}

/** The payload of the bundle of this content. One of the first epoch is written without it, as releases before epochs wrote it. */
export function withVersion(content: Uint8Array, { epoch, revision }: BundleVersion): Uint8Array {
  checkRevision(revision);
  const version = {
    // The generated type asks for Long's methods. The writer reads the two halves only.
    revision: uint64ToWire(revision, "revision") as never,
    epoch: epoch ? (uint64ToWire(epoch, "epoch") as never) : null,
  };
  return Buffer.concat([content, pb.Bundle.encode(version).finish()]);
}

function encode(content: BundleContent): Uint8Array {
  checkContent(content);
  const message = {
    cluster: unlessDefault(content.cluster),
    node: content.node,
    containers: content.containers.map((container, i) =>
      containerToWire(container, `containers[${i}]`, content.ruleSets),
    ),
    ruleSets: content.ruleSets.map((digest, i) => digestToBytes(digest, `ruleSets[${i}]`)),
    hostRuleSet: ruleSetToWire(content.hostRuleSet ?? "", "hostRuleSet", content.ruleSets),
    hostVisible: visibleToWire(content.hostVisible),
    hostTried: visibleToWire(content.hostTried),
    dropsProcessResources: content.dropsProcessResources || null,
    throttling: content.throttling ? throttlingOf(content.throttling, "throttling") : null,
  };
  return pb.Bundle.encode(message).finish();
}

/** Throws `BUS_MESSAGE_…`; never returns part of a bundle. It looks at no signature: `verifySignature` comes first where one counts. */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const { payload } = open("bundle", bytes);
  const wire = parse("bundle", () => pb.Bundle.decode(payload));
  const ruleSets = wire.ruleSets.map((digest, i) => digestFromBytes(digest, `ruleSets[${i}]`));
  const bundle: Bundle = {
    cluster: wire.cluster,
    node: wire.node,
    revision: uint64FromWire(wire.revision),
    ...epochOf(uint64FromWire(wire.epoch)),
    containers: wire.containers.map((container, i) => containerFromWire(container, `containers[${i}]`, ruleSets)),
    ...hostOf(ruleSetFromWire(wire.hostRuleSet, "hostRuleSet", ruleSets)),
    ...(wire.hostVisible ? { hostVisible: visibleFromWire(wire.hostVisible) } : {}),
    ...(wire.hostTried ? { hostTried: visibleFromWire(wire.hostTried) } : {}),
    ...(wire.dropsProcessResources ? { dropsProcessResources: true } : {}),
    ...(wire.throttling ? { throttling: throttlingOf(wire.throttling, "throttling") } : {}),
    ruleSets,
  };
  checkRevision(bundle.revision);
  checkContent(bundle);
  return bundle;
}

/** A bundle of the first epoch is written without one, as releases before epochs wrote it. */
const epochOf = (epoch: bigint) => (epoch === 0n ? {} : { epoch });

const hostOf = (hostRuleSet: string) => (hostRuleSet === "" ? {} : { hostRuleSet });

/** Each is a bit. What a later release adds is left out: this one cannot tell it. */
const visibleBits: readonly DecidingCategory[] = ["process", "file", "network", "capabilities"];

function visibleToWire(visible: Visibility | undefined): number | null {
  return unlessDefault(visibleBits.reduce((bits, one, i) => bits | (visible?.includes(one) ? 1 << i : 0), 0));
}

const visibleFromWire = (bits: number): Visibility => visibleBits.filter((_, i) => bits & (1 << i));

/** A rule set as its index plus one; 0: there is none. */
function ruleSetToWire(ruleSet: string, field: string, ruleSets: readonly string[]): number | null {
  const at = ruleSet === "" ? -1 : ruleSets.indexOf(ruleSet);
  if (at === -1 && ruleSet !== "") throw new MessageInvalidError(field, `${ruleSet} is not in the bundle's ruleSets`);
  return unlessDefault(at + 1);
}

function ruleSetFromWire(at: number | null | undefined, field: string, ruleSets: readonly string[]): string {
  const ruleSet = at ? ruleSets[at - 1] : "";
  if (ruleSet === undefined) throw new MessageInvalidError(field, `${at} of ${ruleSets.length} rule sets`);
  return ruleSet;
}

function containerToWire(container: BundleContainer, field: string, ruleSets: readonly string[]): WireContainer {
  const { owner } = container;
  return {
    namespace: container.namespace,
    pod: container.pod,
    podUid: container.podUid,
    container: container.container,
    image: unlessDefault(container.image),
    labels: labelsToWire(container.labels),
    owner:
      owner === undefined ? null : { ref: owner.kind, name: owner.name, namespace: unlessDefault(owner.namespace) },
    ruleSet: ruleSetToWire(container.ruleSet, `${field}.ruleSet`, ruleSets),
    visible: visibleToWire(container.visible),
  };
}

const labelEntries = new WeakMap<BundleContainer["labels"], ReturnType<typeof entriesToWire>>();

/** The containers of a Deployment have the same labels, which are sorted once, so that nobody may change them afterwards. */
function labelsToWire(labels: BundleContainer["labels"]) {
  const known = labelEntries.get(labels) ?? entriesToWire(labels);
  labelEntries.set(labels, known);
  return known;
}

function containerFromWire(wire: WireContainer, field: string, ruleSets: readonly string[]): BundleContainer {
  const { owner } = wire;
  return {
    namespace: wire.namespace ?? "",
    pod: wire.pod ?? "",
    podUid: wire.podUid ?? "",
    container: wire.container ?? "",
    image: wire.image ?? "",
    labels: entriesFromWire(wire.labels ?? [], `${field}.labels`),
    ...(owner ? { owner: { kind: owner.ref ?? "", name: owner.name ?? "", namespace: owner.namespace ?? "" } } : {}),
    ruleSet: ruleSetFromWire(wire.ruleSet, `${field}.ruleSet`, ruleSets),
    ...(wire.visible ? { visible: visibleFromWire(wire.visible) } : {}),
  };
}

function checkRevision(revision: bigint): void {
  if (revision < 1n) throw new MessageInvalidError("revision", `${revision} is not above 0`);
}

/** What must be there, and what holds between fields. Writing and reading check the same. */
function checkContent(bundle: BundleContent): void {
  nonEmpty(bundle.node, "node");
  for (const [i, digest] of bundle.ruleSets.entries())
    if (i > 0 && digest <= (bundle.ruleSets[i - 1] as string))
      throw new MessageInvalidError(`ruleSets[${i}]`, `${digest} is out of order or there twice`);
  const seen = new Set<string>();
  for (const [i, container] of bundle.containers.entries()) {
    const field = `containers[${i}]`;
    nonEmpty(container.podUid, `${field}.podUid`);
    nonEmpty(container.container, `${field}.container`);
    nonEmpty(container.namespace, `${field}.namespace`);
    nonEmpty(container.pod, `${field}.pod`);
    const key = `${container.podUid}\0${container.container}`;
    if (seen.has(key))
      throw new MessageInvalidError(
        field,
        `container ${container.container} of pod ${container.podUid} is there twice`,
      );
    seen.add(key);
    if (container.owner) {
      nonEmpty(container.owner.kind, `${field}.owner.kind`);
      nonEmpty(container.owner.name, `${field}.owner.name`);
    }
  }
}
