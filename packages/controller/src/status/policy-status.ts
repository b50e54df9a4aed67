/**
 * The status of a policy, computed from what it is, what was published and what the nodes said. Pure.
 *
 * - Accepted: True when every part is understood and can be bound. Otherwise False: reason PartlyAccepted when some rules are
 *   bound, else the reason of the first problem. `problems` names every part.
 * - Distributed: for every node with a container the policy has rules for there is a bundle that carries this generation, and none says that it
 *   cannot take it.
 * - Enforced: every such node reports it bound. Unknown with reason NoWorkload when there is no such node, and with NodesSilent when
 *   some are silent and none fails; False when the policy has nothing that can be bound, whatever it selects.
 * - Ready, and while they are True Reconciling and Stalled: what these come to, in the words of kstatus, which Flux and others read.
 */

import { conditionTypes, type PolicyCondition, type PolicyProblem, type PolicyStatus, reasons } from "@portcullis/api";
import { cut, type News } from "@portcullis/kube";
import type { Prepared } from "../watch/prepared.ts";
import { bounded } from "./bounded.ts";
import type { NodeView } from "./ledger.ts";
import type { NodeFault, NodeHealth } from "./node-health.ts";
import { warned } from "./policy-warnings.ts";

export interface StatusInput {
  readonly policy: Prepared;
  /** The nodes that have to enforce it. */
  readonly nodes: readonly NodeView[];
  readonly health: Pick<NodeHealth, "fault" | "refusal" | "unenforced" | "exempt" | "notices">;
  /** The policy's own namespace is never enforced. */
  readonly untracked: boolean;
  /** The status as it stands now: a condition that does not change keeps its time. */
  readonly before: PolicyStatus | undefined;
  /** RFC 3339. */
  readonly now: string;
}

const maxProblems = 100;
const maxFailures = 10;
const maxNamed = 3;

