/** A bundle receiver for tests, and the bus that it receives from. */

import { afterEach } from "@jest/globals";
import { MemoryLog } from "@portcullis/daemon/testing";
import type { BundleContainer } from "@portcullis/model";
import { BundleReceiver, type BundleSource } from "../src/bundles/receiver.ts";
import { BundleStore } from "../src/bundles/store.ts";
import type { AcceptedBundle } from "../src/bundles/verification.ts";
import { acceptedKeys, bundleContainer, counting, rule, ruleSet, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await stopAll();
  directories.removeAll();
});

/** What is to be done at the end of the test, before its directories are removed. */
export function atEnd(stop: () => Promise<void>): void {
  stops.push(stop);
}

export async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
}

export const sleep = ruleSet(rule(1, "/bin/sleep"));
export const cat = ruleSet(rule(1, "/bin/cat"));
export const selected = (digest: string): BundleContainer => bundleContainer({ ruleSet: digest });

/** A receiver whose effects are kept; it is stopped after the test. */
export function receiver(dir = directories.make(), keys = () => acceptedKeys) {
  const counts = counting();
  const log = new MemoryLog();
  const accepted: AcceptedBundle[] = [];
  const made = new BundleReceiver({
    node: "node-1",
    store: new BundleStore(dir),
    keys,
    log,
    count: counts.count,
    accepted: (of) => void accepted.push(of),
    alsoNeeded: () => [],
    retry: { firstMs: 10, maxMs: 50 },
  });
  const follow = (source: BundleSource) => {
    const abort = new AbortController();
    const running = made.run(source, abort.signal);
    atEnd(async () => {
      abort.abort();
      await running;
    });
  };
  return { receiver: made, counts, log, accepted, follow, dir };
}

/** A bus of bytes: what arrives is what is given, so that every damage can be tried. */
export class Wire implements BundleSource {
  readonly ruleSets = new Map<string, Uint8Array>([sleep, cat].map((made) => [made.digest, made.bytes]));
  readonly #messages: Uint8Array[] = [];
  #wake: () => void = () => {};
  /** Whether the receiver would take this without looking into the bucket. */
  credible: (bytes: Uint8Array) => boolean = () => {
    throw new Error("nobody receives yet");
  };
  send(bytes: Uint8Array): void {
    this.#messages.push(bytes);
    this.#wake();
  }
  async *watchBundle(
    _node: string,
    signal: AbortSignal,
    credible: (bytes: Uint8Array) => boolean,
  ): AsyncIterable<Uint8Array> {
    this.credible = credible;
    signal.addEventListener("abort", () => this.#wake());
    while (!signal.aborted) {
      const next = this.#messages.shift();
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
  async ruleSet(digest: string): Promise<Uint8Array> {
    const bytes = this.ruleSets.get(digest);
    if (!bytes) throw new Error(`no rule set ${digest}`);
    return bytes;
  }
}

/** The same bytes but for one bit. */
export function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(copy.length / 2);
  copy[at] = copy[at]! ^ 0x10;
  return copy;
}
