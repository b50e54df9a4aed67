/**
 * What a node notices of rules that it holds as they are written and that were probably meant otherwise: a name that nothing in any container has, a source that a
 * container may have put there itself. For the policies' status; it changes no verdict.
 *
 * While the node has rules of a policy, what was said of it stays said until something has that name, and a name that something has had is not said again: containers
 * that restart change nothing. A new process knows nothing of before, and says so (`pending`) of each policy until it has looked.
 */

import type { NoticedName, PolicyNotices, PolicyRef, RuleSet } from "@portcullis/model";
import { isOfPreset, literalNames } from "@portcullis/policy";

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
  /** By their ids, what of each could have been written. */
  readonly unprotected: Map<string, ReadonlyMap<string, string>>;
  /** When the last of them was first looked into, by our monotonic clock. */
  newest: number;
}

/** What a pass knows of the node's containers. */
interface Bound {
  /** Those of the bundle, by digest. */
  readonly ruleSets: ReadonlyMap<string, RuleSet>;
  /** Digests of those that some container has or is to have. */
  readonly running: ReadonlySet<string>;
  /** Of these, those of which some container waits. */
  readonly late: ReadonlySet<string>;
  /** Ids of the containers there are. */
  readonly present: ReadonlySet<string>;
}

/** A name in a rule. */
interface Named {
  /** Of the policy. */
  readonly key: string;
  /** In the policy. */
  readonly place: string;
  readonly policy: PolicyRef;
  readonly origin: string;
  readonly name: string;
  readonly isSource: boolean;
}

/** What is known of the names of one policy, in whatever rule sets. */
interface OfPolicy {
  readonly policy: PolicyRef;
  readonly named: Map<string, Named>;
  /** By place → why. */
  readonly unprotected: Map<string, string>;
  /** Every container of its rule sets that runs was looked into, and no new one for a while. */
  settled: boolean;
  /** One was, at some time. */
  looked: boolean;
}

/** So long nothing new may have come before a name is said to be nothing's: init containers end, and others begin. */
const quietMs = 5_000;
/** Passes are many, and what is noticed does not hurry. */
const everyMs = 3_000;
/** The sources of a rule set, as written; directories end in "/". */
export const sourcesOf = ({ rules }: RuleSet): ReadonlySet<string> =>
  new Set(rules.flatMap((rule) => literalNames(rule).flatMap(({ name, isSource }) => (isSource ? [name] : []))));

export class NoticeBoard {
  readonly #now: () => number;
  /** By the digests of rule sets. */
  readonly #looked = new Map<string, Looked>();
  /** Policy → its names that something has had, and those that were said to be nothing's. */
  readonly #had = new Map<string, Set<string>>();
  readonly #said = new Map<string, Set<string>>();
  /** Undefined: nobody has looked yet. */
  #noticed: readonly PolicyNotices[] | undefined;
  #madeAt = Number.NEGATIVE_INFINITY;
  /** What it was made of; undefined: something else was learned since. */
  #madeOf: string | undefined;
  #ruleSets: ReadonlyMap<string, RuleSet> | undefined;

  /** `now`: milliseconds of a monotonic clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A container with this rule set was looked into. */
  learn(containerId: string, digest: string, { nothing, unprotected }: NoticedNames): void {
    const looked = this.#looked.get(digest) ?? { nothing, unprotected: new Map(), newest: 0 };
    this.#looked.set(digest, looked);
    const left = [...looked.nothing].filter((name) => nothing.has(name));
    const before = looked.unprotected.get(containerId);
    if (left.length === looked.nothing.size && before !== undefined && sameEntries(before, unprotected)) return;
    looked.nothing = new Set(left);
    looked.unprotected.set(containerId, unprotected);
    if (before === undefined) looked.newest = this.#now();
    this.#madeOf = undefined;
  }

