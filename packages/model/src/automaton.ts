/**
 * What a rule set compiles to: a tree over path components whose states carry, for every place a name can end, the whole list of
 * rules that apply there in deciding order. Whoever matches descends along the components: when the name is used up, `exact` of
 * the state decides; when there is no edge and one component is left, `child`; if more are left, `below`. The first entry of the
 * list whose source matches decides. The policy package compiles it, and the kernel engine packs it.
 */

/** One entry of a decision list; deciding entries first, audit entries after them. */
export interface AutomatonEntry {
  readonly ruleId: number;
  /** Index of the source + 1; 0 = whatever the source. */
  readonly source: number;
  readonly effect: "block" | "allow" | "audit";
  readonly readOnly: boolean;
  readonly ownerOnly: boolean;
  readonly noTerminal: boolean;
  /** An entry of the base allowance for reading. It does not deny a write: the next entry is asked. */
  readonly quiet: boolean;
}

/** Lists and source sets by index; 0 = none. Pairs are [process, file]. */
export interface AutomatonState {
  readonly edges: ReadonlyMap<string, number>;
  readonly exact: readonly [number, number];
  readonly child: readonly [number, number];
  readonly below: readonly [number, number];
  /** Which sources a program is that has this name, the name of a direct child, or a deeper name. */
  readonly sourceExact: number;
  readonly sourceChild: number;
  readonly sourceBelow: number;
}

export interface AutomatonCategory {
  readonly hasRules: boolean;
  /** Every rule concerns writes only, so that a read can pass without a look. */
  readonly writeOnly: boolean;
  readonly allowList: boolean;
  readonly postureBlock: boolean;
}

export interface Automaton {
  /** State 0 is the root "/". A tree: every other state has one edge to it. */
  readonly states: readonly AutomatonState[];
  /** List 0 is empty: no rule. */
  readonly lists: readonly (readonly AutomatonEntry[])[];
  /** Source indexes, ascending; set 0 is empty. */
  readonly sourceSets: readonly (readonly number[])[];
  readonly sources: number;
  /** [process, file]. */
  readonly categories: readonly AutomatonCategory[];
}
