/**
 * The host's allow-list on its way to block: whether it is still recorded, and what comes of trying it. A trial is made again only when something that
 * it depends on has changed. Vital programs are looked for from time to time, because kubelet may be started anew from elsewhere.
 */

import type { Log } from "@portcullis/daemon";
import type { Bundle, DecidingCategory, RuleSet } from "@portcullis/model";
import type { KnownSymlinks } from "../bind/symlink-cache.ts";
import type { HostRecording } from "./recording.ts";
import { type Trial, tryHostList } from "./trial.ts";
import { findVitalPrograms } from "./vital-programs.ts";

interface TriedHostOptions {
  readonly recording: HostRecording;
  readonly hostProc: string;
  /** Vital programs that the operator names. */
  readonly named: readonly string[];
  /** Called when other vital programs were found. */
  readonly changed: () => void;
  readonly log: Log;
}

/** What there is to do for the host beside its rule set. */
export interface HostTrial extends Trial {
  /** Categories that are to be recorded. */
  readonly recorded: readonly DecidingCategory[];
}

const lookEveryMs = 30_000;

export class TriedHost {
  readonly #options: TriedHostOptions;
  #lookedAt: number | undefined;
  #known = false;
  #last: { readonly key: string; readonly trial: Trial } | undefined;

  constructor(options: TriedHostOptions) {
    this.#options = options;
  }

  /** Undefined: no category is to block, and the rule set is bound as it is. */
  of({ hostTried = [], hostRuleSet = "" }: Bundle, ruleSet: RuleSet, symlinks: KnownSymlinks): HostTrial | undefined {
    const { recording } = this.#options;
    // Before vital programs are known nothing of them can be recorded.
    const recorded = recording.record(this.#known ? hostTried : []);
    if (hostTried.length === 0) return undefined;
    this.#look();
    const states = hostTried.map((category) => `${category} ${recording.state(category)}`);
    const key = [hostRuleSet, recording.version, ...states, symlinks.key].join("|");
    if (this.#last?.key !== key) {
      const needs = {
        state: (category: DecidingCategory) => recording.state(category),
        operations: recording.operations,
        vitalPrograms: recording.vitalPrograms,
      };
      this.#last = { key, trial: tryHostList(ruleSet, hostTried, needs, symlinks) };
    }
    return { ...this.#last.trial, recorded };
  }

  #look(): void {
    const now = performance.now();
    if (this.#lookedAt !== undefined && now - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = now;
    const { recording, hostProc, named, changed, log } = this.#options;
    const before = recording.version;
    void findVitalPrograms(hostProc, named).then(
      (vital) => {
        recording.setVital(vital);
        if (!this.#known || recording.version !== before) changed();
        this.#known = true;
      },
      (error: unknown) => log.warn("the node's vital programs cannot be looked for", { error }),
    );
  }
}
