/**
 * From the bus to the bundle in force: a bundle is verified, the rule sets that are not known yet are fetched, everything is kept
 * on disk, and then it comes into force in one step. A refused bundle is counted by its reason and changes nothing; a rule set that cannot
 * be fetched is asked for again until a newer bundle arrives.
 */

import { compareVersions, type PublicKeys } from "@portcullis/bus";
import { Backoff, type BackoffOptions, type Log, sleep } from "@portcullis/daemon";
import type { Bundle, RuleSet } from "@portcullis/model";
import type { Count } from "../counters.ts";
import { BundleRefusedError, messageOf, RuleSetDigestError } from "../errors.ts";
import { NewestAlone } from "./newest-alone.ts";
import type { BundleStore } from "./store.ts";
import {
  type AcceptedBundle,
  digestsOf,
  heldBundle,
  refusalCounter,
  verifyBundle,
  verifyRuleSet,
} from "./verification.ts";

/** What receiving needs of the bus. */
export interface BundleSource {
  watchBundle(node: string, signal: AbortSignal, credible: (bytes: Uint8Array) => boolean): AsyncIterable<Uint8Array>;
  ruleSet(digest: string, signal: AbortSignal): Promise<Uint8Array>;
}

interface ReceiverOptions {
  readonly node: string;
  readonly store: BundleStore;
  /** Whose bundles are accepted now. */
  readonly keys: () => PublicKeys;
  readonly log: Log;
  readonly count: Count;
  /** Called with every bundle that comes into force, the one from disk included. */
  readonly accepted: (bundle: AcceptedBundle) => void;
  /** Digests of rule sets that alerts of earlier bundles still need. */
  readonly alsoNeeded: () => Iterable<string>;
  /** `problem` says something else now. */
  readonly problemChanged?: () => void;
  readonly retry?: BackoffOptions;
}

/** A verified bundle whose rule sets are not all there yet, and the bytes it came as. */
interface Received {
  readonly bundle: Bundle;
  readonly bytes: Uint8Array;
}

const defaultRetry: BackoffOptions = { firstMs: 200, maxMs: 10_000 };

