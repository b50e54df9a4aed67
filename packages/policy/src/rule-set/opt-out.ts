/**
 * Whether the authors of a namespace's pods may switch enforcement off in them, by the annotation `kubearmor-policy` of KubeArmor, and what is enforced then. That
 * is for whoever may write the namespace to say: a pod's author must not be able to switch off what the operator wrote.
 */

import { podOptOutAnnotation, podPolicyAnnotation } from "@portcullis/api";
import { conditionsOf } from "../compile/decision-list.ts";
import type { Lowered, LoweredRule } from "../lower/lower.ts";
import type { InvalidPosture, Posture } from "./posture.ts";

/** What a pod's author switches off: everything, or all but reports. */
export type OptOut = "disabled" | "audited";

type Annotations = Readonly<Record<string, string>> | undefined;

/** What a pod with these annotations asks for; anything else asks for nothing. */
export function optOutAsked(annotations: Annotations): OptOut | undefined {
  const asked = annotations?.[podPolicyAnnotation];
  return asked === "disabled" || asked === "audited" ? asked : undefined;
}

/** Whether the namespace with these annotations allows it. What is not understood allows nothing. */
export function resolveOptOut(annotations: Annotations): {
  readonly allowed: boolean;
  readonly invalid: readonly InvalidPosture[];
} {
  const value = annotations?.[podOptOutAnnotation];
  if (value === undefined) return { allowed: false, invalid: [] };
  if (value === "allowed") return { allowed: true, invalid: [] };
  const message = `${podOptOutAnnotation} has the value ${JSON.stringify(value)}, which allows nothing: use allowed, or remove the annotation`;
  return { allowed: false, invalid: [{ annotation: podOptOutAnnotation, value, message }] };
}

/** What policies come to in a container: as they are, or `isAudited`: nothing is denied, and whatever would be is reported. */
export function optedPolicies(
  policies: readonly Lowered[],
  posture: Posture,
  isAudited: boolean,
): { readonly policies: readonly Lowered[]; readonly posture: Posture } {
  if (!isAudited) return { policies, posture };
  return {
    policies: policies.map((lowered) => ({ ...lowered, rules: lowered.rules.flatMap(reportingRules) })),
    posture: { file: "audit", network: "audit", capabilities: "audit" },
  };
}

const noConditions = { readOnly: false, ownerOnly: false, noTerminal: false, allowedArgs: undefined };

function reportingRules(rule: LoweredRule): LoweredRule[] {
  if (rule.action === "block") return [{ ...rule, action: "audit" }];
  // An Allow rule denies what breaks its conditions, whatever the posture; an Audit rule with the same ones reports that.
  if (rule.action === "allow" && conditionsOf(rule) > 0)
    return [
      { ...rule, ...noConditions },
      { ...rule, action: "audit" },
    ];
  return [rule];
}
