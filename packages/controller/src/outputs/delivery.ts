/**
 * The alert stream sent on to one receiver, at least once: how far it has come is written when the receiver has taken what lies before. A leader that dies in between has the last batch
 * sent again by the next one, so readers tell repetitions by the alert's id. While the receiver takes nothing, what is not sent stays in the stream; what the stream drops meanwhile is
 * counted as missed.
 */

import type { AlertStreamState, Bus, DeliveredAlert } from "@portcullis/bus";
import { Backoff, type Log, sleep } from "@portcullis/daemon";
import { z } from "zod";
import { batched } from "../alerts/batched.ts";
import type { AlertSource, Place } from "../alerts/stream-reading.ts";
import { OutputRefusedError } from "../errors.ts";
import type { Answer, HttpTarget } from "./http-target.ts";

/** What became of alerts, since this process started. */
export interface DeliveryCounters {
  delivered: number;
  /** Not taken by the receiver for what they are, and passed over. */
  setAside: number;
  /** Dropped by the stream before they were sent, or no alerts. */
  missed: number;
  /** Requests that have to be made again. */
  retried: number;
}

/** What is made of alerts for a receiver. */
export interface Format {
  /** `falcosidekick`: in metrics, in the log, and with `output-` before it in the bucket. */
  readonly name: string;
  /** Alerts that are on their way at once. */
  readonly most: number;
  /** Requests at once. */
  readonly connections: number;
  /** Resolves when all have been delivered or set aside. Rejects when the signal aborts. */
  send(alerts: readonly DeliveredAlert[], delivery: Sending): Promise<void>;
}

/** What a format does with its alerts. */
export type Sending = Pick<Delivery, "post" | "encode" | "setAside" | "counters">;

export interface DeliveryOptions {
  readonly format: Format;
  readonly target: HttpTarget;
  readonly bus: Pick<Bus, "readProgress" | "writeProgress">;
  readonly source: AlertSource;
  readonly log: Log;
  /** For tests: pauses after failures. */
  readonly pauses?: { readonly firstMs: number; readonly maxMs: number };
  /** For tests: a stream that is not older has been lost and made again, or is all that there is; default a day. */
  readonly youngMs?: number;
}

/** Between two lines of the log about what was set aside. */
const sayMs = 10_000;

const dayMs = 86_400_000;

const kept = z.object({ created: z.string(), sequence: z.number().int().min(0) });