  /** What there is to say of the policies that the node has rules of; the same object while it is the same. Undefined: nothing is known yet. */
  of(bound: Bound): readonly PolicyNotices[] | undefined {
    const now = this.#now();
    if (now - this.#madeAt < everyMs) return this.#noticed;
    const { ruleSets, running, late, present } = bound;
    const madeOf = [[...running].sort(), [...late].sort(), present.size].join();
    const isPending = this.#noticed?.some(({ pending }) => pending) ?? true;
    const isNews = isPending || this.#madeOf !== madeOf || this.#ruleSets !== ruleSets;
    if (!isNews) return this.#noticed;
    this.#madeAt = now;
    this.#madeOf = madeOf;
    this.#ruleSets = ruleSets;
    this.#forget(bound);
    const policies = this.#gathered(bound, now);
    const of = (map: Map<string, Set<string>>) => {
      for (const key of map.keys()) if (!policies.has(key)) map.delete(key);
    };
    of(this.#had);
    of(this.#said);
    const notices = [...policies]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([key, one]) => this.#noticesOf(key, one));
    if (JSON.stringify(notices) !== JSON.stringify(this.#noticed)) this.#noticed = notices;
    return this.#noticed;
  }

  /** Forgets rule sets that are no more, and containers that have ended while others of the same rules go on. */
  #forget({ ruleSets, present }: Bound): void {
    for (const [digest, { unprotected }] of this.#looked) {
      if (!ruleSets.has(digest)) this.#looked.delete(digest);
      const ended = [...unprotected.keys()].filter((id) => !present.has(id));
      if (ended.length < unprotected.size) for (const id of ended) unprotected.delete(id);
    }
  }

  #gathered({ ruleSets, running, late }: Bound, now: number): Map<string, OfPolicy> {
    const policies = new Map<string, OfPolicy>();
    for (const [digest, ruleSet] of ruleSets) {
      const looked = this.#looked.get(digest);
      const isIdle = !running.has(digest) && !late.has(digest);
      const isQuiet = looked !== undefined && !late.has(digest) && now - looked.newest >= quietMs;
      const unprotected = looked && smallest(looked.unprotected.values());
      for (const named of namedIn(ruleSet)) {
        const of = policies.get(named.key) ?? newPolicy(named.policy);
        policies.set(named.key, of);
        of.settled &&= isIdle || isQuiet;
        of.named.set(named.place, named);
        if (looked) this.#learned(of, named, looked);
        if (named.isSource) keepSmaller(of.unprotected, named.place, unprotected?.get(named.name));
      }
    }
    return policies;
  }

  #learned(of: OfPolicy, { key, name }: Named, { nothing }: Looked): void {
    of.looked = true;
    if (!nothing.has(name)) setOf(this.#had, key).add(name);
  }

  #noticesOf(key: string, of: OfPolicy): PolicyNotices[] {
    const { policy, named, unprotected, settled } = of;
    const said = this.#saidOf(key, of);
    const all = [...named.values()];
    const namesNothing = all.filter(({ name }) => said.has(name)).map((one) => noticedName(one, ""));
    const unprotectedSources = all.flatMap((one) => {
      const why = unprotected.get(one.place);
      return why === undefined ? [] : [noticedName(one, why)];
    });
    if (namesNothing.length + unprotectedSources.length === 0 && settled) return [];
    return [{ policy, namesNothing, unprotectedSources, ...(settled ? {} : { pending: true }) }];
  }

  /** The names of which it is said that nothing has them. */
  #saidOf(key: string, { named, settled, looked }: OfPolicy): ReadonlySet<string> {
    const [had, said] = [setOf(this.#had, key), setOf(this.#said, key)];
    const names = new Set([...named.values()].map(({ name }) => name));
    for (const name of had) if (!names.has(name)) had.delete(name);
    for (const name of settled && looked ? names : []) said.add(name);
    for (const name of said) if (!names.has(name) || had.has(name)) said.delete(name);
    return said;
  }
}

const sameEntries = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([name, why]) => b.get(name) === why);

const noticedName = ({ origin, name }: Named, why: string): NoticedName => ({ origin, name, why });

/** Of each source one reason. */
function smallest(all: Iterable<ReadonlyMap<string, string>>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const one of all) for (const [name, why] of one) keepSmaller(found, name, why);
  return found;
}

/** The same reason, whichever comes first. */
function keepSmaller(reasons: Map<string, string>, key: string, why: string | undefined): void {
  const known = reasons.get(key);
  if (why !== undefined && (known === undefined || why < known)) reasons.set(key, why);
}

const newPolicy = (policy: PolicyRef): OfPolicy => ({
  ...{ policy, named: new Map(), unprotected: new Map() },
  ...{ settled: true, looked: false },
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
    const { origin } = rule;
    return literalNames(rule).map((one) => ({ ...one, key, policy, origin, place: `${origin} ${one.name}` }));
  });
  namedOf.set(ruleSet, made);
  return made;
}
