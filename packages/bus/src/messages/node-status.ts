/** Node status ⇄ bytes. */

import type { HeldBundle, NodeStatus, Unenforced } from "@portcullis/model";
import { MessageInvalidError } from "../errors.ts";
import { portcullis } from "../generated/portcullis.js";
import { digestFromBytes, digestToBytes } from "./digest.ts";
import { open, seal } from "./envelope.ts";
import {
  byCodeUnit,
  integer,
  nonEmpty,
  parse,
  uint32Max,
  uint64FromWire,
  uint64ToWire,
  unlessDefault,
} from "./fields.ts";
import { noticesFromWire, noticesToWire } from "./notices.ts";
import { policyRefFromWire, policyRefToWire } from "./policy-ref.ts";

const pb = portcullis.v1;

export function encodeNodeStatus(status: NodeStatus): Uint8Array {
  const message = {
    node: nonEmpty(status.node, "node"),
    updatedAt: nonEmpty(status.updatedAt, "updatedAt"),
    enforcerVersion: unlessDefault(status.enforcerVersion),
    kernel: unlessDefault(status.kernel),
    enforcing: unlessDefault(status.enforcing),
    problems: [...status.problems],
    hooks: [...status.hooks],
    appliedRevision: uint64ToWire(status.appliedRevision, "appliedRevision") as never,
    boundRuleSets: status.boundRuleSets.map((digest, i) => digestToBytes(digest, `boundRuleSets[${i}]`)),
    unenforced: partsToWire(status.unenforced, "unenforced"),
    counters: Object.keys(status.counters)
      .sort(byCodeUnit)
      .map((name) => ({ name, value: counter(status.counters[name] as number, `counters.${name}`) })),
    slotsUsed: unlessDefault(integer(status.headroom.slotsUsed, "headroom.slotsUsed", 0, uint32Max)),
    slots: unlessDefault(integer(status.headroom.slots, "headroom.slots", 0, uint32Max)),
    ...additionsToWire(status),
  };
  return seal("node status", pb.NodeStatus.encode(message).finish());
}

/** Throws `BUS_MESSAGE_…`; never returns part of a status. */
export function decodeNodeStatus(bytes: Uint8Array): NodeStatus {
  const { payload } = open("node status", bytes);
  const wire = parse("node status", () => pb.NodeStatus.decode(payload));
  const counters = wire.counters.map(({ name, value }): [string, number] => {
    const field = nonEmpty(name, "counters.name");
    return [field, counter(value ?? 0, `counters.${field}`)];
  });
  return {
    node: nonEmpty(wire.node, "node"),
    updatedAt: nonEmpty(wire.updatedAt, "updatedAt"),
    enforcerVersion: wire.enforcerVersion,
    kernel: wire.kernel,
    enforcing: wire.enforcing,
    problems: wire.problems,
    hooks: wire.hooks,
    appliedRevision: uint64FromWire(wire.appliedRevision),
    boundRuleSets: wire.boundRuleSets.map((digest, i) => digestFromBytes(digest, `boundRuleSets[${i}]`)),
    unenforced: partsFromWire(wire.unenforced, "unenforced"),
    counters: Object.fromEntries(counters),
    headroom: { slotsUsed: wire.slotsUsed, slots: wire.slots },
    ...additionsFromWire(wire),
  };
}

const partsToWire = (parts: readonly Unenforced[], field: string) =>
  parts.map(({ policy, origin, reason }, i) => ({
    policy: policyRefToWire(policy, `${field}[${i}].policy`),
    origin: unlessDefault(origin),
    reason: unlessDefault(reason),
  }));

const partsFromWire = (parts: readonly portcullis.v1.Unenforced.$Properties[], field: string): Unenforced[] =>
  parts.map(({ policy, origin, reason }, i) => ({
    policy: policyRefFromWire(policy ?? {}, `${field}[${i}].policy`),
    origin: origin ?? "",
    reason: reason ?? "",
  }));

type Additions = Pick<
  NodeStatus,
  "unenforcedInAll" | "held" | "waiting" | "waitingPolicies" | "bundleProblem" | "exempt" | "notices" | "noticesCut"
>;

/** Fields that a status of an earlier release does not have. */
function additionsToWire(status: Additions) {
  const { unenforcedInAll, held, waiting = [], waitingPolicies = 0, bundleProblem = "", exempt = [] } = status;
  return {
    exempt: partsToWire(exempt, "exempt"),
    ...noticesToWire(status),
    unenforcedParts: unlessDefault(integer(unenforcedInAll?.parts ?? 0, "unenforcedInAll.parts", 0, uint32Max)),
    unenforcedPolicies: unlessDefault(
      integer(unenforcedInAll?.policies ?? 0, "unenforcedInAll.policies", 0, uint32Max),
    ),
    held: held ? heldToWire(held) : null,
    waiting: waiting.map(({ policy, reason }, i) => ({
      policy: policyRefToWire(policy, `waiting[${i}].policy`),
      reason: unlessDefault(reason),
    })),
    waitingPolicies: unlessDefault(integer(waitingPolicies, "waitingPolicies", 0, uint32Max)),
    bundleProblem: unlessDefault(bundleProblem),
  };
}

function additionsFromWire(wire: portcullis.v1.NodeStatus): Additions {
  const { unenforcedParts: parts, unenforcedPolicies: policies, held, waiting, waitingPolicies, bundleProblem } = wire;
  return {
    ...(parts > 0 ? { unenforcedInAll: { parts, policies } } : {}),
    ...(held ? { held: heldFromWire(held) } : {}),
    ...(waiting.length > 0
      ? {
          waiting: waiting.map(({ policy, reason }, i) => ({
            policy: policyRefFromWire(policy ?? {}, `waiting[${i}].policy`),
            reason: reason ?? "",
          })),
        }
      : {}),
    ...(waitingPolicies > 0 ? { waitingPolicies } : {}),
    ...(bundleProblem === "" ? {} : { bundleProblem }),
    ...(wire.exempt.length > 0 ? { exempt: partsFromWire(wire.exempt, "exempt") } : {}),
    ...noticesFromWire(wire),
  };
}

function heldToWire({ epoch, revision, digest }: HeldBundle) {
  return {
    epoch: uint64ToWire(epoch, "held.epoch") as never,
    revision: uint64ToWire(revision, "held.revision") as never,
    digest: digestToBytes(digest, "held.digest"),
  };
}

function heldFromWire(wire: portcullis.v1.HeldBundle.$Properties): HeldBundle {
  return {
    epoch: uint64FromWire(wire.epoch ?? 0),
    revision: uint64FromWire(wire.revision ?? 0),
    digest: digestFromBytes(wire.digest ?? new Uint8Array(), "held.digest"),
  };
}

function counter(value: number, field: string): number {
  if (!Number.isFinite(value) || value < 0) throw new MessageInvalidError(field, `${value} is not a count`);
  return value;
}
