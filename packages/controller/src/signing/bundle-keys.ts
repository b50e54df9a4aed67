/**
 * The keys that bundles are signed with. The first controller that starts makes one. The one that leads exchanges it when it is asked to, without
 * a gap: a new key is published to the nodes first and signs after a delay in which every kubelet has renewed what it mounts; the old one is
 * accepted until every node that is heard of holds a bundle with the new signature. Times are of this process's monotonic clock: a controller
 * that starts anew waits anew.
 */

import type { BundleSigner } from "@portcullis/bus";
import { Backoff, type Log, sleep } from "@portcullis/daemon";
import { isStatus, type KubeClient } from "@portcullis/kube";
import { KeysUnreadableError } from "../errors.ts";
import { type KeptSecret, KeyObjects } from "./key-objects.ts";
import { firstState, type KeyState, publicKeysOf, readState, switched, withNext, writeState } from "./key-state.ts";

export interface BundleKeysOptions {
  readonly client: KubeClient;
  readonly log: Log;
  readonly namespace: string;
  /** Names of the two objects. */
  readonly secret: string;
  readonly configMap: string;
  /** So long, in milliseconds, a new key is published before it signs, and an old one accepted after it has. */
  readonly delayMs: number;
  /** Between two looks at the objects; default 15 s. */
  readonly lookMs?: number;
}

/** What the leader does with the keys. */
export interface KeyUse {
  /** Another key signs from now on. */
  readonly changed: () => void;
  /** Whether every node's bundle is signed with this key, and every node that is heard of holds it. */
  readonly resigned: (keyId: string) => boolean;
}

interface Stored {
  readonly secret: KeptSecret;
  readonly state: KeyState;
}

/** No rotation begins while nodes still hold bundles of so many earlier keys. */
const mostRetired = 8;

export class BundleKeys {
  readonly counters = { made: 0, switched: 0, retired: 0, failed: 0 };
  readonly #options: BundleKeysOptions;
  readonly #objects: KeyObjects;
  #state: KeyState | undefined;
  #signer: BundleSigner | undefined;
  #opening: Promise<void> | undefined;
  /** The public keys as they were last found or written, and since when they are there unchanged. */
  #published = "";
  #publishedAt = 0;
  /** Since when the present key signs, or this process knows it. */
  #signsSince = 0;

  constructor(options: BundleKeysOptions) {
    this.#options = options;
    this.#objects = new KeyObjects(options);
  }

  /** Whether bundles can be signed. */
  get ready(): boolean {
    return this.#signer !== undefined;
  }

  /** @throws KeysUnreadableError while there is none */
  get signer(): BundleSigner {
    if (this.#signer === undefined) throw new KeysUnreadableError("there is no signing key yet");
    return this.#signer;
  }

  /** Resolves when there is a key and the nodes are told of it, or when the signal aborts. Called again it waits for the same. */
  open(signal: AbortSignal): Promise<void> {
    this.#opening ??= this.refresh(signal);
    return this.#opening;
  }

  /** Takes the keys as they are now. Tries until it succeeds, or the signal aborts. */
  async refresh(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 200, maxMs: 10_000 });
    while (!signal.aborted) {
      if (await this.#tried("the signing key cannot be had, trying again", () => this.#ensure(signal), signal)) return;
      await sleep(backoff.next(), signal);
    }
  }

  /** What the leader does until the signal aborts: rotation, and putting back what was lost. */
  async lead(use: KeyUse, signal: AbortSignal): Promise<void> {
    const { lookMs = 15_000 } = this.#options;
    while (!signal.aborted) {
      await this.#tried("the keys of bundles cannot be looked after", () => this.#look(use, signal), signal);
      await sleep(lookMs, signal);
    }
  }

  /** False: it failed, which was counted and logged. */
  async #tried(what: string, work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      // A conflict means that another replica was faster, and is looked at again.
      if (!isStatus(error, 409)) {
        this.counters.failed++;
        this.#options.log.error(what, { error });
      }
      return false;
    }
  }

  /** Reads the key, or makes the first one. What is published is left as it is: only the leader changes it. */
  async #ensure(signal: AbortSignal): Promise<void> {
    const { state } = await this.#stored(signal);
    const found = await this.#objects.readPublic(signal);
    if (found.text === undefined) await this.#objects.writePublic(found, String(publicKeysOf(state)), signal);
    this.#adopt(state);
  }

  async #look(use: KeyUse, signal: AbortSignal): Promise<void> {
    const before = this.#signer?.key.id;
    const stored = await this.#stored(signal);
    await this.#publish(stored.state, signal);
    const state = this.#advanced(stored, use);
    if (state !== stored.state) {
      await this.#objects.writeSecret(stored.secret, writeState(state), signal);
      await this.#publish(state, signal);
    }
    this.#adopt(state);
    if (state.signing.id !== before) use.changed();
  }

  /** The state after the one step that is due; the same when there is none. */
  #advanced({ secret: { rotation }, state }: Stored, use: KeyUse): KeyState {
    const { log, delayMs } = this.#options;
    const { signing, next, retired } = state;
    if (next !== undefined) {
      if (!lasted(this.#publishedAt, delayMs)) return state;
      this.counters.switched++;
      log.info("another key signs bundles from now on", { key: next.id, before: signing.id });
      return switched(state);
    }
    if (rotation !== "" && rotation !== state.rotation && retired.length < mostRetired) {
      const asked = withNext(state, rotation);
      log.info("a new key is published to the nodes", { key: asked.next?.id, rotation });
      return asked;
    }
    if (retired.length > 0 && lasted(this.#signsSince, delayMs) && use.resigned(signing.id)) {
      this.counters.retired++;
      log.info("keys that signed before are not accepted any more", { key: signing.id });
      return { ...state, retired: [] };
    }
    return state;
  }

  /** The state in the Secret. The first one is made here, and another one when somebody has taken it away. */
  async #stored(signal: AbortSignal): Promise<Stored> {
    const secret = await this.#objects.readSecret(signal);
    if (secret.text !== undefined) return { secret, state: readState(secret.text) };
    const made = firstState(secret.rotation);
    await this.#objects.writeSecret(secret, writeState(made), signal);
    this.counters.made++;
    this.#options.log.info("made a key to sign bundles with", { key: made.signing.id });
    return { secret: await this.#objects.readSecret(signal), state: made };
  }

  /** Has the nodes accept what the state says, and remembers since when they are told. */
  async #publish(state: KeyState, signal: AbortSignal): Promise<void> {
    const text = String(publicKeysOf(state));
    const found = await this.#objects.readPublic(signal);
    const isThere = found.text === text;
    if (!isThere) await this.#objects.writePublic(found, text, signal);
    if (isThere && this.#published === text) return;
    this.#published = text;
    this.#publishedAt = performance.now();
  }

  #adopt(state: KeyState): void {
    if (this.#state?.signing.id !== state.signing.id) this.#signsSince = performance.now();
    this.#state = state;
    this.#signer = { key: state.signing, accepted: publicKeysOf(state) };
  }
}

/** Whether so many milliseconds have passed. */
function lasted(since: number, ms: number): boolean {
  return performance.now() - since >= ms;
}
