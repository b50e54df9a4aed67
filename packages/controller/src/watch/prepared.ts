/** A policy's selector and its lowered rules, made once for each generation of the policy. */
import { acceptLockoutAnnotation } from "@portcullis/api";
import { type Lowered, lower, type Problem, type Selector, selectorOf, warningsOf } from "@portcullis/policy";
import { type PolicyObject, policyKey } from "./objects.ts";

export interface Prepared {
  /** As keyOfRef makes it. */
  readonly key: string;
  readonly uid: string;
  readonly generation: number;
  /** The namespace whose pods it concerns; undefined: any. */
  readonly namespace: string | undefined;
  /** It is about the nodes' own processes. */
  readonly host: boolean;
  /** Its author takes the risk that an allow-list in block posture locks a node. */
  readonly acceptsLockout: boolean;
  readonly selector: Selector;
  readonly lowered: Lowered;
  /** Everything of it that is refused, the selector's part first. */
  readonly problems: readonly Problem[];
  /** What is bound, and is probably not what was meant. */
  readonly warnings: readonly Problem[];
}

/** Whether the policy's object says so: an annotation, which does not count as a generation. */
export const acceptsLockout = ({ metadata }: PolicyObject): boolean =>
  metadata.annotations?.[acceptLockoutAnnotation] === "true";

export function prepare(policy: PolicyObject): Prepared {
  const selector = selectorOf(policy);
  const lowered = lower(policy);
  return {
    key: policyKey(policy),
    uid: policy.metadata.uid,
    generation: policy.metadata.generation ?? 0,
    namespace: policy.kind === "KubeArmorPolicy" ? policy.metadata.namespace : undefined,
    host: policy.kind === "KubeArmorHostPolicy",
    acceptsLockout: acceptsLockout(policy),
    selector,
    lowered,
    problems: [...selector.problems, ...lowered.problems],
    warnings: warningsOf(lowered),
  };
}
