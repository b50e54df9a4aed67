/**
 * An allow-list of the host, tried before it blocks: what the vital programs were seen doing is decided by the rule set as it would be bound, with the
 * code that explains verdicts. What it would deny them is named, and not bound: vital programs are left out of the list. A category whose list would deny
 * even so what was recorded stays audited, and so does each until its recording is closed. Pure.
 */

import { createHash } from "node:crypto";
import type { DecidingCategory, Match, Rule, RuleSet, Unenforced } from "@portcullis/model";
import { compile, decide, type KnownAliases, type Query } from "@portcullis/policy";
import type { RecordedOperation, RecordingState } from "./recording.ts";

/** What is known of what the node needs. */
export interface Needs {
  readonly state: (category: DecidingCategory) => RecordingState;
  readonly operations: Iterable<RecordedOperation>;
  readonly vitalPrograms: readonly string[];
}

export interface Trial {
  /** What is to be bound: the categories that may block do so, with rules for the vital programs after all others. */
  readonly ruleSet: RuleSet;
  /** Tells rule tables of one rule set apart. */
  readonly variant: string;
  /** Parts that are bound but for what they must not deny. */
  readonly exempt: readonly Unenforced[];
  /** Parts that do not block. */
  readonly unenforced: readonly Unenforced[];
  /** Why it is not final yet; empty: it is. */
  readonly waiting: string;
}

const capabilities = 64;
const namedAtMost = 3;

export function tryHostList(
  ruleSet: RuleSet,
  tried: readonly DecidingCategory[],
  needs: Needs,
  aliases: KnownAliases,
): Trial {
  const closed = tried.filter((category) => needs.state(category) === "closed");
  const recorded = [...needs.operations].filter(({ category }) => closed.includes(category));
  const bare = withBlocking(ruleSet, closed, []);
  const denied = deniedBy(bare, recorded, aliases);
  const free = withBlocking(ruleSet, closed, needs.vitalPrograms);
  const still = deniedBy(free, denied, aliases);
  const blocking = closed.filter((category) => !still.some((one) => one.category === category));
  const programs = blocking.length > 0 ? needs.vitalPrograms : [];
  return {
    ruleSet: withBlocking(ruleSet, blocking, programs),
    variant: createHash("sha256")
      .update(JSON.stringify([blocking, programs]))
      .digest("hex")
      .slice(0, 16),
    exempt: blocking.flatMap((category) => partsOf(ruleSet, category, exemption(category, denied))),
    unenforced: [
      ...closed
        .filter((category) => !blocking.includes(category))
        .flatMap((category) => partsOf(ruleSet, category, refusal(category, still))),
      ...tried
        .filter((category) => needs.state(category) === "full")
        .flatMap((category) =>
          partsOf(ruleSet, category, `${audited}: more than can be recorded happens on this node`),
        ),
    ],
    waiting: tried.flatMap((category) => waitingFor(category, needs.state(category))).join("; "),
  };
}

const audited = "LockoutAvoided: the allow-list of the host is audited and does not block";

function waitingFor(category: DecidingCategory, state: RecordingState): string[] {
  if (state === "recording")
    return [`${category}: what the node needs is being recorded, until then its list is audited`];
  if (state === "missed") return [`${category}: so much happens on the node that its recording has to begin again`];
  return [];
}

/** The rule set with these categories blocking, where these programs may do everything that no rule decides. */
function withBlocking(ruleSet: RuleSet, blocking: readonly DecidingCategory[], programs: readonly string[]): RuleSet {
  if (blocking.length === 0) return ruleSet;
  const posture = { ...ruleSet.posture, ...Object.fromEntries(blocking.map((category) => [category, "block"])) };
  const first = ruleSet.rules.reduce((most, { id }) => Math.max(most, id), 0) + 1;
  const more = programs.flatMap((program) =>
    blocking.flatMap((category) => everything[category].map((match) => freedom(category, match, program))),
  );
  return { ...ruleSet, posture, rules: [...ruleSet.rules, ...more.map((rule, i) => ({ id: first + i, ...rule }))] };
}

/** It belongs to no policy, like the base allowance: any rule of a policy goes before it. */
const freedom = (category: DecidingCategory, match: Match, program: string): Omit<Rule, "id"> => ({
  ...{ category, match, source: { kind: "path", path: program }, action: "allow" },
  ...{ readOnly: false, ownerOnly: false, noTerminal: false },
  ...{ policy: -1, severity: "", tags: [], message: "", origin: "" },
});

const anyName: Match = { kind: "directory", dir: "/", recursive: true };
const everything: Readonly<Record<DecidingCategory, readonly Match[]>> = {
  process: [anyName, { kind: "fileless" }],
  file: [anyName],
  network: [{ kind: "protocol", protocol: "all" }],
  capabilities: Array.from({ length: capabilities }, (_, capability): Match => ({ kind: "capability", capability })),
  dns: [],
};

/** Those that an allow-list would deny. What a Block rule denies is denied by whoever wrote it. */
function deniedBy(
  ruleSet: RuleSet,
  operations: readonly RecordedOperation[],
  aliases: KnownAliases,
): RecordedOperation[] {
  if (operations.length === 0) return [];
  const { automaton } = compile(ruleSet, aliases);
  return operations.filter((operation) => {
    const { outcome, report } = decide(automaton, queryOf(operation));
    return outcome === "denied" && report === "posture";
  });
}

const componentsOf = (name: string): readonly string[] => name.split("/").filter((component) => component !== "");

/** Conditions count as not met: what was recorded says nothing of owners and terminals. */
const queryOf = ({ category, access, program, object, socket, capability }: RecordedOperation): Query => ({
  category,
  access,
  path: object.startsWith("/") ? componentsOf(object) : undefined,
  source: program === "" ? undefined : componentsOf(program),
  socket,
  capability,
  isOwner: false,
  hasTerminal: false,
});

function exemption(category: DecidingCategory, denied: readonly RecordedOperation[]): string {
  const own = denied.filter((one) => one.category === category);
  if (own.length === 0) return "";
  const programs = [...new Set(own.map(({ program }) => program))];
  const list = `${programs.slice(0, namedAtMost).join(", ")}${programs.length > namedAtMost ? ` and ${programs.length - namedAtMost} more` : ""}`;
  return `what the node cannot do without stays allowed beside the list: ${list}; seen were ${named(own)}`;
}

const refusal = (category: DecidingCategory, still: readonly RecordedOperation[]): string =>
  `${audited}: it would deny what the node needs: ${named(still.filter((one) => one.category === category))}`;

/** The first few of them, and how many there are. */
function named(operations: readonly RecordedOperation[]): string {
  const words = operations
    .slice(0, namedAtMost)
    .map(
      ({ program, parent, access, object }) => `${program || `a nameless program of ${parent}`} (${access} ${object})`,
    );
  return `${operations.length} such as ${words.join(", ")}`;
}

/** The first Allow rule of each policy in this category, as the part that is meant. */
function partsOf({ policies, rules }: RuleSet, category: DecidingCategory, reason: string): Unenforced[] {
  if (reason === "") return [];
  return policies.flatMap((policy, index) => {
    const rule = rules.find((one) => one.policy === index && one.category === category && one.action === "allow");
    return rule ? [{ policy, origin: rule.origin, reason }] : [];
  });
}
