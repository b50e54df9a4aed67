/**
 * Whether the authors of a namespace's pods may switch enforcement off in them, by the annotation `kubearmor-policy` of KubeArmor. That is for whoever may
 * write the namespace to say: a pod's author must not be able to switch off what the operator wrote.
 */

import { podOptOutAnnotation } from "@portcullis/api";
import type { InvalidPosture } from "@portcullis/policy";

/** What is not understood allows nothing. */
export function resolveOptOut(annotations: Readonly<Record<string, string>> | undefined): {
  readonly allowed: boolean;
  readonly invalid: readonly InvalidPosture[];
} {
  const value = annotations?.[podOptOutAnnotation];
  if (value === undefined) return { allowed: false, invalid: [] };
  if (value === "allowed") return { allowed: true, invalid: [] };
  const message = `${podOptOutAnnotation} has the value ${JSON.stringify(value)}, which allows nothing: use allowed, or remove the annotation`;
  return { allowed: false, invalid: [{ annotation: podOptOutAnnotation, value, message }] };
}
