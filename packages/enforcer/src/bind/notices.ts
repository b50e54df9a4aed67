/**
 * What a node notices of rules that it holds as they are written and that were probably meant otherwise: a name that nothing in any container has, a source
 * that a container may have put there itself. For the policies' status; it changes no verdict. Pure.
 */

import type { Match, PolicyRef, Rule, RuleSet, Unenforced } from "@portcullis/model";
import { isOfPreset } from "@portcullis/policy";

/** What was noticed of the names of a rule set in one container. */
export interface NoticedNames {
  /** Names, as written, that nothing has had since they were first looked up. */
  readonly nothing: ReadonlySet<string>;
  /** Sources, as written, that the container can have written → why, in words that go on after the name. */
  readonly unprotected: ReadonlyMap<string, string>;
}

/** A container whose names were looked up. */
export interface NoticedContainer {
  readonly ruleSet: RuleSet;
  readonly noticed: NoticedNames;
}

/** As in NodeStatus, and not bounded. */
export interface Notices {
  readonly namesNothing: readonly Unenforced[];
  readonly unprotectedSources: readonly Unenforced[];
}

/** The sources of a rule set, as written; directories end in "/". */
export const sourcesOf = ({ rules }: RuleSet): ReadonlySet<string> =>
  new Set(rules.flatMap(({ source }) => writtenName(source)));

/** A pattern has none: it may mean any. */
function writtenName(named: Match | undefined): string[] {
  if (named?.kind === "path") return [named.path];
  return named?.kind === "directory" ? [named.dir] : [];
}

/** Once something had a name, it names something for as long as the container has these rules: what comes and goes changes no status. */
export function noticedSince(
  before: NoticedNames | undefined,
  now: NoticedNames | undefined,
): NoticedNames | undefined {
  if (before === undefined || now === undefined) return now;
  const nothing = both(before.nothing, now.nothing);
  const same = nothing.size === before.nothing.size && sameEntries(before.unprotected, now.unprotected);
  return same ? before : { nothing, unprotected: now.unprotected };
}

const sameEntries = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean =>
  a.size === b.size && [...a].every(([name, why]) => b.get(name) === why);

/** Remembers what it said of the same containers, because a pass mostly finds nothing new. */
export class NoticeBoard {
  #seen: readonly NoticedContainer[] = [];
  #said: Notices = { namesNothing: [], unprotectedSources: [] };

  of(containers: readonly NoticedContainer[]): Notices {
    const isSame = ({ ruleSet, noticed }: NoticedContainer, i: number) =>
      this.#seen[i]?.ruleSet === ruleSet && this.#seen[i]?.noticed === noticed;
    if (containers.length === this.#seen.length && containers.every(isSame)) return this.#said;
    this.#seen = containers;
    this.#said = noticesOf(containers);
    return this.#said;
  }
}

/** A name counts as noticed where no container has it; a source where one container may have written it. */
export function noticesOf(containers: readonly NoticedContainer[]): Notices {
  const found = new Found();
  for (const [ruleSet, own] of Map.groupBy(containers, (one) => one.ruleSet)) {
    const nothing = own.map(({ noticed }) => noticed.nothing).reduce(both);
    const unprotected = new Map(own.flatMap(({ noticed }) => [...noticed.unprotected]));
    for (const rule of ruleSet.rules) {
      const policy = ruleSet.policies[rule.policy];
      // What the policy does not name itself is no mistake of its author.
      if (policy !== undefined && !isOfPreset(rule)) found.add(policy, rule, { nothing, unprotected });
    }
  }
  return found.notices();
}

const both = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...a].filter((name) => b.has(name)));

/** What was noticed of the rules of all rule sets, each part once. */
class Found {
  readonly #nothing = new Map<string, Unenforced>();
  readonly #something = new Set<string>();
  readonly #unprotected = new Map<string, Unenforced>();

  add(policy: PolicyRef, { match, source, origin }: Rule, { nothing, unprotected }: NoticedNames): void {
    const object = match.kind === "syscall" ? match.at : match;
    for (const name of [...writtenName(object), ...writtenName(source)]) {
      const part = { policy, origin, reason: namesNothing(policy, name) };
      if (nothing.has(name)) this.#nothing.set(keyOf(part), part);
      else this.#something.add(keyOf(part));
    }
    for (const name of writtenName(source)) {
      const why = unprotected.get(name);
      const part = { policy, origin, reason: unprotectedSource(name, why ?? "") };
      if (why !== undefined) this.#unprotected.set(keyOf(part), part);
    }
  }

  notices(): Notices {
    const isNothing = ([key]: readonly [string, Unenforced]) => !this.#something.has(key);
    const namesNothing = [...this.#nothing].filter(isNothing).map(([, part]) => part);
    return { namesNothing, unprotectedSources: [...this.#unprotected.values()] };
  }
}

/** The same words on every node, so that the policy's status can tell whether all say so. */
const namesNothing = ({ kind }: PolicyRef, name: string): string =>
  `nothing ${kind === "KubeArmorHostPolicy" ? "on any node" : "in any container"} that it selects has the name ${JSON.stringify(name)}: is it spelled as there? The rule is in force for what gets that name`;

const unprotectedSource = (name: string, why: string): string =>
  `nothing protects the source ${JSON.stringify(name)}: ${why}; name a program of the image, or mount it read-only`;

const keyOf = ({ policy: { kind, namespace, name }, origin, reason }: Unenforced): string =>
  JSON.stringify([kind, namespace, name, origin, reason]);
