/**
 * The Kubernetes API of the project: types of the policies, generated from the definitions in crds/, with the names and defaults
 * that belong to them. Types of the parts of a kind are reached through its namespace, e.g. `ksp.Spec`.
 */
import type * as csp from "./generated/kubearmorclusterpolicy.ts";
import type * as hsp from "./generated/kubearmorhostpolicy.ts";
import type * as ksp from "./generated/kubearmorpolicy.ts";

export { defaults } from "./defaults.ts";
export type { KubeArmorClusterPolicy } from "./generated/kubearmorclusterpolicy.ts";
export type { KubeArmorHostPolicy } from "./generated/kubearmorhostpolicy.ts";
export type { KubeArmorPolicy } from "./generated/kubearmorpolicy.ts";
export type { ObjectMeta } from "./meta.ts";
export * from "./names.ts";
export type { csp, hsp, ksp };

/** The status all kinds share. */
export type PolicyStatus = ksp.StatusObject;
export type PolicyCondition = ksp.Condition;
export type PolicyProblem = ksp.Problem;

/** Any policy, as the API server gives it; `kind` is always set on what the project passes around. */
export type AnyPolicy =
  | (ksp.KubeArmorPolicy & { kind: "KubeArmorPolicy" })
  | (hsp.KubeArmorHostPolicy & { kind: "KubeArmorHostPolicy" })
  | (csp.KubeArmorClusterPolicy & { kind: "KubeArmorClusterPolicy" });