/** What a condition says, without its times. */
interface Finding {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export function policyStatus(input: StatusInput): PolicyStatus {
  const { policy, nodes, health } = input;
  const undistributed: Failure[] = [];
  const unenforced: Failure[] = [];
  for (const { node, wanted, published, current, carries, error } of nodes) {
    if (wanted.refused !== undefined) {
      const failure = { node, reason: wanted.refused, waiting: false };
      undistributed.push(failure);
      unenforced.push(failure);
      continue;
    }
    // A policy that was deleted and made again counts its generations from 1.
    const known = published?.uid === policy.uid && published.generation === policy.generation;
    if (!known || !current) {
      const waiting = error === "";
      const reason = waiting ? "its bundle is being published" : `its bundle was not published: ${error}`;
      undistributed.push({ node, reason, waiting });
      unenforced.push({ node, reason, waiting });
      continue;
    }
    const refusal = health.refusal(node, carries);
    if (refusal !== undefined) undistributed.push({ node, ...refusal });
    const fault = health.fault(node, policy.key, carries);
    if (fault !== undefined) unenforced.push({ node, ...fault });
  }
  const enforced = nodes.length - unenforced.length;
  const condition = conditions(input);
  const findings = {
    accepted: accepted(policy),
    distributed: reached(input, undistributed, "have a bundle with"),
    enforced: reached(input, unenforced, "enforce"),
  };
  return {
    observedGeneration: policy.generation,
    conditions: [
      condition(conditionTypes.accepted, findings.accepted),
      condition(conditionTypes.distributed, findings.distributed),
      condition(conditionTypes.enforced, findings.enforced),
      ...summary(findings).map(([type, finding]) => condition(type, finding)),
    ],
    nodes: {
      desired: nodes.length,
      distributed: nodes.length - undistributed.length,
      enforced,
      summary: `${enforced}/${nodes.length}`,
      failures: unenforced.slice(0, maxFailures).map(({ node, reason }) => ({ node, reason: cut(reason, 1_024) })),
    },
    problems: problems(policy, nodes, health),
    ...warned(policy, input.untracked ? [] : nodes, input),
  };
}

interface Failure extends NodeFault {
  readonly node: string;
}

function accepted({ problems: found, lowered }: Prepared): Finding {
  const [first] = found;
  if (first === undefined) return { status: "True", reason: reasons.accepted, message: "every part can be enforced" };
  const named = found.slice(0, maxNamed).map(({ origin, message }) => `${origin}: ${message}`);
  const rest = found.length > maxNamed ? `; and ${found.length - maxNamed} more, see problems` : "";
  const some = lowered.rules.length > 0;
  return {
    status: "False",
    reason: some ? reasons.partlyAccepted : first.reason,
    message: `${some ? "not all of it is" : "nothing of it is"} enforced: ${named.join("; ")}${rest}`,
  };
}

/** Distributed and Enforced say the same in different words: how many of the nodes do it, and the first that do not. */
function reached({ policy, nodes, untracked }: StatusInput, failures: readonly Failure[], verb: string): Finding {
  const [problem] = policy.problems;
  const nothingBinds = policy.lowered.rules.length === 0 || policy.selector.problems.length > 0;
  if (problem !== undefined && nothingBinds) {
    return {
      status: "False",
      reason: problem.reason,
      message: `no part of the policy can be enforced: ${problem.origin}: ${problem.message}`,
    };
  }
  if (untracked) {
    const message = `namespace ${policy.namespace} is not tracked: its pods are never enforced`;
    return { status: "False", reason: reasons.untracked, message };
  }
  if (nodes.length === 0) {
    const why = policy.lowered.rules.length === 0 ? "the policy has no rules" : nothingSelected(policy);
    return { status: "Unknown", reason: reasons.noWorkload, message: `0/0 nodes: ${why}` };
  }
  const what = problem === undefined ? "it" : "what is accepted of it";
  const done = `${nodes.length - failures.length}/${nodes.length} nodes ${verb} ${what}`;
  if (failures.length === 0) return { status: "True", reason: reasons.complete, message: done };
  const failing = failures.filter((failure) => !failure.waiting && failure.silent !== true);
  const others = failures.filter((failure) => !failing.includes(failure));
  const silent = failures.every((failure) => failure.silent === true);
  const named = [...failing, ...others].slice(0, maxNamed).map(({ node, reason }) => `${node}: ${reason}`);
  const rest = failures.length > maxNamed ? `; and ${failures.length - maxNamed} more nodes` : "";
  const message = `${done}; ${named.join("; ")}${rest}`;
  if (silent) return { status: "Unknown", reason: reasons.nodesSilent, message };
  return { status: "False", reason: failing.length > 0 ? reasons.nodeFailed : reasons.progressing, message };
}

const nothingSelected = ({ host }: Prepared) => (host ? "no node is selected" : "no running container is selected");

/** Ready, and Reconciling or Stalled while one of them is True. */
function summary({
  accepted: a,
  distributed: d,
  enforced: e,
}: Record<"accepted" | "distributed" | "enforced", Finding>) {
  const inForce = e.status === "True" || e.reason === reasons.noWorkload;
  const first = [a, d, e].find((finding) => finding.status === "False") ?? e;
  const list: [type: string, finding: Finding][] = [
    [conditionTypes.ready, a.status === "True" && inForce ? { ...e, status: "True" } : { ...first, status: "False" }],
  ];
  const onTheWay = [d, e].some(({ reason }) => reason === reasons.progressing);
  if (a.status === "False") list.push([conditionTypes.stalled, { ...a, status: "True" }]);
  else if (onTheWay) list.push([conditionTypes.reconciling, { ...(d.status === "False" ? d : e), status: "True" }]);
  else if (first.status === "False") list.push([conditionTypes.stalled, { ...first, status: "True" }]);
  return list;
}

/** The controller's own problems, then those that nodes reported, each with its nodes. */
function problems(
  policy: Prepared,
  nodes: readonly NodeView[],
  health: Pick<NodeHealth, "unenforced" | "exempt">,
): PolicyProblem[] {
  const list: PolicyProblem[] = policy.problems.map(({ origin, reason, message }) => ({ origin, reason, message }));
  const reported = new Map<string, PolicyProblem & { nodes: string[] }>();
  const report = (node: string, origin: string, reason: string, message: string) => {
    const key = JSON.stringify([origin, message]);
    const known = reported.get(key);
    if (known === undefined) reported.set(key, { origin, reason, message: cut(message, 4_096), nodes: [node] });
    else if (known.nodes.length < maxFailures) known.nodes.push(node);
  };
  for (const { node, wanted } of nodes) {
    if (wanted.refused !== undefined) report(node, "spec", reasons.overBudget, wanted.refused);
    for (const { origin, reason } of health.unenforced(node, policy.key))
      report(node, origin, reasons.nodeFailed, reason);
    for (const { origin, reason } of health.exempt(node, policy.key))
      report(node, origin, reasons.lockoutAvoided, reason);
  }
  list.push(...[...reported.keys()].sort().map((key) => reported.get(key) as PolicyProblem));
  const reason = policy.problems[0]?.reason ?? reasons.nodeFailed;
  return bounded(list, { most: maxProblems, what: "problems", reason });
}

function conditions({ policy, before, now }: StatusInput) {
  return (type: string, { status, reason, message }: Finding): PolicyCondition => {
    const old = before?.conditions?.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    return {
      type,
      status: status as PolicyCondition["status"],
      observedGeneration: policy.generation,
      lastTransitionTime,
      reason,
      message: cut(message, 8_192),
    };
  };
}

/** An Event for every change of Accepted and Enforced. A cause that only reads differently is no change. */
export function newsOf(before: PolicyStatus | undefined, now: PolicyStatus): News[] {
  const of = (status: PolicyStatus | undefined, type: string) => status?.conditions?.find((c) => c.type === type);
  return [conditionTypes.accepted, conditionTypes.enforced].flatMap((type): News[] => {
    const [old, news] = [of(before, type), of(now, type)];
    if (news === undefined || (old?.status === news.status && old.reason === news.reason)) return [];
    const calm = news.status === "True" || news.reason === reasons.noWorkload || news.reason === reasons.progressing;
    const note = `${type} is ${news.status}: ${news.message}`;
    return [{ type: calm ? "Normal" : "Warning", reason: news.reason, action: type, note }];
  });
}

/** Whether two statuses say the same. The times of conditions do not count. */
export function sameStatus(a: PolicyStatus | undefined, b: PolicyStatus): boolean {
  return a !== undefined && canonical(a) === canonical(b);
}

function canonical(status: PolicyStatus): string {
  const { observedGeneration, conditions: list = [], nodes, problems: found = [], warnings = [] } = status;
  const plain = [...list]
    .sort((x, y) => (x.type < y.type ? -1 : 1))
    .map((c) => [c.type, c.status, c.observedGeneration, c.reason, c.message]);
  const told = found.map((p) => [p.origin, p.reason, p.message, p.nodes ?? []]);
  const failures = nodes?.failures?.map((f) => [f.node, f.reason]) ?? [];
  return JSON.stringify([
    observedGeneration,
    plain,
    nodes?.desired,
    nodes?.distributed,
    nodes?.enforced,
    failures,
    told,
    warnings.map(({ origin, reason, message }) => [origin, reason, message]),
  ]);
}