export class BundleReceiver {
  readonly #options: ReceiverOptions;
  #inForce: AcceptedBundle | undefined;
  #offered = false;
  #lastRefusal = "";
  #problem = "";
  /** The newest verified bundle, in force or still waiting for its rule sets. */
  #newest: Received | undefined;
  /** Looks at the newest bundle again; undefined: none has arrived. */
  #again: (() => Promise<void>) | undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  get inForce(): AcceptedBundle | undefined {
    return this.#inForce;
  }

  /** Whether the bus has delivered a bundle, whatever became of it. */
  get offered(): boolean {
    return this.#offered;
  }

  /** Why the newest bundle is not in force; empty when it is. */
  get problem(): string {
    return this.#problem;
  }

  /** Puts the kept bundle in force, if there is a good one and none is in force. */
  async restore(): Promise<void> {
    const { store, node, keys, log, count } = this.#options;
    try {
      const kept = await store.load({ node, keys: keys() });
      if (kept && this.#inForce === undefined) this.#accept(kept);
    } catch (error) {
      count("state_unreadable");
      log.error("the kept bundle is not used, waiting for the bus", { error });
    }
  }

  /** Other keys are accepted now: what was refused for its key is looked at again. */
  async keysChanged(): Promise<void> {
    this.#options.problemChanged?.();
    if (this.#inForce === undefined) await this.restore();
    await this.#again?.();
  }

  /** Takes bundles from the bus until the signal aborts or the watch ends. */
  async run(source: BundleSource, signal: AbortSignal): Promise<void> {
    const taking = new NewestAlone(signal);
    try {
      for await (const bytes of source.watchBundle(this.#options.node, signal, (said) => this.#isCredible(said))) {
        this.#offered = true;
        const offer = async () => {
          const bundle = this.#verified(bytes);
          if (bundle === undefined) return;
          this.#newest = { bundle, bytes };
          await taking.start((stop) => this.#receive({ bundle, bytes }, source, stop));
        };
        this.#again = offer;
        await offer();
      }
    } finally {
      this.#again = undefined;
      await taking.end();
    }
  }

  /**
   * Whether what somebody said was stored is taken without looking. Something signed that is older than what waits for its rule sets is not: who
   * repeats it must not put it in the place of the newer one.
   */
  #isCredible(bytes: Uint8Array): boolean {
    const { node, keys } = this.#options;
    try {
      const bundle = verifyBundle(bytes, { node, keys: keys(), inForce: this.#inForce });
      const newest = this.#newest ?? this.#inForce;
      if (newest === undefined || Buffer.compare(bytes, newest.bytes) === 0) return true;
      return bundle !== undefined && compareVersions(heldBundle({ bundle, bytes }), heldBundle(newest)) > 0;
    } catch (error) {
      if (error instanceof BundleRefusedError) return false;
      throw error;
    }
  }

  /** Undefined when the bundle was refused, or is what is in force already. */
  #verified(bytes: Uint8Array): Bundle | undefined {
    try {
      const { node, keys } = this.#options;
      const bundle = verifyBundle(bytes, { node, keys: keys(), inForce: this.#inForce });
      if (bundle === undefined) this.#setProblem("");
      return bundle;
    } catch (error) {
      if (!(error instanceof BundleRefusedError)) throw error;
      this.#refused(error, bytes);
      return undefined;
    }
  }

  /** Takes a bundle, and asks for its rule sets until they are there or the signal aborts. Never rejects. */
  async #receive(received: Received, source: BundleSource, signal: AbortSignal): Promise<void> {
    const { retry = defaultRetry } = this.#options;
    const backoff = new Backoff(retry);
    while (!signal.aborted) {
      try {
        return await this.#take(received, source, signal);
      } catch (error) {
        if (signal.aborted || this.#givesUp(error, received, backoff.failures === 0)) return;
      }
      await sleep(backoff.next(), signal);
    }
  }

  /**
   * Whether a bundle is not tried again after this. Bytes that are not what their digest says are damaged in the bucket: the controller
   * puts them right, so they are asked for again, like what could not be fetched.
   */
  #givesUp(error: unknown, { bytes }: Received, first: boolean): boolean {
    if (error instanceof BundleRefusedError) this.#refused(error, bytes);
    else this.#say(error);
    if (error instanceof BundleRefusedError && !(error instanceof RuleSetDigestError)) return true;
    if (first) this.#options.log.warn("rule sets of a bundle cannot be had, trying again", { error });
    return false;
  }

  /** Puts a bundle in force once all its rule sets are there. */
  async #take({ bundle, bytes }: Received, source: BundleSource, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const ruleSets = new Map<string, RuleSet>();
    for (const digest of digestsOf(bundle)) {
      ruleSets.set(digest, this.#inForce?.ruleSets.get(digest) ?? (await this.#ruleSet(digest, source, signal)));
    }
    if (signal.aborted) return;
    await this.#keep(() => store.keepBundle(bytes));
    this.#accept({ bundle, bytes, ruleSets });
    await this.#keep(() => store.prune(new Set([...ruleSets.keys(), ...this.#options.alsoNeeded()])));
  }

  /** A disk that takes nothing must not keep a policy from being enforced: it is logged and counted, and we go on. */
  async #keep(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.count("state_write_failures");
      this.#options.log.error("the bundle cannot be kept on disk, a restart without the bus would miss it", { error });
    }
  }

  async #ruleSet(digest: string, source: BundleSource, signal: AbortSignal): Promise<RuleSet> {
    const kept = await this.#options.store.ruleSet(digest);
    if (kept) return kept;
    const bytes = await source.ruleSet(digest, signal);
    const ruleSet = verifyRuleSet(digest, bytes);
    await this.#keep(() => this.#options.store.keepRuleSet(digest, bytes));
    return ruleSet;
  }

  /** Keeps why the newest bundle is not in force, for the node's status. */
  #say(error: unknown): void {
    const { code } = error as { code?: string };
    this.#setProblem(code === undefined ? messageOf(error) : `${code}: ${messageOf(error)}`);
  }

  #setProblem(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.problemChanged?.();
  }

  #accept(bundle: AcceptedBundle): void {
    this.#inForce = bundle;
    this.#lastRefusal = "";
    this.#setProblem("");
    const { revision, containers, ruleSets } = bundle.bundle;
    this.#options.log.info("bundle in force", { revision, containers: containers.length, ruleSets: ruleSets.length });
    this.#options.accepted(bundle);
  }

  /** Counts every refusal, and logs the same one once: a bad bundle is delivered again at every reconnect. */
  #refused(error: BundleRefusedError, bytes: Uint8Array): void {
    this.#options.count(refusalCounter(error));
    this.#say(error);
    if (error.message === this.#lastRefusal) return;
    this.#lastRefusal = error.message;
    const inForce = this.#inForce?.bundle.revision;
    this.#options.log.error("bundle refused, the last good one stays in force", {
      error,
      bytes: bytes.length,
      inForce,
    });
  }
}
