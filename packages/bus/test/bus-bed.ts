/**
 * A NATS server for one test file, and buses on it. Every test finds the server empty; what it opened is closed after it.
 */
import { afterAll, afterEach, beforeAll, beforeEach, jest } from "@jest/globals";
import { type Log, sleep } from "@portcullis/daemon";
import { silentLog } from "@portcullis/daemon/testing";
import type { BundleContent, Bus, DeliveredAlert, SubscribeOptions } from "../src/bus.ts";
import { connect } from "../src/connect.ts";
import { digestOf } from "../src/messages/digest.ts";
import { encodeRuleSet } from "../src/messages/rule-set.ts";
import { PublicKeys } from "../src/signing/public-keys.ts";
import { type BundleSigner, SigningKey } from "../src/signing/signing-key.ts";
import { exampleContainer, exampleRuleSet } from "./examples.ts";
import { type NatsServer, startNatsServer } from "./nats-server.ts";

/** Short ones, so that tests of losses are quick. */
export const timing = {
  reconnectWait: 50,
  requestTimeout: 2_000,
  reopenFirst: 20,
  reopenMax: 200,
  ackWait: 1_000,
  doubtPause: 50,
};

export const bytes = encodeRuleSet(exampleRuleSet);
export const digest = digestOf(bytes);
export const ruleSets = new Map([[digest, bytes]]);
/** Who signs the bundles of the tests. */
export const signer = signerOf(SigningKey.generate());
export const content: BundleContent = {
  cluster: "default",
  node: "node-1.example",
  containers: [{ ...exampleContainer, ruleSet: digest }],
  ruleSets: [digest],
};
/** The same, with a container of this label. */
export const withLabel = (value: string): BundleContent => ({
  ...content,
  containers: [{ ...exampleContainer, ruleSet: digest, labels: { version: value } }],
});

export function signerOf(key: SigningKey, ...others: readonly SigningKey[]): BundleSigner {
  return { key, accepted: new PublicKeys([key, ...others].map(({ publicKey }) => publicKey)) };
}

export class BusBed {
  #server: NatsServer | undefined;
  #stop = new AbortController();
  #buses: Bus[] = [];

  /** Registers what has to happen before and after the tests of the file. */
  constructor() {
    jest.setTimeout(20_000);
    beforeAll(async () => {
      this.#server = await startNatsServer();
    });
    afterAll(() => this.server.dispose());
    beforeEach(() => {
      this.#stop = new AbortController();
      this.#buses = [];
    });
    afterEach(async () => {
      this.#stop.abort();
      await Promise.all(this.#buses.map((bus) => bus.close()));
      await this.server.stop({ hard: true });
      await this.server.start({ wipe: true });
    });
  }

  get server(): NatsServer {
    if (this.#server === undefined) throw new Error("there is a server once the tests run");
    return this.#server;
  }

  /** Ends everything that the test has begun. */
  get stop(): AbortController {
    return this.#stop;
  }

  async open(name: string, more: { url?: string; log?: Log } = {}): Promise<Bus> {
    const { url = this.server.url, log = silentLog } = more;
    const bus = await connect({ servers: url, name, signal: this.#stop.signal, log, timing });
    this.#buses.push(bus);
    return bus;
  }

  /** A controller's and an enforcer's connection, the storage made. */
  async pair(): Promise<{ controller: Bus; enforcer: Bus }> {
    const controller = await this.open("controller");
    await controller.ensure();
    return { controller, enforcer: await this.open("enforcer") };
  }

  /** Subscribes and waits until the server knows. */
  async subscribe(bus: Bus, options: Omit<SubscribeOptions, "signal"> = {}): Promise<AsyncIterator<DeliveredAlert>> {
    const ready = Promise.withResolvers<void>();
    const { signal } = this.#stop;
    const alerts = iterate(bus.subscribeAlerts({ ...options, signal, onReady: ready.resolve }));
    const first = alerts.next();
    await ready.promise;
    let given = false;
    return {
      next: () => {
        if (given) return alerts.next();
        given = true;
        return first;
      },
    };
  }
}

export const iterate = <T>(iterable: AsyncIterable<T>) => iterable[Symbol.asyncIterator]();

/** The next item, or a failure that says what did not come. */
export async function next<T>(iterator: AsyncIterator<T>, what: string, ms = 10_000): Promise<T> {
  const late = new AbortController();
  const result = await Promise.race([
    iterator.next(),
    sleep(ms, late.signal).then(() => {
      throw new Error(`${what} did not come within ${ms} ms`);
    }),
  ]).finally(() => late.abort());
  if (result.done) throw new Error(`the iteration ended before ${what}`);
  return result.value;
}
