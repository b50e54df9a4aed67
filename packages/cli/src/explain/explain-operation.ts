/** What policies decide about one operation in one container, and why: the controller's own code asked about one operation. Pure. */
import { type AnyPolicy, acceptLockoutAnnotation, defaults } from "@portcullis/api";
import type { PolicyRef, RuleSet } from "@portcullis/model";
import {
  buildRuleSet,
  type Candidate,
  candidatesOf,
  compile,
  type Explanation,
  explain,
  lower,
  type OptOut,
  optedPolicies,
  type Posture,
  type Problem,
  postureOfHost,
  type Query,
  selectorOf,
} from "@portcullis/policy";

/** Whose operation it is. */
export interface Container {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly container: string;
}

export interface Question {
  readonly policies: readonly AnyPolicy[];
  /** Absent: a container that every policy selects. */
  readonly container?: Container | undefined;
  /** It is an operation of a node's own, in place of a container's. `labels`: the node's; absent: those that every host policy selects. */
  readonly host?: { readonly labels?: Readonly<Record<string, string>> | undefined } | undefined;
  readonly posture: Posture;
  /** Namespaces that no policy concerns. */
  readonly untracked?: readonly string[];
  /** What the container's pod has switched off, by its namespace's leave. */
  readonly optOut?: OptOut | undefined;
  /** As the chart's value. Default true. */
  readonly baseAllowance?: boolean | undefined;
  readonly query: Query;
}

/** A policy as far as the question goes. */
interface ConcernedPolicy extends PolicyRef {
  readonly selects: boolean;
  /** What of it is not bound, so that it took no part in the decision. */
  readonly problems: readonly Problem[];
}

export interface Answer {
  readonly outcome: Explanation["outcome"];
  /** The rule that decided; absent: none did. */
  readonly decided?: Candidate | undefined;
  /** The category is an allow-list of the container. */
  readonly isAllowList: boolean;
  /** What alerts of it are named after: policies, or DefaultPosture. Empty: there is none. */
  readonly alerts: readonly string[];
  /** Every rule whose object is that of the operation, the deciding one first. */
  readonly candidates: readonly Candidate[];
  readonly policies: readonly ConcernedPolicy[];
  /** No policy concerns the namespace. */
  readonly isUntracked: boolean;
  /** The container's pod has opted out: no policy concerns it, or its policies report alone. */
  readonly optOut?: OptOut;
}

export function explainOperation(question: Question): Answer {
  const { policies, container, host, posture, query, untracked = defaults.untrackedNamespaces } = question;
  const isUntracked = host === undefined && container !== undefined && untracked.includes(container.namespace);
  const optOut = host || isUntracked ? undefined : question.optOut;
  const isUnconcerned = isUntracked || optOut === "disabled";
  const concerned = policies.map((policy) => {
    const selector = selectorOf(policy);
    const lowered = lower(policy);
    return {
      lowered,
      selects: !isUnconcerned && (host ? selectsHost(policy, host.labels) : selects(policy, container)),
      acceptsLockout: policy.metadata?.annotations?.[acceptLockoutAnnotation] === "true",
      problems: [...selector.problems, ...lowered.problems],
    };
  });
  const selecting = concerned.filter((one) => one.selects);
  const lowered = selecting.map((one) => one.lowered);
  const own = host ? postureOfHost(selecting, posture).posture : posture;
  const of = optedPolicies(lowered, own, optOut === "audited");
  const ruleSet = buildRuleSet(of.policies, { posture: of.posture, baseAllowance: question.baseAllowance });
  const answer = ruleSet
    ? asked(ruleSet, query)
    : { outcome: "allowed" as const, isAllowList: false, alerts: [], candidates: [] };
  return {
    ...answer,
    policies: concerned.map((one) => ({ ...one.lowered.policy, selects: one.selects, problems: one.problems })),
    isUntracked,
    ...(optOut && { optOut }),
  };
}

function selects(policy: AnyPolicy, container: Container | undefined): boolean {
  if (policy.kind === "KubeArmorHostPolicy") return false;
  const selector = selectorOf(policy);
  if (container === undefined) return selector.problems.length === 0;
  return selector.selectsPod(container) && selector.selectsContainer(container.container);
}

function selectsHost(policy: AnyPolicy, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (policy.kind !== "KubeArmorHostPolicy") return false;
  const selector = selectorOf(policy);
  return labels === undefined ? selector.problems.length === 0 : selector.selectsNode(labels);
}

function asked(ruleSet: RuleSet, query: Query): Omit<Answer, "policies" | "isUntracked" | "optOut"> {
  const explanation = explain(ruleSet, compile(ruleSet).automaton, query);
  const candidates = candidatesOf(ruleSet, query);
  return {
    outcome: explanation.outcome,
    decided: candidates.find(({ standing }) => standing === "decides"),
    isAllowList: query.category !== "syscalls" && ruleSet.posture[query.category] !== undefined,
    alerts: alertsOf(explanation, ruleSet),
    candidates,
  };
}

function alertsOf({ report, policy, audits }: Explanation, { rules, policies }: RuleSet): string[] {
  const deciding = report === "posture" ? ["DefaultPosture"] : report === "policy" && policy ? [policy.name] : [];
  const auditing = audits.map((id) => policies[rules.find((rule) => rule.id === id)?.policy ?? -1]?.name ?? "");
  return [...new Set([...deciding, ...auditing])];
}
