/**
 * A tiny compiler for tests of the engine: simple rules to an automaton, without the policy package, which must not be
 * imported from here. Specificity is longest name first, a source before none, Block before Allow.
 */

import type { Automaton, AutomatonEntry } from "@portcullis/model";

export interface SimpleRule {
  /** "/a/b" exactly, "/a/b/" children and itself, "/a/b/**" everything below and itself. */
  path: string;
  id?: number;
  category?: "process" | "file";
  effect?: "block" | "allow" | "audit";
  source?: string;
  readOnly?: boolean;
  ownerOnly?: boolean;
  noTerminal?: boolean;
  quiet?: boolean;
}

export interface SimplePosture {
  allowList?: boolean;
  block?: boolean;
}

interface Node {
  edges: Map<string, number>;
  exact: [AutomatonEntry[], AutomatonEntry[]];
  child: [AutomatonEntry[], AutomatonEntry[]];
  below: [AutomatonEntry[], AutomatonEntry[]];
  sourceExact: number[];
  sourceChild: number[];
  sourceBelow: number[];
}

interface Parsed {
  components: string[];
  kind: "exact" | "directory" | "recursive";
}

export function parse(path: string): Parsed {
  const kind = path.endsWith("/**") ? "recursive" : path.endsWith("/") ? "directory" : "exact";
  return {
    kind,
    components: path
      .replace(/\*\*$/, "")
      .split("/")
      .filter((c) => c !== ""),
  };
}

/** Most specific first: source, exact, longer directory, Block. Audit entries last. */
export function rank(rule: SimpleRule): number {
  const { kind, components } = parse(rule.path);
  const audit = rule.effect === "audit" ? 0 : 1e9;
  const quiet = rule.quiet ? 0 : 1e8;
  const block = (rule.effect ?? "block") === "block" ? 1 : 0;
  return audit + quiet + (rule.source ? 1e7 : 0) + (kind === "exact" ? 1e6 : 0) + components.length * 10 + block;
}

export function automatonOf(
  given: readonly SimpleRule[],
  posture: { process?: SimplePosture; file?: SimplePosture } = {},
): Automaton {
  const nodes: Node[] = [];
  const node = (): number =>
    nodes.push({
      edges: new Map(),
      exact: [[], []],
      child: [[], []],
      below: [[], []],
      sourceExact: [],
      sourceChild: [],
      sourceBelow: [],
    }) - 1;
  node();
  const parents: number[] = [-1];
  const reach = (components: readonly string[]): number => {
    let at = 0;
    for (const name of components) {
      let next = nodes[at]!.edges.get(name);
      if (next === undefined) {
        next = node();
        parents[next] = at;
        nodes[at]!.edges.set(name, next);
      }
      at = next;
    }
    return at;
  };
  const ranked = given
    .map((rule, index) => ({ rule, id: rule.id ?? index + 1, at: reach(parse(rule.path).components) }))
    .sort((a, b) => rank(b.rule) - rank(a.rule));
  const sources = [...new Set(given.flatMap((rule) => (rule.source ? [rule.source] : [])))];
  const sourcesAt = sources.map((source) => reach(parse(source).components));
  const spread = (
    at: number,
    kind: Parsed["kind"],
    put: (node: number, field: "exact" | "child" | "below") => void,
  ) => {
    put(at, "exact");
    if (kind === "exact") return;
    put(at, "child");
    if (kind === "recursive") put(at, "below");
    const down = (parent: number, level: number): void => {
      if (level > 1 && kind === "directory") return;
      for (const next of nodes[parent]!.edges.values()) {
        put(next, "exact");
        if (kind === "recursive") {
          put(next, "child");
          put(next, "below");
        }
        down(next, level + 1);
      }
    };
    down(at, 1);
  };
  for (const { rule, id, at } of ranked) {
    const category = rule.category === "process" ? 0 : 1;
    const entry: AutomatonEntry = {
      ruleId: id,
      source: rule.source ? sources.indexOf(rule.source) + 1 : 0,
      effect: rule.effect ?? "block",
      readOnly: rule.readOnly ?? false,
      ownerOnly: rule.ownerOnly ?? false,
      noTerminal: rule.noTerminal ?? false,
      quiet: rule.quiet ?? false,
    };
    spread(at, parse(rule.path).kind, (n, field) => nodes[n]![field][category].push(entry));
  }
  for (const [index, source] of sources.entries())
    spread(sourcesAt[index]!, parse(source).kind, (n, field) => {
      const name = field === "exact" ? "sourceExact" : field === "child" ? "sourceChild" : "sourceBelow";
      nodes[n]![name].push(index);
    });

  const lists: AutomatonEntry[][] = [[]];
  const listOf = (entries: AutomatonEntry[]): number => (entries.length === 0 ? 0 : lists.push(entries) - 1);
  const sets: number[][] = [[]];
  const setOf = (set: number[]): number => (set.length === 0 ? 0 : sets.push(set) - 1);
  const both = (pair: [AutomatonEntry[], AutomatonEntry[]]): [number, number] => [listOf(pair[0]), listOf(pair[1])];
  return {
    states: nodes.map((n) => ({
      edges: n.edges,
      exact: both(n.exact),
      child: both(n.child),
      below: both(n.below),
      sourceExact: setOf(n.sourceExact),
      sourceChild: setOf(n.sourceChild),
      sourceBelow: setOf(n.sourceBelow),
    })),
    lists,
    sourceSets: sets,
    sources: sources.length,
    categories: (["process", "file"] as const).map((name) => ({
      hasRules: given.some((rule) => (rule.category ?? "file") === name),
      writeOnly: false,
      allowList: posture[name]?.allowList ?? false,
      postureBlock: posture[name]?.block ?? false,
    })),
  };
}
