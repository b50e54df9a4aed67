/**
 * What a node notices of rules that it holds as they are written and that were probably meant otherwise: a name that nothing in any container has, a source that a
 * container may have put there itself. For the policies' status; it changes no verdict.
 *
 * What was said stays said until something has that name, and a name that something has had is never said again: containers that come, go and restart change nothing.
 */

import { Buffer } from "node:buffer";
import type { Match, NoticedName, PolicyNotices, PolicyRef, RuleSet } from "@portcullis/model";
import { isOfPreset } from "@portcullis/policy";

/** What was noticed of the names of a rule set in one container. */
export interface NoticedNames {
  /** Names, as written, that nothing has. */
  readonly nothing: ReadonlySet<string>;
  /** Sources, as written, that the container can have written → why, in words that go on after the name. */
  readonly unprotected: ReadonlyMap<string, string>;
}

/** All that is known of the containers with one rule set. */
interface Looked {
  /** What none of them has. */
  nothing: ReadonlySet<string>;
  readonly unprotected: Map<string, string>;
  /** Their ids. */
  readonly containers: Set<string>;
  /** When the last of them was first looked into, by our monotonic clock. */
  newest: number;
}

/** A name in a rule. */
interface Named {
  readonly key: string;
  readonly policy: PolicyRef;
  readonly origin: string;
  readonly name: string;
  readonly isSource: boolean;
}

/** What is known of the names of one policy, in whatever rule sets. */
interface OfPolicy {
  readonly policy: PolicyRef;
  readonly named: Map<string, Named>;
  readonly unprotected: Map<string, NoticedName>;
  /** Every container of its rule sets that runs was looked into, and no new one for a while. */
  settled: boolean;
}

/** So long nothing new may have come before a name is said to be nothing's: init containers end, and others begin. */
const quietMs = 5_000;
/** Passes are many, and what is noticed does not hurry. */
const everyMs = 3_000;
/** More ids than this are forgotten at once; who comes again counts as new. */
const mostContainers = 1_024;

/** The sources of a rule set, as written; directories end in "/". */
export const sourcesOf = ({ rules }: RuleSet): ReadonlySet<string> =>
  new Set(rules.flatMap(({ source }) => writtenName(source)));

/** A pattern has none: it may mean any. */
function writtenName(named: Match | undefined): string[] {
  if (named?.kind === "path") return [named.path];
  return named?.kind === "directory" ? [named.dir] : [];
}

export class NoticeBoard {
  readonly #now: () => number;
  /** By the digests of rule sets. */
  readonly #looked = new Map<string, Looked>();
  /** Policy → its names that something has had, and those that were said to be nothing's. */
  readonly #had = new Map<string, Set<string>>();
  readonly #said = new Map<string, Set<string>>();
  #notices: readonly PolicyNotices[] = [];
  #madeAt = Number.NEGATIVE_INFINITY;

  /** `now`: milliseconds of a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A container with this rule set was looked into. */
  learn(containerId: string, digest: string, { nothing, unprotected }: NoticedNames): void {
    const looked = this.#looked.get(digest) ?? { nothing, unprotected: new Map(), containers: new Set(), newest: 0 };
    this.#looked.set(digest, looked);
    if (looked.nothing.size > 0) looked.nothing = new Set([...looked.nothing].filter((name) => nothing.has(name)));
    for (const [name, why] of unprotected) {
      const known = looked.unprotected.get(name);
      // The same words, whichever container comes first.
      if (known === undefined || why < known) looked.unprotected.set(name, why);
    }
    if (looked.containers.has(containerId)) return;
    if (looked.containers.size >= mostContainers) looked.containers.clear();
    looked.containers.add(containerId);
    looked.newest = this.#now();
  }

