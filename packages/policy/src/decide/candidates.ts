/**
 * The rules that speak of an operation, in deciding order, and why each of them decides or does not. Nothing is matched here: every
 * answer is one that `decide` gives about some of the rules, so that an explanation cannot differ from the verdict.
 */
import type { PolicyRef, Rule, RuleSet } from "@portcullis/model";
import { bySpecificity, type NetworkMatch, peerSpecificity } from "../addresses/peers.ts";
import { type Aliases, compile } from "../compile/automaton.ts";
import { conditionsOf } from "../compile/decision-list.ts";
import { decide, type Query, type Verdict } from "./decide.ts";

/** What became of a rule whose object is that of the operation. */
export type Standing =
  /** It decided. */
  | "decides"
  /** An Audit rule that is reported. */
  | "reports"
  /** An Audit rule that is not reported. */
  | "silent"
  /** The acting program is not its source. */
  | "otherSource"
  /** The deciding rule has a source, this one has none. */
  | "withoutSource"
  /** The deciding rule is more specific. */
  | "lessSpecific"
  /** Equally specific, and the deciding rule is stricter, or comes first. */
  | "lessStrict"
  /** Of the base allowance, which is asked where nothing else decides, and may permit reading alone. */
  | "notNeeded"
  /** Only Block rules count where a file is mapped executable. */
  | "notAsked";

export interface Candidate {
  readonly rule: Rule;
  /** Absent for the base allowance. */
  readonly policy?: PolicyRef;
  readonly standing: Standing;
  /** The standing in words. */
  readonly why: string;
}

/**
 * The rules whose object is that of `query`, with their standing: first those that could decide, the most specific before the
 * others, then Audit rules, then rules of other sources. `aliases` hold for all rules alike.
 */
export function candidatesOf(ruleSet: RuleSet, query: Query, aliases: Aliases = new Map()): Candidate[] {
  return new Candidates(ruleSet, query, aliases).all();
}

class Candidates {
  readonly #ruleSet: RuleSet;
  readonly #query: Query;
  readonly #aliases: Aliases;
  readonly #verdict: Verdict;

  constructor(ruleSet: RuleSet, query: Query, aliases: Aliases) {
    this.#ruleSet = ruleSet;
    const { automaton } = compile(ruleSet, { aliases });
    const { peer, ...made } = query;
    // Where the socket cannot be made, its making is what rules speak of.
    const asked = peer && decide(automaton, made).outcome === "denied" ? made : query;
    // A mapping is decided like an execution, and then counts only if a Block rule decided.
    this.#query = { ...asked, access: query.access === "map" ? "exec" : query.access };
    this.#aliases = aliases;
    this.#verdict = decide(automaton, query);
  }

