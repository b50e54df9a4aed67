/**
 * Decision lists: all rules that apply at one place of the tree, in deciding order. A list is made of what a place adds to the list
 * it inherits, so that a state costs what it adds. Entries that can never decide are left out: nothing is asked after a rule without a
 * source, and no second rule of the same source is.
 */
import type { AutomatonEntry, Rule } from "@portcullis/model";
import { syscallNumber } from "../numbers/syscalls.ts";

/** A rule where it applies, with the index of its source + 1 (0 = any). */
export interface Placed {
  readonly rule: Rule;
  readonly source: number;
  /** The index of its set of arguments + 1; absent: it has none. */
  readonly argumentSet?: number | undefined;
}

/** The parts of a list in their order. Immutable; lists share what they inherit. */
export interface DecisionList {
  /** Deciding rules of a source, most specific first. */
  readonly sourced: readonly Placed[];
  /** The one deciding rule without source, if any. */
  readonly plain: Placed | undefined;
  /** The base allowance. It is asked only where nothing else decides. */
  readonly base: readonly Placed[];
  /** Audit rules, most specific first: of a source, then without. */
  readonly audits: readonly Placed[];
}

export const emptyList: DecisionList = { sourced: [], plain: undefined, base: [], audits: [] };

/** The list with `added` before `inherited`. All of `added` are equally specific, and more specific than anything in `inherited`. */
export function extend(inherited: DecisionList, added: readonly Placed[]): DecisionList {
  if (added.length === 0) return inherited;
  const own = [...added].sort((a, b) => rank(a.rule) - rank(b.rule) || a.rule.id - b.rule.id);
  const deciding = own.filter((p) => p.rule.action !== "audit" && p.rule.policy >= 0);
  const plain = deciding.find((p) => p.source === 0) ?? inherited.plain;
  const base = [...own.filter((p) => p.rule.policy < 0 && p.rule.action !== "audit"), ...inherited.base];
  return {
    sourced: firstOfSource([...deciding.filter((p) => p.source !== 0), ...inherited.sourced]),
    plain,
    base: plain === undefined ? neededBase(base) : [],
    audits: neededAudits(
      own.filter((p) => p.rule.action === "audit"),
      inherited.audits,
    ),
  };
}

/** Of equally specific rules the lowest decides: Block before Allow, a Block with few conditions, an Allow with many. */
export function rank(rule: Omit<Rule, "id" | "policy">): number {
  const conditions = conditionsOf(rule);
  return rule.action === "block" ? conditions : 10 - conditions;
}

/** How many conditions a rule has. */
export const conditionsOf = ({ readOnly, ownerOnly, noTerminal, allowedArgs }: Omit<Rule, "id" | "policy">): number =>
  [readOnly, ownerOnly, noTerminal, allowedArgs !== undefined].filter(Boolean).length;

function firstOfSource(placed: readonly Placed[]): readonly Placed[] {
  const seen = new Set<number>();
  return placed.filter(({ source }) => !seen.has(source) && seen.add(source));
}

/** The entries that permit most: the first that permits all to anybody, or one for reading, and before it one for each source that may do all. */
export function neededBase(base: readonly Placed[]): readonly Placed[] {
  const plain = base.filter((p) => p.source === 0);
  const whole = plain.find((p) => !p.rule.readOnly);
  if (whole !== undefined) return [whole];
  const sourced = firstOfSource(base.filter((p) => p.source !== 0));
  const readable = plain.find((p) => p.rule.readOnly);
  return readable === undefined ? sourced : [...sourced, readable];
}

/** Leaves out rules whose policy always reports already, because of a more specific rule without conditions. */
function neededAudits(own: readonly Placed[], inherited: readonly Placed[]): readonly Placed[] {
  if (own.length === 0) return inherited;
  const ordered = [own, inherited];
  const all = [true, false].flatMap((sourced) =>
    ordered.flatMap((list) => list.filter((p) => (p.source !== 0) === sourced)),
  );
  const reported = new Set<string>();
  return all.filter(({ rule, source }) => {
    const key = `${rule.policy} ${source} ${rule.match.kind === "syscall" ? rule.match.syscall : ""}`;
    if (reported.has(key) || reported.has(`id ${rule.id}`)) return false;
    reported.add(`id ${rule.id}`);
    if (conditionsOf(rule) === 0) reported.add(key);
    return true;
  });
}

/** The list as the matcher walks it. */
export function entriesOf(list: DecisionList): AutomatonEntry[] {
  const deciding = [...list.sourced, ...(list.plain ? [list.plain] : []), ...list.base];
  return [...deciding, ...list.audits].map(entryOf);
}

export const entryOf = ({ rule, source, argumentSet }: Placed): AutomatonEntry => ({
  ruleId: rule.id,
  source,
  effect: rule.action,
  readOnly: rule.readOnly,
  ownerOnly: rule.ownerOnly,
  noTerminal: rule.noTerminal,
  ...(argumentSet !== undefined && { argumentSet }),
  quiet: rule.policy < 0 && rule.readOnly,
  ...syscallOf(rule),
});

function syscallOf({ match }: Rule): Pick<AutomatonEntry, "syscall"> {
  if (match.kind !== "syscall") return {};
  return { syscall: { number: syscallNumber(match.syscall) as number, anyPath: match.at === undefined } };
}