export class Delivery {
  readonly counters: DeliveryCounters = { delivered: 0, setAside: 0, missed: 0, retried: 0 };
  readonly #options: DeliveryOptions;
  #failingSince: number | undefined;
  #sequence: number | undefined;
  #saidAt = Number.NEGATIVE_INFINITY;
  #signal = AbortSignal.abort();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.format.name;
  }
  /** For how long the receiver has taken nothing of what it was sent. */
  get failingSeconds(): number {
    return this.#failingSince === undefined ? 0 : (performance.now() - this.#failingSince) / 1_000;
  }
  /** The place in the stream up to which everything is done; undefined: this replica does not lead. */
  get sequence(): number | undefined {
    return this.#sequence;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const backoff = new Backoff({ firstMs: 500, maxMs: 5_000 });
    try {
      while (!signal.aborted) {
        // What one attempt has begun ends with it.
        const attempt = new AbortController();
        this.#signal = AbortSignal.any([signal, attempt.signal]);
        try {
          await this.#read(() => backoff.reset());
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof OutputRefusedError) this.#fails(error);
          else log.warn("the stream of alerts is not sent on for now", { output: this.name, error });
        } finally {
          attempt.abort();
        }
        await sleep(backoff.next(), signal);
      }
    } finally {
      this.#sequence = undefined;
      this.#failingSince = undefined;
    }
  }

  async #read(settled: () => void): Promise<void> {
    const { bus, source, format } = this.#options;
    const signal = this.#signal;
    const name = `output-${format.name}`;
    const stream = await source.state();
    const progress = await bus.readProgress(name);
    let { revision } = progress;
    let place: Place;
    if (progress.value === undefined) {
      place = this.#firstPlace(stream);
      revision = await bus.writeProgress(name, bytesOf(place), revision);
    } else place = kept.parse(JSON.parse(Buffer.from(progress.value).toString("utf8")));
    // With a stream that was lost went what nobody had sent: how much is not known.
    const other = place.created !== stream.created;
    if (other) this.counters.missed++;
    const after = other ? 0 : place.sequence;
    this.#sequence = after;
    for await (const batch of batched(source.subscribe({ signal, from: { after } }), {
      most: format.most,
      everyMs: 1_000,
    })) {
      const last = batch.at(-1);
      if (last === undefined) continue;
      for (const { stream } of batch) this.counters.missed += stream.missed;
      await format.send(batch, this);
      const { created, sequence } = last.stream;
      revision = await bus.writeProgress(name, bytesOf({ created, sequence }), revision);
      this.#sequence = sequence;
      settled();
    }
  }

  /**
   * Where an output begins of which nothing is kept. At the very first time that is with what comes from then on. Where NATS has lost its storage, which went with the place, it is with all that
   * the new stream holds: it is young then, or this process has sent of the one before.
   */
  #firstPlace({ created, firstSequence, lastSequence }: AlertStreamState): Place {
    const { youngMs = dayMs } = this.#options;
    const isLost = this.#sequence !== undefined;
    // What had not been sent of it is not known.
    if (isLost) this.counters.missed++;
    if (isLost || Date.now() - Date.parse(created) < youngMs)
      return { created, sequence: Math.max(0, firstSequence - 1) };
    return { created, sequence: lastSequence };
  }

  /** Undefined: an alert of which nothing can be made. It is set aside. */
  encode<T>({ id }: DeliveredAlert, make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      this.setAside(1, `it cannot be written: ${(error as Error).message}`, id);
      return undefined;
    }
  }

  /** Every one is counted, and one of many is said. */
  setAside(alerts: number, why: string, id?: string): void {
    this.counters.setAside += alerts;
    if (performance.now() - this.#saidAt < sayMs) return;
    this.#saidAt = performance.now();
    this.#options.log.warn("an alert was not sent on", { output: this.name, alerts, why, id });
  }

  /** Sends until the receiver has taken or refused it. Undefined: refused. Rejects when the signal aborts. */
  async post(body: string, contentType: string): Promise<Answer | undefined> {
    const { target, pauses = { firstMs: 500, maxMs: 30_000 } } = this.#options;
    const signal = this.#signal;
    const backoff = new Backoff({ ...pauses, jitter: 0.3 });
    for (;;) {
      signal.throwIfAborted();
      let pauseMs = backoff.next();
      try {
        const answer = await target.post(body, contentType, signal);
        const { status } = answer;
        if (status >= 200 && status < 300) {
          this.#works();
          return answer;
        }
        if (refusals.has(status) && !saysOtherScheme.test(answer.body)) return undefined;
        pauseMs = Math.max(pauseMs, answer.retryAfterMs ?? 0);
        this.#fails(new OutputRefusedError(`${target.name} answers ${status}: ${meaning(status)}`));
      } catch (error) {
        if (signal.aborted) throw error;
        this.#fails(error);
      }
      await sleep(pauseMs, signal);
    }
  }

  #works(): void {
    if (this.#failingSince !== undefined) this.#options.log.info("alerts are sent on again", { output: this.name });
    this.#failingSince = undefined;
  }

  /** Said once, until it works again. */
  #fails(error: unknown): void {
    this.counters.retried++;
    if (this.#failingSince !== undefined) return;
    this.#failingSince = performance.now();
    this.#options.log.warn("alerts are not taken; they are sent again, and wait in the stream", {
      output: this.name,
      error,
    });
  }
}

const bytesOf = ({ created, sequence }: Place): Uint8Array => Buffer.from(JSON.stringify({ created, sequence }));

/**
 * What is said of what was sent. All else is said of the way there: OTLP would have much of it dropped, but whoever puts that right wants the alerts.
 */
const refusals: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** What servers answer with 400 to a request without TLS, where they speak TLS: it is said of the URL. */
const saysOtherScheme = /HTTP request (?:was sent )?to (?:an )?HTTPS/i;

/** What a status says of the settings. */
function meaning(status: number): string {
  if (status >= 300 && status < 400) return "a redirect is not followed; give the URL that it leads to";
  if (status === 401 || status === 403) return "the login is not accepted; look at the Secret";
  if (status === 400) return "it speaks TLS; give a URL that begins with https://";
  if (status === 404 || status === 405) return "there is no such receiver at this URL";
  return "it is tried again";
}
