/**
 * The tree of path components into which every rule and source is put, at each place where one of its names lies: as written, and as the
 * node resolved it. Patterns name no place; they are kept beside it. Long because every kind of object has its place here.
 */
import type { Match, NamedMatch, PresetName, Rule } from "@portcullis/model";
import { baseDeviceDirectory, baseDevices } from "../../data/base-devices.ts";
import { cidrIn } from "../addresses/cidr.ts";
import type { NetworkMatch } from "../addresses/peers.ts";
import { anyApplet, appletComponent, appletOf } from "../applets.ts";
import { domainFault } from "../domains.ts";
import { AutomatonBudgetError } from "../errors.ts";
import { syscallNumber } from "../numbers/syscalls.ts";
import { components, pathFault, visible } from "../paths.ts";
import { execnameFault, execnameLiteral, execnameParts } from "../patterns/execname.ts";
import { namedObject, nameOf } from "../patterns/names.ts";
import { literalName, type Part, parsePattern, withLiteralName } from "../patterns/parse.ts";
import { ArgumentSets } from "./argument-sets.ts";
import type { Aliases, CompileOptions } from "./automaton.ts";
import type { Placed } from "./decision-list.ts";
import type { Budget } from "./tables.ts";

/** Of the rules at a place: those of process, of file, and of system calls with a path. */
type PlacedLists = [process: Placed[], file: Placed[], syscalls: Placed[]];
export type ListIndex = 0 | 1 | 2;

/** A place in the tree while it is built. */
export interface Node {
  readonly index: number;
  readonly edges: Map<string, number>;
  /** Rules of this very name. */
  readonly exact: PlacedLists;
  /** Rules of the directory of this name and its direct children. */
  readonly direct: PlacedLists;
  /** Rules of the directory of this name and everything below. */
  readonly recursive: PlacedLists;
  readonly sourceExact: number[];
  readonly sourceDirect: number[];
  readonly sourceRecursive: number[];
  /** It is a base device, or all that is directly below it is one. */
  holdsNothing?: "itself" | "children";
}

/** A pattern, as written or with another spelling of its literal beginning, and the rules that have it. */
export interface PlacedPattern {
  /** As it is written; of an execname what textOfPattern() says. */
  readonly text: string;
  readonly parts: readonly Part[];
  /** How specific it is: the bytes of its literal prefix as written. */
  readonly literal: number;
  readonly rules: PlacedLists;
}

/** Appends a rule to those of its object. */
function put<Key>(all: Map<Key, Placed[]>, key: Key, placed: Placed): void {
  all.set(key, [...(all.get(key) ?? []), placed]);
}

export class Tree {
  readonly nodes: Node[] = [newNode(0)];
  readonly patterns = new Map<string, PlacedPattern>();
  /** Rules whose objects have no place in the tree; their sources have. */
  readonly numbered = { network: [] as Placed[], capabilities: [] as Placed[] };
  /** Rules of queries, by the domain that they name. */
  readonly domains = new Map<string, Placed[]>();
  /** Rules of programs without a name. */
  readonly nameless: Placed[] = [];
  readonly presets = new Map<PresetName, Placed[]>();
  /** Of system calls: rules without a path, and the numbers of those that have one. */
  readonly syscalls = { anywhere: [] as Placed[], withPaths: new Set<number>() };
  readonly argumentSets = new ArgumentSets();
  /** Some rule is on an applet. */
  hasApplets = false;
  readonly #sources = new Map<string, number>();
  readonly #aliases: Aliases;
  readonly #fixedAliases: Aliases;
  readonly #budget: Budget;

  constructor({ aliases = new Map(), fixedAliases = aliases }: CompileOptions, budget: Budget) {
    this.#aliases = aliases;
    this.#fixedAliases = fixedAliases;
    this.#budget = budget;
  }

  get sources(): number {
    return this.#sources.size;
  }

  /** Puts the rule into the tree. Returns the reason if that cannot be done. */
  add(rule: Rule): string | undefined {
    const { match, source } = rule;
    const fault = faultOf(match) ?? (source && faultOf(source));
    if (fault !== undefined) return fault;
    if (source?.kind === "pattern") return "fromSource has a pattern: name the program by path or dir";
    const placed = this.#placed(rule, source);
    if (typeof placed === "string") return placed;
    if (isOfNetwork(match)) this.numbered.network.push(placed);
    else if (match.kind === "capability") this.numbered.capabilities.push(placed);
    else if (match.kind === "domain") put(this.domains, match.domain, placed);
    else if (match.kind === "fileless") this.nameless.push(placed);
    else if (match.kind === "preset") put(this.presets, match.preset, placed);
    else if (match.kind === "syscall") this.#addSyscall(match, placed);
    else if (match.kind === "execname") this.#addExecname(match.name, placed);
    else this.#addObject(match, placed, rule.category === "process" ? 0 : 1);
    return undefined;
  }