  /**
   * What there is to say of the policies of these rule sets, by digest; the same object while it is the same. `late`: digests of those that some container has
   * to get still.
   */
  of(ruleSets: ReadonlyMap<string, RuleSet>, late: ReadonlySet<string>): readonly PolicyNotices[] {
    const now = this.#now();
    if (now - this.#madeAt < everyMs) return this.#notices;
    this.#madeAt = now;
    for (const digest of this.#looked.keys()) if (!ruleSets.has(digest)) this.#looked.delete(digest);
    const policies = this.#gathered(ruleSets, late, now);
    for (const key of [...this.#had.keys(), ...this.#said.keys()])
      if (!policies.has(key)) {
        this.#had.delete(key);
        this.#said.delete(key);
      }
    const notices = [...policies]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, one]) => this.#noticesOf(key, one));
    if (JSON.stringify(notices) !== JSON.stringify(this.#notices)) this.#notices = notices;
    return this.#notices;
  }

  #gathered(ruleSets: ReadonlyMap<string, RuleSet>, late: ReadonlySet<string>, now: number): Map<string, OfPolicy> {
    const policies = new Map<string, OfPolicy>();
    for (const [digest, ruleSet] of ruleSets) {
      const looked = this.#looked.get(digest);
      const isSettled = looked !== undefined && !late.has(digest) && now - looked.newest >= quietMs;
      for (const named of namedIn(ruleSet)) {
        const of = policies.get(named.key) ?? newPolicy(named.policy);
        policies.set(named.key, of);
        of.settled &&= isSettled;
        of.named.set(`${named.origin} ${named.name}`, named);
        if (looked) this.#learned(of, named, looked);
      }
    }
    return policies;
  }

  #learned({ unprotected }: OfPolicy, { key, origin, name, isSource }: Named, looked: Looked): void {
    if (!looked.nothing.has(name)) setOf(this.#had, key).add(name);
    const why = isSource ? looked.unprotected.get(name) : undefined;
    if (why === undefined) return;
    const known = unprotected.get(`${origin} ${name}`);
    if (known === undefined || why < known.why) unprotected.set(`${origin} ${name}`, { origin, name, why });
  }

  #noticesOf(key: string, { policy, named, unprotected, settled }: OfPolicy): PolicyNotices[] {
    const [had, said] = [setOf(this.#had, key), setOf(this.#said, key)];
    const names = new Set([...named.values()].map(({ name }) => name));
    for (const name of had) if (!names.has(name)) had.delete(name);
    for (const name of said) if (!names.has(name) || had.has(name)) said.delete(name);
    if (settled) for (const name of names) if (!had.has(name)) said.add(name);
    const namesNothing = [...named.values()]
      .filter(({ name }) => said.has(name))
      .map(({ origin, name }) => ({ origin, name, why: "" }));
    if (namesNothing.length + unprotected.size === 0) return [];
    return [{ policy, namesNothing, unprotectedSources: [...unprotected.values()] }];
  }
}

const newPolicy = (policy: PolicyRef): OfPolicy => ({
  ...{ policy, named: new Map(), unprotected: new Map() },
  settled: true,
});

function setOf(sets: Map<string, Set<string>>, key: string): Set<string> {
  const known = sets.get(key);
  if (known !== undefined) return known;
  const made = new Set<string>();
  sets.set(key, made);
  return made;
}

const namedOf = new WeakMap<RuleSet, readonly Named[]>();

/** The names that the policies of a rule set have written themselves. */
function namedIn(ruleSet: RuleSet): readonly Named[] {
  const known = namedOf.get(ruleSet);
  if (known !== undefined) return known;
  const keys = ruleSet.policies.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`);
  const made = ruleSet.rules.flatMap((rule): Named[] => {
    const [policy, key] = [ruleSet.policies[rule.policy], keys[rule.policy]];
    if (policy === undefined || key === undefined || isOfPreset(rule)) return [];
    const { match, source, origin } = rule;
    const object = writtenName(match.kind === "syscall" ? match.at : match);
    return [
      ...object.map((name) => ({ key, policy, origin, name, isSource: false })),
      ...writtenName(source).map((name) => ({ key, policy, origin, name, isSource: true })),
    ];
  });
  namedOf.set(ruleSet, made);
  return made;
}

/** So much of it as `most` bytes hold, policies taking turns; a name that is too long for that is left out. */
export function fittingNotices(
  all: readonly PolicyNotices[],
  most: number,
): { notices: PolicyNotices[]; cut: boolean } {
  const lists = all.map(({ policy, namesNothing, unprotectedSources }) => ({
    ...{ policy, names: [...unprotectedSources, ...namesNothing] },
    kept: new Set<NoticedName>(),
  }));
  const longest = Math.max(0, ...lists.map(({ names }) => names.length));
  let [left, cut] = [most, false];
  for (let turn = 0; turn < longest; turn++)
    for (const { policy, names, kept } of lists) {
      const noticed = names[turn];
      if (noticed === undefined) continue;
      const size = sizeOf(noticed) + (kept.size === 0 ? sizeOf(policy) : 0);
      if (size > left) cut = true;
      else kept.add(noticed);
      if (size <= left) left -= size;
    }
  const notices = all.map(({ policy, namesNothing, unprotectedSources }, i): PolicyNotices => {
    const isKept = (one: NoticedName) => lists[i]?.kept.has(one) === true;
    return { policy, namesNothing: namesNothing.filter(isKept), unprotectedSources: unprotectedSources.filter(isKept) };
  });
  return { notices: notices.filter((one) => one.namesNothing.length + one.unprotectedSources.length > 0), cut };
}

/** The bytes of the texts, and some for each that says how long it is. */
const sizeOf = (texts: NoticedName | PolicyRef): number =>
  Object.values(texts).reduce((sum: number, text: string) => sum + Buffer.byteLength(text) + 3, 3);
