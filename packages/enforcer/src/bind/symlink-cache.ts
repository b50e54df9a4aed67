/**
 * The resolved symbolic links of every bound container, found in the background: `get` answers at once with what is known. A
 * root that is not there yet, because the runtime is still setting it up, is tried again soon; every root is looked at again
 * after a while, because symlinks change. The number of roots that are read at the same time is bounded.
 */

import { Backoff, type Log } from "@portcullis/daemon";
import type { RuleSet } from "@portcullis/model";
import type { KnownAliases } from "@portcullis/policy";
import type { RunningContainer } from "../containers/containers.ts";
import { RootUnavailableError } from "../errors.ts";
import { aliasesKey, noAliases, remembered } from "./alias-memory.ts";
import type { ResolvedSymlinks } from "./symlinks.ts";

export interface KnownSymlinks extends Omit<ResolvedSymlinks, "root" | "noticed"> {
  /** The same for the same aliases. */
  readonly key: string;
  /**
   * The root could not be read in the time there was, and the container has processes: the names as written, and aliases known from
   * before, hold for now, but its rules are not in force before the root was read; or hard links of its files are still looked for.
   */
  readonly awaited: boolean;
}

/** What is to be resolved in a container. */
interface WantedNames {
  readonly names: readonly string[];
  /** Whose names they are. */
  readonly ruleSet: RuleSet;
  readonly digest: string;
  /** The identity of the root, once one is known: no other will do. */
  readonly root: string | undefined;
  /** Called with what is known already when the rest takes long. */
  readonly meanwhile: (found: ResolvedSymlinks) => void;
}

interface SymlinkCacheOptions {
  /** Resolves names in the container's root; rejects with RootUnavailableError while it is not there. */
  readonly resolve: (container: RunningContainer, wanted: WantedNames) => Promise<ResolvedSymlinks>;
  /** The names of a rule set that have to be resolved. */
  readonly names: (ruleSet: RuleSet) => readonly string[];
  /** Called when something is known that was not known before. */
  readonly changed: () => void;
  readonly log: Log;
  readonly recheckIntervalMs?: number;
  readonly concurrency?: number;
  readonly now?: () => number;
}

interface SymlinkQuestion {
  readonly container: RunningContainer;
  readonly digest: string;
  readonly ruleSet: RuleSet;
  /** Whether the container is bound already: then it waits longer for an answer. */
  readonly bound: boolean;
  /** What the rule table that it has knows of its names; asked when this process does not know the container yet. */
  readonly held: () => KnownAliases;
}

interface Entry {
  digest: string;
  /** How many have to be looked at. */
  readonly names: number;
  /** All that the container's names are known to have led to. */
  memory: KnownAliases;
  /** Identity of the root in which symlinks were first found. */
  root: string | undefined;
  symlinks: KnownSymlinks | undefined;
  /** It had no process when its root was last looked for. */
  empty: boolean;
  /** Counts how often the root could not be read since there were no symlinks. */
  readonly backoff: Backoff;
  looked: boolean;
  /** When to look, or to look again, in milliseconds of the monotonic clock. */
  due: number;
  since: number;
  busy: boolean;
}

const nothingFound = { ...noAliases, refused: new Map() };
const noSymlinks: KnownSymlinks = { ...nothingFound, key: "[]", awaited: false };
const retry = { firstMs: 20, maxMs: 2_000 };
/**
 * How long a container waits for its symlinks. One that is not bound yet waits only a moment, because rules on the names as
 * written are better than none; many names are given more, because to compile them takes longer than to look at them, and would have
 * to be done twice. One that is bound waits much longer, because the rules it has are better than new ones that do not know its symlinks.
 */
const patience = {
  unbound: (names: number) => ({ ms: Math.min(100 + names / 2, 1_000), attempts: 1 }),
  bound: { ms: 10_000, attempts: 5 },
} as const;

export class SymlinkCache {
  readonly #options: Required<SymlinkCacheOptions>;
  readonly #entries = new Map<string, Entry>();
  readonly #names = new WeakMap<RuleSet, readonly string[]>();
  #busy = 0;

  constructor(options: SymlinkCacheOptions) {
    this.#options = { recheckIntervalMs: 30_000, concurrency: 8, now: () => performance.now(), ...options };
  }