  all(): Candidate[] {
    const ofObject = this.#ruleSet.rules.filter((rule) => this.#speaks({ ...rule, source: undefined }));
    const ofSource = ofObject.filter((rule) => rule.source === undefined || this.#speaks(rule));
    const deciding = this.#inOrder(ofSource.filter((rule) => rule.action !== "audit"));
    const audits = ofSource.filter((rule) => rule.action === "audit");
    const others = ofObject.filter((rule) => !ofSource.includes(rule));
    return [
      ...deciding.map((rule) => this.#candidate(rule, ...this.#ofDeciding(rule, deciding[0] as Rule))),
      ...audits.map((rule) => this.#candidate(rule, ...this.#ofAudit(rule))),
      ...others.map((rule) => this.#candidate(rule, "otherSource", "the acting program is not its source")),
    ];
  }

  #candidate(rule: Rule, standing: Standing, why: string): Candidate {
    const policy = this.#ruleSet.policies[rule.policy];
    return { rule, ...(policy && { policy }), standing, why };
  }

  /** Whether the rule, all conditions left out, would decide if it stood alone. */
  #speaks(rule: Rule): boolean {
    return this.#decider([strict(rule)]) === rule.id;
  }

  /** The rules in the order in which they would decide if those before were not there. */
  #inOrder(rules: readonly Rule[]): Rule[] {
    const ordered: Rule[] = [];
    for (let rest = rules; rest.length > 0; ) {
      const id = this.#decider(rest);
      const next = rest.find((rule) => rule.id === id);
      // What is left permits reading alone, and this is a write.
      if (next === undefined) return [...ordered, ...rest];
      ordered.push(next);
      rest = rest.filter((rule) => rule !== next);
    }
    return ordered;
  }

  /** The id of the rule that decides among these; 0: none. */
  #decider(rules: readonly Rule[]): number {
    const { automaton } = compile({ ...this.#ruleSet, rules }, { aliases: this.#aliases });
    return decide(automaton, this.#query).ruleId;
  }

  #ofDeciding(rule: Rule, first: Rule): [Standing, string] {
    if (rule.id === this.#verdict.ruleId) return ["decides", decidingWords(rule, this.#verdict)];
    if (rule.policy < 0) return ["notNeeded", baseWords(first)];
    if (rule === first) return ["notAsked", "only Block rules count where a file is mapped executable"];
    if (first.source !== undefined && rule.source === undefined)
      return ["withoutSource", "a rule with fromSource goes before one without"];
    return this.#isAsSpecific(rule, first)
      ? ["lessStrict", strictness(rule, first)]
      : ["lessSpecific", specificity(rule, first)];
  }

  #isAsSpecific(rule: Rule, first: Rule): boolean {
    // What a rule by address is about depends on its action, which therefore stays as it is.
    if (rule.category === "network" && this.#query.peer)
      return bySpecificity(specificityForPeer(rule), specificityForPeer(first)) === 0;
    // Of a socket that is made no address is known.
    if (rule.match.kind === "address" && first.match.kind === "address") return true;
    // Where this one blocks and the other one allows, being less specific is the only reason left not to decide.
    return this.#decider([strict(rule), { ...first, action: "allow" }]) === rule.id;
  }

  #ofAudit(rule: Rule): [Standing, string] {
    if (this.#verdict.audits.includes(rule.id)) return ["reports", "Audit rules only report, and this one does"];
    if (this.#verdict.outcome === "denied") return ["silent", "Audit rules report only what is allowed"];
    if (conditionsOf(rule) > 0)
      return ["silent", "an Audit rule with a condition reports only what breaks it, or its policy reports already"];
    return ["silent", "its policy reports already, by a more specific rule"];
  }
}

const specificityForPeer = ({ match }: Rule): readonly number[] => peerSpecificity(match as NetworkMatch);

/** The rule as a Block rule of a policy, without conditions. One that allows an address stays so: to block it would be about other sockets. */
const strict = (rule: Rule): Rule => ({
  ...rule,
  action: rule.match.kind === "address" && rule.action === "allow" ? "allow" : "block",
  readOnly: false,
  ownerOnly: false,
  noTerminal: false,
  allowedArgs: undefined,
  policy: 0,
});

const baseWords = (first: Rule): string =>
  first.policy < 0
    ? "the base allowance permits this for reading alone, or another entry of it does"
    : "the base allowance is asked where no rule decides";

function decidingWords({ action }: Rule, { outcome }: Verdict): string {
  if (action === "allow" && outcome === "denied") return "it decides: it allows under a condition that is not met";
  if (action === "block" && outcome === "allowed") return "it decides: it blocks only what breaks its condition";
  return "it decides";
}

function strictness(rule: Rule, first: Rule): string {
  if (rule.action !== first.action) return "equally specific: Block goes before Allow";
  const [own, others] = [conditionsOf(rule), conditionsOf(first)];
  if (own === others) return "equally specific and equally strict: the first in canonical order decides";
  const more = rule.action === "block" ? "fewer" : "more";
  return `equally specific: the one with ${more} conditions goes first`;
}

const withArticle = (kind: string): string => (kind === "execname" ? `an ${kind}` : `a ${kind}`);

function specificity(rule: Rule, first: Rule): string {
  if (rule.match.kind === "domain") return "less specific: the nearest domain decides";
  if (rule.match.kind === "address")
    return "less specific: the longest range decides, then the fewest ports, then a protocol";
  if (first.match.kind === "address") return "less specific: an address goes before a protocol";
  if (rule.match.kind === "protocol") return "less specific: a protocol or type goes before all";
  if (rule.match.kind !== first.match.kind)
    return `less specific: ${withArticle(first.match.kind)} goes before ${withArticle(rule.match.kind)}`;
  return rule.match.kind === "directory"
    ? "less specific: the deepest directory decides"
    : "less specific: the longer literal beginning decides";
}
