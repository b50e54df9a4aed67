/** A policy's selector and its lowered rules, made once for each generation of the policy. */
import { type Lowered, lower, type Problem, type Selector, selectorOf } from "@portcullis/policy";
import { type PolicyObject, policyKey } from "./objects.ts";

export interface Prepared {
  /** As keyOfRef makes it. */
  readonly key: string;
  readonly uid: string;
  readonly generation: number;
  /** The namespace whose pods it concerns; undefined: any. */
  readonly namespace: string | undefined;
  readonly selector: Selector;
  readonly lowered: Lowered;
  /** Everything of it that is refused, the selector's part first. */
  readonly problems: readonly Problem[];
}

export function prepare(policy: PolicyObject): Prepared {
  const selector = selectorOf(policy);
  const lowered = lower(policy);
  return {
    key: policyKey(policy),
    uid: policy.metadata.uid,
    generation: policy.metadata.generation ?? 0,
    namespace: policy.kind === "KubeArmorPolicy" ? policy.metadata.namespace : undefined,
    selector,
    lowered,
    problems: [...selector.problems, ...lowered.problems],
  };
}
