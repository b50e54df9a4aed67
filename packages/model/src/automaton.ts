/**
 * What a rule set compiles to: a tree over path components (with patterns, more than a tree) whose states carry, for every place a name can end, the whole list of
 * rules that apply there in deciding order. Whoever matches descends along the components: when the name is used up, `exact` of
 * the state decides; when neither an edge, `any` nor `glob` leads on and one component is left, `child`; if more are left, `below`. The first entry of the
 * list whose source matches decides. The policy package compiles it, and the kernel engine packs it.
 */
import type { Direction, PresetName } from "./rule-set.ts";

/** One entry of a decision list; deciding entries first, audit entries after them. */
export interface AutomatonEntry {
  readonly ruleId: number;
  /** Index of the source + 1; 0 = whatever the source. */
  readonly source: number;
  readonly effect: "block" | "allow" | "audit";
  readonly readOnly: boolean;
  readonly ownerOnly: boolean;
  readonly noTerminal: boolean;
  /** The index of its set of arguments + 1, which is a condition; absent: it has none. */
  readonly argumentSet?: number | undefined;
  /** An entry of the base allowance for reading. It does not deny a write: the next entry is asked. */
  readonly quiet: boolean;
  /** Of a rule of system calls: the number of the one that is meant, and whether it is meant whatever its path. */
  readonly syscall?: { readonly number: number; readonly anyPath: boolean } | undefined;
  /** In the lists of addresses: for which operations it is meant. */
  readonly peers?: AutomatonPeers | undefined;
}

/** Of an entry in a list of addresses: bits of the kinds of sockets that are meant (one is enough), directions, and ports. */
export interface AutomatonPeers {
  readonly kinds: number;
  readonly directions: readonly Direction[];
  readonly first: number;
  readonly last: number;
}

/** Peers by address. Every list has all rules of the network category that can be meant there, the most specific first. */
export interface AutomatonAddresses {
  /** Ascending, from 0 on: where a range begins, which ends where the next one begins. Addresses are of IPv6, those of IPv4 as it maps them. */
  readonly ranges: readonly { readonly first: bigint; readonly list: number }[];
  /** Where the peer is not known yet: of IPv4, and of IPv6. */
  readonly unknown: readonly [number, number];
  /** Some rule by address blocks, so that what has no address that can be known is denied. */
  readonly blocks: boolean;
}

/** Lists and source sets by index; 0 = none. Pairs are [process, file], the categories of names. */
export interface AutomatonState {
  /** By component. Of a multi-call program also by applet: eight NULs and its name; the NULs alone are any of them. */
  readonly edges: ReadonlyMap<string, number>;
  readonly exact: readonly [number, number];
  readonly child: readonly [number, number];
  readonly below: readonly [number, number];
  /** Which sources a program is that has this name, the name of a direct child, or a deeper name. */
  readonly sourceExact: number;
  readonly sourceChild: number;
  readonly sourceBelow: number;
  /** The lists of system calls with a path: exact, child, below. Absent: all are empty. */
  readonly syscalls?: readonly [number, number, number] | undefined;
  /** The state of every component that has no edge. */
  readonly any?: number | undefined;
  /** Instead of `any`: the row where such a component begins, and the state that each class leads to; no other goes on. */
  readonly glob?: { readonly row: number; readonly classes: ReadonlyMap<number, number> } | undefined;
  /** It belongs to patterns alone, and not to the tree of names. */
  readonly isOfPattern?: boolean | undefined;
  /** Ids of Block rules with a pattern for which a directory of this name is on the way; 0 = none. */
  readonly guard?: readonly [number, number] | undefined;
}

/** A deterministic automaton over the bytes of a component. */
export interface AutomatonGlobs {
  /** Of each of the 256 bytes its column, from 1 on; 0: no component has it. */
  readonly columns: Uint8Array;
  /** Of each row: the class of a component that ends there (0: it leads nowhere), then for each column from 1 on the next row. Row 0 leads nowhere. */
  readonly rows: readonly (readonly number[])[];
}

export interface AutomatonCategory {
  readonly hasRules: boolean;
  /** Every rule concerns writes only, so that a read can pass without a look. */
  readonly writeOnly: boolean;
  readonly allowList: boolean;
  readonly postureBlock: boolean;
  /** Some rule has a pattern, so that the last component of a name does not tell whether it can match. */
  readonly patterns?: boolean | undefined;
}

export interface Automaton {
  /** State 0 is the root "/". Those of names are a tree: each has one edge to it. Those of patterns, after them, may be reached by many. */
  readonly states: readonly AutomatonState[];
  /** Absent: there are no patterns. */
  readonly globs?: AutomatonGlobs | undefined;
  /** The lists of objects that have no name, by their number: a socket's kind, a capability. Absent: no rule is of such an object. */
  readonly numbered?:
    | { readonly network: ReadonlyMap<number, number>; readonly capabilities: ReadonlyMap<number, number> }
    | undefined;
  /** Absent: no rule is by address. */
  readonly addresses?: AutomatonAddresses | undefined;
  /** Sets of arguments that entries name. Absent: none. */
  readonly argumentSets?: readonly (readonly string[])[] | undefined;
  /** The lists of queries for names of DNS, by the domain that rules name: each has the rules of the domains above as well. Absent: no rule is of such. */
  readonly domains?: ReadonlyMap<string, number> | undefined;
  /** The list of programs that have no name. Absent: no rule is of such. */
  readonly nameless?: number | undefined;
  /** Some rule is on an applet of a multi-call program, whose state is below that of the program. */
  readonly hasApplets?: boolean | undefined;
  /** The list of each preset. Absent: no rule is of one. */
  readonly presets?: ReadonlyMap<PresetName, number> | undefined;
  /**
   * System calls by their numbers: the lists of those that rules name without a path, and those that some rule names with one. For these the
   * lists of states have all rules. Absent: no rule is of a system call.
   */
  readonly syscalls?:
    | { readonly lists: ReadonlyMap<number, number>; readonly withPaths: ReadonlySet<number> }
    | undefined;
  /** List 0 is empty: no rule. */
  readonly lists: readonly (readonly AutomatonEntry[])[];
  /** Source indexes, ascending; set 0 is empty. */
  readonly sourceSets: readonly (readonly number[])[];
  readonly sources: number;
  /** [process, file, network, capabilities, dns]. */
  readonly categories: readonly AutomatonCategory[];
}