  /** The rule with its source and its arguments. A text: they cannot be put into the automaton. */
  #placed(rule: Rule, source: Exclude<NamedMatch, { kind: "pattern" }> | undefined): Placed | string {
    const argumentSet = rule.allowedArgs && this.argumentSets.number(rule.allowedArgs);
    if (typeof argumentSet === "string") return argumentSet;
    return {
      rule,
      source: source ? this.#source(source, this.#names(source, rule), rule) : 0,
      ...(argumentSet !== undefined && { argumentSet }),
    };
  }

  #addSyscall({ syscall, at }: Extract<Match, { kind: "syscall" }>, placed: Placed): void {
    if (at === undefined) {
      this.syscalls.anywhere.push(placed);
      return;
    }
    this.syscalls.withPaths.add(syscallNumber(syscall) as number);
    this.#addObject(at, placed, 2);
  }

  /** To be called when all rules are there: where a system call has rules with a path, those without one hold at every place. */
  placeSyscalls(): void {
    const { anywhere, withPaths } = this.syscalls;
    const root = this.nodes[0] as Node;
    for (const placed of anywhere) if (withPaths.has(numberOf(placed))) root.recursive[2].push(placed);
  }

  #addObject(match: NamedMatch, placed: Placed, category: ListIndex): void {
    const { rule } = placed;
    if (match.kind === "pattern") {
      this.#addPattern(match.pattern, placed, category);
      return;
    }
    for (const name of this.#names(match, rule)) {
      const node = this.#node(name, rule.origin);
      const place = match.kind === "path" ? node.exact : match.recursive ? node.recursive : node.direct;
      place[category].push(placed);
    }
    if (category === 0 && match.kind === "path") this.#addApplets(match.path, placed);
  }

  /** The rule where its name is an applet. What blocks one holds for what may become any. */
  #addApplets(written: string, placed: Placed): void {
    const { rule } = placed;
    for (const { program, applet } of this.#knownOf(written, rule).flatMap((alias) => appletOf(alias) ?? [])) {
      const name = components(program);
      this.hasApplets = true;
      this.#node([...name, appletComponent(applet)], rule.origin).exact[0].push(placed);
      const any = this.#node([...name, anyApplet], rule.origin);
      if (rule.action === "block") any.exact[0].push(placed);
    }
  }

  #addExecname(name: string, placed: Placed): void {
    const key = JSON.stringify(["execname", name]);
    const known = this.patterns.get(key) ?? {
      text: textOfPattern(placed.rule.match),
      parts: execnameParts(name),
      literal: execnameLiteral,
      rules: [[], [], []],
    };
    this.patterns.set(key, known);
    known.rules[0].push(placed);
  }

  /** The pattern as written, and with its literal beginning as the node resolved it. */
  #addPattern(text: string, placed: Placed, category: ListIndex): void {
    const pattern = parsePattern(text);
    if (typeof pattern === "string") return;
    const name = literalName(pattern.parts);
    const spellings = [name, ...(name === "" ? [] : this.#aliasesOf(name, placed.rule))];
    for (const spelling of new Set(spellings)) {
      const key = JSON.stringify([text, spelling]);
      let known = this.patterns.get(key);
      if (known === undefined) {
        const parts = spelling === name ? pattern.parts : withLiteralName(pattern.parts, spelling);
        known = { text, parts, literal: pattern.literal, rules: [[], [], []] };
        this.patterns.set(key, known);
      }
      known.rules[category].push(placed);
    }
  }

  /** An alias that is no name is an applet's, or the resolver's mistake, and is left out. */
  #aliasesOf(written: string, rule: Rule): readonly string[] {
    return this.#knownOf(written, rule).filter((name) => pathFault(name, true) === undefined);
  }

  #knownOf(written: string, { action }: Rule): readonly string[] {
    return (action === "allow" ? this.#fixedAliases : this.#aliases).get(written) ?? [];
  }

  /** The name as written and its aliases, each once, as components, and as the kernel sees it in a volume. */
  #names(match: NamedMatch, rule: Rule): (readonly string[])[] {
    const written = nameOf(match);
    const names = [written, ...this.#aliasesOf(written, rule)]
      .map(components)
      .flatMap((name) => [name, visible(name, match.kind === "directory")]);
    const seen = new Set<string>();
    return names.filter((name) => !seen.has(name.join("/")) && seen.add(name.join("/")));
  }

  /** The index of the source + 1. */
  #source(source: Exclude<NamedMatch, { kind: "pattern" }>, names: readonly (readonly string[])[], rule: Rule): number {
    const written = source.kind === "path" ? [source.path] : [source.dir, source.recursive];
    // The same source means less to an Allow rule than to others where its aliases are not all fixed.
    const key = JSON.stringify([written, names]);
    const known = this.#sources.get(key);
    if (known !== undefined) return known + 1;
    const index = this.#sources.size;
    this.#sources.set(key, index);
    for (const name of names) {
      const node = this.#node(name, rule.origin);
      if (source.kind === "path") node.sourceExact.push(index);
      else (source.recursive ? node.sourceRecursive : node.sourceDirect).push(index);
    }
    return index + 1;
  }

  /** Gives the base devices places of their own, if directories or patterns would concern them. */
  placeBaseDevices(): void {
    if (!this.#reachesBaseDevices()) return;
    const origin = "the base devices";
    for (const name of baseDevices) this.#node(name, origin).holdsNothing = "itself";
    this.#node(baseDeviceDirectory, origin).holdsNothing = "children";
  }

  #reachesBaseDevices(): boolean {
    const devices = `/${baseDeviceDirectory[0]}/`;
    for (const { parts, rules } of this.patterns.values()) {
      const literal = literalName(parts);
      if (rules[1].length > 0 && (devices.startsWith(literal) || literal.startsWith(devices))) return true;
    }
    const ofPolicies = (node: Node | undefined) =>
      node !== undefined && [...node.direct[1], ...node.recursive[1]].some(({ rule }) => rule.policy >= 0);
    return [...baseDevices, baseDeviceDirectory].some((name) => this.#onTheWay(name).some(ofPolicies));
  }

  /** The places that there are from the root to this name. */
  #onTheWay(name: readonly string[]): Node[] {
    const way = [this.nodes[0] as Node];
    for (const component of name) {
      const next = way.at(-1)?.edges.get(component);
      if (next === undefined) break;
      way.push(this.nodes[next] as Node);
    }
    return way;
  }

  #node(name: readonly string[], origin: string): Node {
    let node = this.nodes[0] as Node;
    for (const component of name) {
      let next = node.edges.get(component);
      if (next === undefined) {
        next = this.nodes.length;
        if (next >= this.#budget.states)
          throw new AutomatonBudgetError("states", next + 1, this.#budget.states, origin);
        node.edges.set(component, next);
        this.nodes.push(newNode(next));
      }
      node = this.nodes[next] as Node;
    }
    return node;
  }
}