  /**
   * The symlinks of a container for a rule set. Undefined while they are being looked up: ask again when `changed` was called,
   * or after `nextDue`. When patience ends the answer is what is known from before.
   */
  get({ container, digest, ruleSet, bound, held }: SymlinkQuestion): KnownSymlinks | undefined {
    const names = this.#namesOf(ruleSet);
    if (names.length === 0) return noSymlinks;
    const now = this.#options.now();
    let entry = this.#entries.get(container.containerId);
    if (entry?.digest !== digest) {
      entry = {
        digest,
        names: names.length,
        memory: entry?.memory ?? held(),
        root: entry?.root,
        symlinks: undefined,
        empty: false,
        backoff: new Backoff(retry),
        looked: false,
        due: now,
        since: now,
        busy: false,
      };
      this.#entries.set(container.containerId, entry);
    }
    if (!entry.busy && entry.due <= now && this.#busy < this.#options.concurrency)
      void this.#look(container, entry, { names, ruleSet, digest });
    if (entry.symlinks) return entry.symlinks;
    const { ms, attempts } = bound ? patience.bound : patience.unbound(names.length);
    if (now - entry.since < ms && entry.backoff.failures < attempts) return undefined;
    return knownOf(entry.memory, nothingFound, names, !entry.empty);
  }

  #namesOf(ruleSet: RuleSet): readonly string[] {
    const known = this.#names.get(ruleSet);
    if (known) return known;
    const names = this.#options.names(ruleSet);
    this.#names.set(ruleSet, names);
    return names;
  }

  /** When something will be due, in milliseconds of the monotonic clock. */
  nextDue(): number {
    const now = this.#options.now();
    let next = now + this.#options.recheckIntervalMs;
    for (const entry of this.#entries.values()) {
      if (!entry.busy) next = Math.min(next, entry.due);
      if (!entry.symlinks && !entry.looked) next = Math.min(next, entry.since + patience.unbound(entry.names).ms);
    }
    return Math.max(next, now + 5);
  }

  /** Drops what belongs to containers that are not in `present`. */
  retain(present: ReadonlySet<string>): void {
    for (const id of this.#entries.keys()) if (!present.has(id)) this.#entries.delete(id);
  }

  /** Looks the symlinks up and keeps what was found. Never rejects. */
  async #look(
    container: RunningContainer,
    entry: Entry,
    wanted: Pick<WantedNames, "names" | "ruleSet" | "digest">,
  ): Promise<void> {
    const { names } = wanted;
    const { resolve, changed, log, now, recheckIntervalMs } = this.#options;
    entry.busy = true;
    this.#busy += 1;
    const before = entry.symlinks?.key;
    const first = !entry.looked;
    // Who waits for the rest keeps nobody from looking.
    let isCounted = true;
    const uncount = () => {
      if (isCounted) this.#busy -= 1;
      isCounted = false;
    };
    const meanwhile = (found: ResolvedSymlinks) => {
      uncount();
      entry.root = found.root;
      entry.symlinks ??= knownOf(entry.memory, found, names, true);
      changed();
    };
    try {
      const found = await resolve(container, { ...wanted, root: entry.root, meanwhile });
      entry.root = found.root;
      entry.symlinks = knownOf(entry.memory, found, names, false);
      entry.memory = entry.symlinks;
      entry.due = now() + recheckIntervalMs * (0.9 + 0.2 * Math.random());
    } catch (error) {
      if (!(error instanceof RootUnavailableError) && first) {
        log.warn("symlinks of a container's root cannot be read", { container: container.containerId, error });
      }
      entry.empty = error instanceof RootUnavailableError && error.empty;
      entry.due = now() + (entry.symlinks?.awaited === false ? recheckIntervalMs : entry.backoff.next());
    }
    entry.looked = true;
    entry.busy = false;
    uncount();
    if (!entry.symlinks || first || entry.symlinks.key !== before) changed();
  }
}

function knownOf(
  memory: KnownAliases,
  found: Omit<ResolvedSymlinks, "root">,
  names: readonly string[],
  awaited: boolean,
): KnownSymlinks {
  const all = remembered(memory, found, names);
  const { refused, unlayered } = found;
  return { ...all, refused, ...(unlayered && { unlayered }), key: aliasesKey(all), awaited };
}
