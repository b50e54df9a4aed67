/**
 * Whether what processes had open before their rules is found: after a rule table is set that can deny files the kernel looks for it, and of a container's
 * policies none counts as in force before nothing new is found any more. While something is held, every use of it is judged, which costs
 * something; so it is looked for again from time to time, until nothing is.
 */
import type { Log } from "@portcullis/daemon";
import type { RuleSet, Unenforced } from "@portcullis/model";
import type { DescriptorSearch } from "@portcullis/native";
import { messageOf } from "../errors.ts";

/** The part of native's `Engine` that looks for descriptors. */
export interface DescriptorEngine {
  searchDescriptors(): DescriptorSearch;
  holdsDescriptors(): boolean;
}

/** Why a container's policies are not in force yet. */
export const awaitsDescriptors = "what its processes have open from before is still looked for";

/** While something is held, or could not be looked for, it is looked for again after so long. */
const againMs = 30_000;

interface SearchedDescriptorsOptions {
  readonly engine: DescriptorEngine;
  readonly log: Log;
  readonly now?: () => number;
}

export class SearchedDescriptors {
  readonly #engine: DescriptorEngine;
  readonly #log: Log;
  readonly #now: () => number;
  /** Containers whose rule table is newer than the last search that came to its end. */
  readonly #unproven = new Set<string>();
  /** Something has changed since then, or this process has not looked yet. */
  #isDue = true;
  #isWanted = false;
  #searchedMs = Number.NEGATIVE_INFINITY;
  #refused: string | undefined;
  #found = 0;

  constructor({ engine, log, now = () => performance.now() }: SearchedDescriptorsOptions) {
    this.#engine = engine;
    this.#log = log;
    this.#now = now;
  }

  /** To be called first in every pass. `hasNewActors`: tasks of the host have become actors since the last one. */
  begin(hasNewActors = false): void {
    this.#isWanted = false;
    this.#isDue ||= hasNewActors;
  }

  /** A container has this rule set, undefined: none. `isNew`: the kernel was given it just now. */
  bound(containerId: string, ruleSet: RuleSet | undefined, isNew: boolean): void {
    const denies = ruleSet !== undefined && deniesFiles(ruleSet);
    this.#isWanted ||= denies;
    if (!isNew) return;
    this.#isDue ||= denies || this.#engine.holdsDescriptors();
    if (denies) this.#unproven.add(containerId);
    else this.#unproven.delete(containerId);
  }

  /** To be called when all containers of a pass were bound, before it is asked what they wait for. */
  settle(): void {
    const holds = this.#engine.holdsDescriptors();
    if (!this.#isWanted && !holds) {
      // Still due, if it was: of containers that wait for something else, a process before this one may have set the tables.
      this.#unproven.clear();
      return;
    }
    const isAgain = this.#now() - this.#searchedMs >= againMs;
    if (this.#refused === undefined ? this.#isDue || (holds && isAgain) : isAgain) this.#search();
  }

  /** Why the container waits. Empty: it does not. */
  awaits(containerId: string): string {
    return this.#refused === undefined && this.#unproven.has(containerId) ? awaitsDescriptors : "";
  }

  /** The parts of policies that hold for what is opened from now on alone. */
  refusedParts({ rules, policies }: RuleSet): readonly Unenforced[] {
    const why = this.#refused;
    if (why === undefined) return [];
    return rules.filter(isDenying).flatMap(({ policy: index, origin }) => {
      const policy = policies[index];
      const reason = `what processes had open before the rule cannot be looked for on this node: ${why}`;
      return policy ? [{ policy, origin, reason }] : [];
    });
  }

  #search(): void {
    this.#searchedMs = this.#now();
    try {
      const { isOver, files, slots } = this.#engine.searchDescriptors();
      this.#isDue = !isOver;
      if (isOver) this.#unproven.clear();
      this.#refused = undefined;
      if (files + slots !== this.#found)
        this.#log.info("open files from before the rules", { files, containers: slots });
      this.#found = files + slots;
    } catch (error) {
      const why = messageOf(error);
      if (why !== this.#refused) this.#log.error("open files from before the rules cannot be looked for", { error });
      this.#refused = why;
    }
  }
}

const isDenying = ({ category, action }: RuleSet["rules"][number]): boolean =>
  category === "file" && action !== "audit";

/** Can it deny what is done with a file? */
const deniesFiles = ({ rules }: RuleSet): boolean => rules.some(isDenying);
