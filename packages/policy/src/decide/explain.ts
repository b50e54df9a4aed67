/** Why: the rule behind a verdict, in words. */
import type { Automaton, PolicyRef, Rule, RuleSet } from "@portcullis/model";
import { capabilityName } from "../numbers/capabilities.ts";
import { socketWords } from "../numbers/sockets.ts";
import { decide, type Query, type Verdict } from "./decide.ts";

export interface Explanation extends Verdict {
  /** The deciding rule; absent if none decided. */
  readonly rule?: Rule;
  /** Its policy; absent for the base allowance. */
  readonly policy?: PolicyRef;
  readonly text: string;
}

/** Decides and names what decided. `automaton` is compiled from `ruleSet`. */
export function explain(ruleSet: RuleSet, automaton: Automaton, query: Query): Explanation {
  const verdict = decide(automaton, query);
  const rule = ruleSet.rules.find((r) => r.id === verdict.ruleId);
  const policy = rule && ruleSet.policies[rule.policy];
  const text = `${query.access} ${objectWords(query)}: ${verdict.outcome}, ${because(verdict, rule, policy)}`;
  return { ...verdict, ...(rule && { rule }), ...(policy && { policy }), text };
}

function objectWords({ path, socket, capability, syscall }: Query): string {
  if (syscall !== undefined) return [`system call ${syscall}`, ...(path ? [`/${path.join("/")}`] : [])].join(" of ");
  if (socket) return socketWords(socket);
  if (capability !== undefined) return capabilityName(capability);
  return path ? `/${path.join("/")}` : "(no name)";
}

function because(verdict: Verdict, rule: Rule | undefined, policy: PolicyRef | undefined): string {
  if (rule === undefined) return verdict.report === "posture" ? "no rule of the allow-list, posture" : "no rule";
  if (policy === undefined) return "base allowance";
  const name = policy.namespace === "" ? policy.name : `${policy.namespace}/${policy.name}`;
  return `${rule.action} by ${policy.kind} ${name}, ${rule.origin}`;
}
