/** A policy that its schema accepts, as the checks of its rules see it: lowered by the controller's own code. */
import type { AnyPolicy } from "@portcullis/api";
import { type Lowered, lower, selectorOf } from "@portcullis/policy";
import type { Place, PolicyText } from "../policies/policy-text.ts";
import type { CheckCode } from "./checks.ts";
import { type Finding, findingAt } from "./finding.ts";
import { PolicyVerdicts } from "./policy-verdicts.ts";

export type LoweredRule = Lowered["rules"][number];

export interface LintedPolicy {
  readonly file: string;
  at(origin: string): Place;
  readonly policy: AnyPolicy;
  readonly rules: readonly LoweredRule[];
  readonly verdicts: PolicyVerdicts;
  readonly problems: Lowered["problems"];
  /** Equal for policies that select the same containers, as they are written. */
  readonly scope: string;
  /** Kind, namespace and name: what the API server knows it by. */
  readonly key: string;
}

export function lintedPolicy({ file, at, value }: PolicyText): LintedPolicy {
  const policy = value as AnyPolicy;
  const { policy: ref, problems } = lower(policy);
  const lowered = lower(asContainerPolicy(policy));
  const selector = policy.kind === "KubeArmorHostPolicy" ? policy.spec.nodeSelector : policy.spec.selector;
  return {
    file,
    at,
    policy,
    rules: lowered.rules,
    verdicts: new PolicyVerdicts(lowered),
    problems: [...selectorOf(policy).problems, ...problems],
    scope: JSON.stringify([ref.kind, ref.namespace, sorted(selector ?? {})]),
    key: JSON.stringify([ref.kind, ref.namespace, ref.name]),
  };
}

/** How messages name a policy. */
export const nameOf = ({ policy }: LintedPolicy): string => `${policy.kind} ${policy.metadata?.name ?? ""}`;

/** Rules of a host policy are not bound yet, and yet they can contradict each other. */
function asContainerPolicy(policy: AnyPolicy): AnyPolicy {
  if (policy.kind !== "KubeArmorHostPolicy") return policy;
  const { nodeSelector: _, device: __, ...spec } = policy.spec;
  return { ...policy, kind: "KubeArmorClusterPolicy", spec } as AnyPolicy;
}

/** The same with the keys of every object in order; what is empty or null is left out. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && JSON.stringify(inner) !== "{}");
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}

const codes: Readonly<Record<string, CheckCode>> = {
  UnknownField: "unknown-key",
  UnsupportedFeature: "not-enforced",
  InvalidPath: "invalid-path",
  InvalidSource: "invalid-source",
  InvalidSelector: "invalid-selector",
};

/** What the controller, or a node, would write into the policy's status. */
export function problemFindings(linted: LintedPolicy): Finding[] {
  const problems = linted.problems.map(({ origin, reason, message }) =>
    problemFinding(linted, origin, codes[reason] ?? "schema-violation", message),
  );
  const refused = linted.verdicts.refused.map(({ origin, reason }) =>
    problemFinding(linted, origin, "not-enforced", reason),
  );
  return [...problems, ...refused];
}

/** A message ends in what to do. */
function problemFinding(linted: LintedPolicy, origin: string, code: CheckCode, text: string): Finding {
  const [, what = text, remedy] = /^(.*): (.*?)$/s.exec(text) ?? [];
  return findingAt(linted, origin, code, { message: `${origin}: ${what}`, ...(remedy && { remedy }) });
}
