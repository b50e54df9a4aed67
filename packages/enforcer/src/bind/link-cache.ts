/**
 * The resolved links of every bound container, found in the background: `get` answers at once with what is known. A root
 * that is not there yet (the runtime is still setting it up) is tried again soon; every root is looked at again after a
 * while, because links change. The number of roots read at the same time is bounded.
 */

import type { RuleSet } from "@portcullis/model";
import type { Container } from "../containers/containers.ts";
import { RootUnavailableError } from "../errors.ts";
import type { Log } from "../ports.ts";
import { aliasesKey, type ResolvedLinks } from "./links.ts";

export interface KnownLinks extends ResolvedLinks {
  /** Equal for equal aliases. */
  readonly key: string;
  /** The root could not be read in the time there was: the names as written, for now. */
  readonly provisional: boolean;
}

export interface LinkCacheOptions {
  /** Resolves names in the container's root; rejects with RootUnavailableError while there is none. */
  readonly resolve: (container: Container, names: readonly string[]) => Promise<ResolvedLinks>;
  readonly names: (ruleSet: RuleSet) => readonly string[];
  /** Something is known now that was not. */
  readonly changed: () => void;
  readonly log: Log;
  readonly recheckInterval?: number;
  readonly concurrency?: number;
  readonly now?: () => number;
}

interface Entry {
  digest: string;
  links: KnownLinks | undefined;
  attempts: number;
  /** When to look (again). */
  due: number;
  since: number;
  busy: boolean;
}

const noLinks: KnownLinks = { aliases: new Map(), refused: new Map(), key: "[]", provisional: false };
const notRead: KnownLinks = { ...noLinks, provisional: true };
const firstRetry = 20;
const longestRetry = 2_000;
/**
 * How long a container waits for its links: one that is not bound yet only a moment, because the names as written are
 * better than nothing; one that is bound much longer, because what it has is better than names without their links.
 */
const patience = { unbound: { time: 100, attempts: 1 }, bound: { time: 10_000, attempts: 5 } } as const;

export class LinkCache {
  readonly #options: Required<LinkCacheOptions>;
  readonly #entries = new Map<string, Entry>();
  readonly #names = new WeakMap<RuleSet, readonly string[]>();
  #busy = 0;

  constructor(options: LinkCacheOptions) {
    this.#options = { recheckInterval: 30_000, concurrency: 8, now: Date.now, ...options };
  }

  /**
   * The links of a container for a rule set; undefined: being looked up, ask again when `changed` was called or after
   * `nextDue`. When patience ends the answer is provisional.
   */
  get(container: Container, digest: string, ruleSet: RuleSet, bound: boolean): KnownLinks | undefined {
    const names = this.#namesOf(ruleSet);
    if (names.length === 0) return noLinks;
    const now = this.#options.now();
    let entry = this.#entries.get(container.containerId);
    if (entry?.digest !== digest) {
      entry = { digest, links: undefined, attempts: 0, due: now, since: now, busy: false };
      this.#entries.set(container.containerId, entry);
    }
    if (!entry.busy && entry.due <= now && this.#busy < this.#options.concurrency)
      void this.#look(container, entry, names);
    if (entry.links) return entry.links;
    const { time, attempts } = bound ? patience.bound : patience.unbound;
    return now - entry.since >= time || entry.attempts >= attempts ? notRead : undefined;
  }

  #namesOf(ruleSet: RuleSet): readonly string[] {
    const known = this.#names.get(ruleSet);
    if (known) return known;
    const names = this.#options.names(ruleSet);
    this.#names.set(ruleSet, names);
    return names;
  }

  /** When something will be due, in milliseconds since the epoch. */
  nextDue(): number {
    const now = this.#options.now();
    let next = now + this.#options.recheckInterval;
    for (const entry of this.#entries.values()) {
      if (!entry.busy) next = Math.min(next, entry.due);
      if (!entry.links && entry.attempts === 0) next = Math.min(next, entry.since + patience.unbound.time);
    }
    return Math.max(next, now + 5);
  }

  /** Drops what belongs to containers not in `present`. */
  retain(present: ReadonlySet<string>): void {
    for (const id of this.#entries.keys()) if (!present.has(id)) this.#entries.delete(id);
  }

  /** Never rejects. */
  async #look(container: Container, entry: Entry, names: readonly string[]): Promise<void> {
    const { resolve, changed, log, now, recheckInterval } = this.#options;
    entry.busy = true;
    this.#busy += 1;
    const before = entry.links?.key;
    const first = entry.attempts === 0;
    try {
      const found = await resolve(container, names);
      entry.links = { ...found, key: aliasesKey(found.aliases), provisional: false };
      entry.attempts = 1;
      entry.due = now() + recheckInterval * (0.9 + 0.2 * Math.random());
    } catch (error) {
      if (!(error instanceof RootUnavailableError) && first) {
        log.warn("links of a container's root cannot be read", { container: container.containerId, error });
      }
      entry.due = now() + (entry.links ? recheckInterval : Math.min(longestRetry, firstRetry * 2 ** entry.attempts));
      entry.attempts += 1;
    }
    entry.busy = false;
    this.#busy -= 1;
    if (!entry.links || first || entry.links.key !== before) changed();
  }
}
