/**
 * Bundles ⇄ bytes. Workloads point to rule sets by index and labels are sorted, so that equal content gives equal bytes.
 */

import { digestFromBytes, digestToBytes } from "../digest.ts";
import { open, seal } from "../envelope.ts";
import { MessageInvalidError } from "../errors.ts";
import { portcullis } from "../generated/portcullis.js";
import type { Bundle, Workload } from "../model.ts";
import {
  entriesFromWire,
  entriesToWire,
  nonEmpty,
  parse,
  uint64FromWire,
  uint64ToWire,
  unlessDefault,
} from "./fields.ts";

const pb = portcullis.v1;
type WireWorkload = portcullis.v1.Workload.$Properties;

export function encodeBundle(bundle: Bundle): Uint8Array {
  checkBundle(bundle);
  const message = {
    cluster: unlessDefault(bundle.cluster),
    node: bundle.node,
    // The generated type wants Long's methods; the writer reads its two halves only.
    revision: uint64ToWire(bundle.revision, "revision") as never,
    workloads: bundle.workloads.map((workload, i) => workloadToWire(workload, `workloads[${i}]`, bundle.ruleSets)),
    ruleSets: bundle.ruleSets.map((digest, i) => digestToBytes(digest, `ruleSets[${i}]`)),
  };
  return seal("bundle", pb.Bundle.encode(message).finish());
}

/** Throws `BUS_MESSAGE_…`; never returns part of a bundle. */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const payload = open("bundle", bytes);
  const wire = parse("bundle", () => pb.Bundle.decode(payload));
  const ruleSets = wire.ruleSets.map((digest, i) => digestFromBytes(digest, `ruleSets[${i}]`));
  const bundle: Bundle = {
    cluster: wire.cluster,
    node: wire.node,
    revision: uint64FromWire(wire.revision),
    workloads: wire.workloads.map((workload, i) => workloadFromWire(workload, `workloads[${i}]`, ruleSets)),
    ruleSets,
  };
  checkBundle(bundle);
  return bundle;
}

function workloadToWire(workload: Workload, field: string, ruleSets: readonly string[]): WireWorkload {
  const at = workload.ruleSet === "" ? -1 : ruleSets.indexOf(workload.ruleSet);
  if (at === -1 && workload.ruleSet !== "")
    throw new MessageInvalidError(`${field}.ruleSet`, `${workload.ruleSet} is not in the bundle's ruleSets`);
  const { owner } = workload;
  return {
    namespace: workload.namespace,
    pod: workload.pod,
    podUid: workload.podUid,
    container: workload.container,
    image: unlessDefault(workload.image),
    labels: entriesToWire(workload.labels),
    owner:
      owner === undefined ? null : { ref: owner.kind, name: owner.name, namespace: unlessDefault(owner.namespace) },
    ruleSet: unlessDefault(at + 1),
  };
}

function workloadFromWire(wire: WireWorkload, field: string, ruleSets: readonly string[]): Workload {
  const { owner } = wire;
  const ruleSet = wire.ruleSet ? ruleSets[wire.ruleSet - 1] : "";
  if (ruleSet === undefined)
    throw new MessageInvalidError(`${field}.ruleSet`, `${wire.ruleSet} of ${ruleSets.length} rule sets`);
  return {
    namespace: wire.namespace ?? "",
    pod: wire.pod ?? "",
    podUid: wire.podUid ?? "",
    container: wire.container ?? "",
    image: wire.image ?? "",
    labels: entriesFromWire(wire.labels ?? [], `${field}.labels`),
    ...(owner ? { owner: { kind: owner.ref ?? "", name: owner.name ?? "", namespace: owner.namespace ?? "" } } : {}),
    ruleSet,
  };
}

/** What must be there and what holds between fields; the same on both sides. */
function checkBundle(bundle: Bundle): void {
  nonEmpty(bundle.node, "node");
  if (bundle.revision < 1n) throw new MessageInvalidError("revision", `${bundle.revision} is not above 0`);
  for (const [i, digest] of bundle.ruleSets.entries())
    if (i > 0 && digest <= (bundle.ruleSets[i - 1] as string))
      throw new MessageInvalidError(`ruleSets[${i}]`, `${digest} is out of order or there twice`);
  const seen = new Set<string>();
  for (const [i, workload] of bundle.workloads.entries()) {
    const field = `workloads[${i}]`;
    nonEmpty(workload.podUid, `${field}.podUid`);
    nonEmpty(workload.container, `${field}.container`);
    nonEmpty(workload.namespace, `${field}.namespace`);
    nonEmpty(workload.pod, `${field}.pod`);
    const key = `${workload.podUid}\0${workload.container}`;
    if (seen.has(key))
      throw new MessageInvalidError(field, `container ${workload.container} of pod ${workload.podUid} is there twice`);
    seen.add(key);
    if (workload.owner) {
      nonEmpty(workload.owner.kind, `${field}.owner.kind`);
      nonEmpty(workload.owner.name, `${field}.owner.name`);
    }
  }
}