/** By what the pattern of an object is known among all of a rule set; empty: it has none. No pattern that is written begins so. */
export function textOfPattern(match: Match): string {
  if (match.kind === "execname") return `execname ${match.name}`;
  return match.kind === "pattern" ? match.pattern : "";
}

const isOfNetwork = (match: Match): match is NetworkMatch => match.kind === "protocol" || match.kind === "address";

/** The kernel matches so many components of a system call's path (PC_NAME_WINDOW of native/include/abi.h). */
const mostOfSyscall = 16;

function faultOf(match: Match): string | undefined {
  if (match.kind === "syscall" && syscallNumber(match.syscall) === undefined)
    return `system call ${JSON.stringify(match.syscall)} is not known to this release`;
  if (match.kind === "execname") {
    const fault = execnameFault(match.name);
    return fault && `execname ${JSON.stringify(match.name)} ${fault}`;
  }
  if (match.kind === "domain" || match.kind === "address") return faultOfUnnamed(match);
  const named = namedObject(match);
  if (named === undefined) return undefined;
  if (named.kind === "pattern") {
    const pattern = parsePattern(named.pattern);
    return typeof pattern === "string" ? `pattern ${JSON.stringify(named.pattern)} ${pattern}` : undefined;
  }
  const name = nameOf(named);
  const fault = pathFault(name, named.kind === "directory");
  if (fault !== undefined) return `${named.kind} ${JSON.stringify(name)} ${fault}`;
  if (match.kind !== "syscall" || components(name).length <= mostOfSyscall) return undefined;
  return `path ${JSON.stringify(name)} of a system call has more than ${mostOfSyscall} components: name a directory above it, recursive`;
}

function faultOfUnnamed(match: Extract<Match, { kind: "domain" | "address" }>): string | undefined {
  if (match.kind === "address") {
    const cidr = cidrIn(match.cidr);
    return typeof cidr === "string" ? `cidr ${JSON.stringify(match.cidr)} ${cidr}` : undefined;
  }
  const fault = domainFault(match.domain);
  return fault && `domain ${JSON.stringify(match.domain)} ${fault}`;
}

/** The number of a rule's system call, which faultOf() knows to be one. */
export const numberOf = ({ rule: { match } }: Placed): number =>
  match.kind === "syscall" ? (syscallNumber(match.syscall) as number) : 0;

const newNode = (index: number): Node => ({
  index,
  edges: new Map(),
  exact: [[], [], []],
  direct: [[], [], []],
  recursive: [[], [], []],
  sourceExact: [],
  sourceDirect: [],
  sourceRecursive: [],
});
