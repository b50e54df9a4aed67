/**
 * The lists of peers by their addresses. Where ranges overlap, each part of them has a list of its own, with every rule of the network category
 * that can be meant there; directions, ports and kinds of sockets are conditions of the entries.
 */
import type { Automaton, AutomatonEntry, AutomatonPeers } from "@portcullis/model";
import { type Cidr, isIn, isWhole, mapped } from "../addresses/cidr.ts";
import { bySpecificity, cidrOf, type NetworkMatch, peerSpecificity, peersOf } from "../addresses/peers.ts";
import { conditionsOf, entryOf, type Placed, rank } from "./decision-list.ts";

/** A rule of the network category, with what its place in a list depends on. */
interface Ranked {
  readonly placed: Placed;
  /** Absent: the rule is of a protocol, whatever the address. */
  readonly cidr: Cidr | undefined;
  readonly ingress: boolean;
  readonly peers: AutomatonPeers;
  readonly specificity: readonly number[];
}

const endOfAll = 1n << 128n;

type Index = (entries: AutomatonEntry[], origin: string) => number;

/** `index`: gives a list its number, and counts it; the origin is a rule's. Undefined: no rule is by address. */
export function addressLists(network: readonly Placed[], index: Index): Automaton["addresses"] {
  const ranked = network.map(rankedOf).sort(inOrder);
  const byAddress = ranked.filter(({ cidr }) => cidr !== undefined);
  if (byAddress.length === 0) return undefined;
  const listOf = (rules: readonly Ranked[]) =>
    rules.length === 0 ? 0 : index(entriesOfPeers(rules), rules[0]!.placed.rule.origin);
  return {
    ranges: rangesOf(ranked, listOf),
    unknown: [listOf(unknownOf(ranked, true)), listOf(unknownOf(ranked, false))],
    blocks: byAddress.some(({ placed }) => placed.rule.action === "block"),
  };
}

function rankedOf(placed: Placed): Ranked {
  const { action, match } = placed.rule;
  const object = match as NetworkMatch;
  const isAddress = object.kind === "address";
  return {
    placed,
    cidr: isAddress ? cidrOf(object) : undefined,
    ingress: !isAddress || object.direction === "ingress",
    peers: peersOf(object, action),
    specificity: peerSpecificity(object),
  };
}

/** Deciding rules come before Audit rules, and of each those of policies, and those with a source; then the most specific, and of equals Block before Allow. */
function inOrder(a: Ranked, b: Ranked): number {
  const [one, other] = [a.placed, b.placed];
  return (
    Number(one.rule.action === "audit") - Number(other.rule.action === "audit") ||
    Number(one.rule.policy < 0) - Number(other.rule.policy < 0) ||
    Number(other.source !== 0) - Number(one.source !== 0) ||
    bySpecificity(a.specificity, b.specificity) ||
    rank(one.rule) - rank(other.rule) ||
    one.rule.id - other.rule.id
  );
}

/** Where rules begin and cease to be meant, ascending. What is IPv4 lies within IPv6, whose rules are not meant there. */
function bordersOf(ranked: readonly Ranked[]): [border: bigint, begins: number[], ends: number[]][] {
  const begins = new Map<bigint, number[]>();
  const ends = new Map<bigint, number[]>();
  for (const [i, { cidr }] of ranked.entries()) {
    if (cidr === undefined) continue;
    begins.set(cidr.first, [...(begins.get(cidr.first) ?? []), i]);
    ends.set(cidr.last + 1n, [...(ends.get(cidr.last + 1n) ?? []), i]);
  }
  return [...new Set([0n, mapped.first, mapped.last + 1n, ...begins.keys(), ...ends.keys()])]
    .filter((border) => border < endOfAll)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((border) => [border, begins.get(border) ?? [], ends.get(border) ?? []]);
}

/** From one border to the next the same rules are meant. */
function rangesOf(ranked: readonly Ranked[], listOf: (rules: readonly Ranked[]) => number) {
  const inHand = new Set(ranked.flatMap(({ cidr }, i) => (cidr === undefined ? [i] : [])));
  const ranges: { first: bigint; list: number }[] = [];
  for (const [first, begins, ends] of bordersOf(ranked)) {
    for (const i of ends) inHand.delete(i);
    for (const i of begins) inHand.add(i);
    const meant = [...inHand].sort((a, b) => a - b).map((i) => ranked[i]!);
    const list = listOf(meant.filter(({ cidr }) => cidr === undefined || isIn(first, cidr)));
    if (list !== ranges.at(-1)?.list) ranges.push({ first, list });
  }
  return ranges;
}

/** Where the peer is still to come: what forbids or reports only some peers is not meant yet, and what allows any is. */
const unknownOf = (ranked: readonly Ranked[], ofIPv4: boolean): readonly Ranked[] =>
  ranked.filter(
    ({ cidr, ingress, placed }) =>
      ingress && (cidr === undefined || (cidr.isIPv4 === ofIPv4 && (placed.rule.action === "allow" || isWhole(cidr)))),
  );

/** Without those that never count, because one before them is meant wherever they are. Of Audit rules one of each policy reports. */
function entriesOfPeers(rules: readonly Ranked[]): AutomatonEntry[] {
  const kept: Ranked[] = [];
  for (const one of rules) if (!kept.some((before) => hides(before, one))) kept.push(one);
  return kept.map(({ placed, peers }) => ({ ...entryOf(placed), peers }));
}

function hides(before: Ranked, { placed, peers }: Ranked): boolean {
  const { rule, source } = before.placed;
  const audits = placed.rule.action === "audit";
  if (source !== placed.source || (rule.action === "audit") !== audits) return false;
  if (audits && (rule.policy !== placed.rule.policy || conditionsOf(rule) > 0)) return false;
  const wide = before.peers;
  return (
    (wide.kinds & peers.kinds) === peers.kinds &&
    peers.directions.every((direction) => wide.directions.includes(direction)) &&
    wide.first <= peers.first &&
    wide.last >= peers.last
  );
}
