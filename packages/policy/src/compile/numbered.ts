/** The lists of objects that have no name: for each kind of socket, each capability and each domain, every rule that means it. */
import type { Automaton, Rule } from "@portcullis/model";
import { kindsOf } from "../addresses/peers.ts";
import { domainsAbove } from "../domains.ts";
import { kinds, meansKind } from "../numbers/sockets.ts";
import { type DecisionList, emptyList, extend, neededBase, type Placed } from "./decision-list.ts";
import { numberOf } from "./tree.ts";

/** Rules by the category that their objects are of. */
export interface NumberedRules {
  readonly network: readonly Placed[];
  readonly capabilities: readonly Placed[];
}

/** `index`: gives a list its number. */
export function numberedLists(
  { network, capabilities }: NumberedRules,
  index: (list: DecisionList) => number,
): Automaton["numbered"] {
  if (network.length === 0 && capabilities.length === 0) return undefined;
  const used = capabilities.flatMap(({ rule: { match } }) => (match.kind === "capability" ? [match.capability] : []));
  return {
    network: listsOf(kinds, (kind) => index(listOfKind(network, kind))),
    capabilities: listsOf([...new Set(used)], (number) =>
      index(
        extend(
          emptyList,
          capabilities.filter(({ rule }) => isOf(rule, number)),
        ),
      ),
    ),
  };
}

/** The lists of domains: that of each has the rules of all domains above it as well, the nearest first. */
export function domainLists(
  domains: ReadonlyMap<string, readonly Placed[]>,
  index: (list: DecisionList) => number,
): Automaton["domains"] {
  if (domains.size === 0) return undefined;
  const listOf = (domain: string) =>
    domainsAbove(domain).reduceRight((list, above) => extend(list, domains.get(above) ?? []), emptyList);
  return new Map([...domains.keys()].map((domain) => [domain, index(listOf(domain))]));
}

/** The lists of system calls that rules name without a path. */
export function syscallLists(
  { anywhere, withPaths }: { readonly anywhere: readonly Placed[]; readonly withPaths: ReadonlySet<number> },
  index: (list: DecisionList) => number,
): Automaton["syscalls"] {
  if (anywhere.length === 0 && withPaths.size === 0) return undefined;
  const listOf = (number: number) =>
    index(
      extend(
        emptyList,
        anywhere.filter((placed) => numberOf(placed) === number),
      ),
    );
  return { lists: listsOf([...new Set(anywhere.map(numberOf))], listOf), withPaths };
}

/**
 * A rule that names the protocol or the type is more specific than one for all. Where neither decides, what an Allow rule by address needs may be
 * made: whom it speaks with is judged when that is known.
 */
function listOfKind(network: readonly Placed[], kind: number): DecisionList {
  const meant = network.filter(({ rule: { match } }) => match.kind === "protocol" && meansKind(match.protocol, kind));
  const all = meant.filter(({ rule }) => isOfAll(rule));
  const list = extend(
    extend(emptyList, all),
    meant.filter(({ rule }) => !isOfAll(rule)),
  );
  const needed = network.filter(({ rule }) => isNeeded(rule, kind)).sort((a, b) => a.rule.id - b.rule.id);
  return list.plain !== undefined || needed.length === 0
    ? list
    : { ...list, base: neededBase([...list.base, ...needed]) };
}

const isNeeded = ({ match, action }: Rule, kind: number): boolean =>
  match.kind === "address" && action === "allow" && (kindsOf(match, action) & kind) !== 0;

const isOfAll = ({ match }: Rule): boolean => match.kind === "protocol" && match.protocol === "all";
const isOf = ({ match }: Rule, number: number): boolean => match.kind === "capability" && match.capability === number;

function listsOf(numbers: readonly number[], listOf: (number: number) => number): Map<number, number> {
  return new Map(numbers.map((number) => [number, listOf(number)] as const).filter(([, list]) => list !== 0));
}
