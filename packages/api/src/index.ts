/**
 * The Kubernetes API of the project: types of the policies, generated from the definitions in crds/, with the names and defaults
 * that belong to them.
 */
import type { KubeArmorClusterPolicy } from "./generated/kubearmorclusterpolicy.ts";
import type { KubeArmorHostPolicy } from "./generated/kubearmorhostpolicy.ts";
import type { Condition, KubeArmorPolicy, Problem, StatusObject } from "./generated/kubearmorpolicy.ts";

export { defaults } from "./defaults.ts";
export * from "./names.ts";

/** The status all kinds share. */
export type PolicyStatus = StatusObject;
export type PolicyCondition = Condition;
export type PolicyProblem = Problem;
export type PolicyWarning = NonNullable<PolicyStatus["warnings"]>[number];

/** Any policy, as the API server gives it; `kind` is always set on what the project passes around. */
export type AnyPolicy =
  | (KubeArmorPolicy & { kind: "KubeArmorPolicy" })
  | (KubeArmorHostPolicy & { kind: "KubeArmorHostPolicy" })
  | (KubeArmorClusterPolicy & { kind: "KubeArmorClusterPolicy" });
