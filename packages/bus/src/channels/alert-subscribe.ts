/**
 * Reading alerts off the stream, by pulling, so that a slow reader never fills the process. A subscription without a name
 * keeps its position here and asks for a new consumer at that position after a loss; a durable one keeps it on the
 * server. What is skipped, and why it can be, is told with the alert that follows.
 */

import { orAbort } from "@portcullis/daemon";
import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  type JsMsg,
  nanos,
} from "nats";
import type { DeliveredAlert, SubscribeOptions } from "../bus.ts";
import type { Connection } from "../connection/connection.ts";
import { apiErrorCode, apiErrors } from "../connection/nats-errors.ts";
import { reopening } from "../connection/reopen.ts";
import { OptionError, StorageMissingError } from "../errors.ts";
import { decodeAlert } from "../messages/alert.ts";
import { streamInfo } from "./storage.ts";
import { alertFilterSubject, alertStream } from "./subjects.ts";

const batchSize = 64;
const pullExpiresMs = 5_000;
const durableName = /^[A-Za-z0-9_-]{1,64}$/;

export function subscribeAlerts(connection: Connection, options: SubscribeOptions): AsyncIterable<DeliveredAlert> {
  const { durable, signal } = options;
  if (durable !== undefined && !durableName.test(durable))
    throw new OptionError(`durable: ${JSON.stringify(durable)} is not 1 to 64 letters, digits, "-" and "_"`);
  const position = new Position(options);
  return reopening(connection, "read the alert stream", signal, (stop) => session(connection, options, position, stop));
}

async function* session(
  connection: Connection,
  options: SubscribeOptions,
  position: Position,
  stop: AbortSignal,
): AsyncGenerator<DeliveredAlert> {
  const consumer = await orAbort(openConsumer(connection, options, position), stop);
  position.ready(options);
  while (!stop.aborted) {
    const started = Date.now();
    let received = 0;
    const pull = consumer.fetch({ max_messages: batchSize, expires: pullExpiresMs });
    const batch = await orAbort(pull, stop, (late) => late.stop());
    const end = () => batch.stop();
    stop.addEventListener("abort", end, { once: true });
    try {
      if (stop.aborted) batch.stop();
      for await (const message of batch) {
        received++;
        const alert = position.take(message, connection);
        if (alert) yield alert;
        if (options.durable !== undefined) message.ack();
      }
    } finally {
      stop.removeEventListener("abort", end);
      batch.stop();
    }
    // A pull that ends early with nothing was refused: ask whether the consumer still exists, which throws if not.
    if (received === 0 && !stop.aborted && Date.now() - started < pullExpiresMs / 2) await consumer.info();
  }
}

async function openConsumer(
  connection: Connection,
  { durable, from, namespace, pod, policy }: SubscribeOptions,
  position: Position,
): Promise<Consumer> {
  const { jsm, js } = connection;
  const stream = await streamInfo(connection, alertStream);
  if (stream === undefined)
    throw new StorageMissingError(`there is no stream ${alertStream} yet; the controller creates it when it starts`);
  const shared = { filter_subject: alertFilterSubject({ namespace, pod, policy }) };
  if (durable !== undefined) {
    const info = await ensureDurable(connection, durable, shared.filter_subject, from);
    position.resume(stream.state.first_seq, info.ack_floor.stream_seq + 1);
    return js.consumers.get(alertStream, durable);
  }
  const config: Partial<ConsumerConfig> = {
    ...shared,
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: position.start(stream.state.first_seq, stream.state.last_seq),
    inactive_threshold: nanos(60_000),
    mem_storage: true,
  };
  const { name } = await jsm.consumers.add(alertStream, config);
  return js.consumers.get(alertStream, name);
}

/** A durable consumer that exists keeps its position, whatever `from` says now; another filter replaces its own. */
async function ensureDurable(
  { jsm, timing }: Connection,
  durable: string,
  filter_subject: string,
  from: SubscribeOptions["from"],
): Promise<ConsumerInfo> {
  try {
    const info = await jsm.consumers.info(alertStream, durable);
    if (info.config.filter_subject === filter_subject) return info;
    return await jsm.consumers.update(alertStream, durable, { filter_subject });
  } catch (error) {
    if (apiErrorCode(error) !== apiErrors.consumerNotFound) throw error;
  }
  return jsm.consumers.add(alertStream, {
    filter_subject,
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(timing.ackWait),
    deliver_policy: from === "all" ? DeliverPolicy.All : DeliverPolicy.New,
  });
}

/** Where a subscription is in the stream, and what it could not see since the last alert. */
class Position {
  /** Sequence expected next; 0: nothing known yet. */
  #next = 0;
  #missed = 0;
  #told = false;
  readonly #fromNew: boolean;
  readonly #filtered: boolean;

  constructor({ from, namespace, pod, policy }: SubscribeOptions) {
    this.#fromNew = from !== "all";
    this.#filtered = [namespace, pod, policy].some((part) => part !== undefined);
  }

  ready({ onReady }: SubscribeOptions): void {
    if (!this.#told) onReady?.();
    this.#told = true;
  }

  /** The sequence at which a consumer without a name begins. */
  start(first: number, last: number): number {
    if (this.#next === 0) this.#next = this.#fromNew ? last + 1 : Math.max(first, 1);
    else if (last + 1 < this.#next) {
      // The stream itself is another one. How many were lost with the old one is unknown: at least say that some were.
      this.#missed++;
      this.#next = 1;
    }
    this.resume(first, this.#next);
    return this.#next;
  }

  /** The server goes on at `next`, but the stream begins at `first`: what lies between was discarded unseen. */
  resume(first: number, next: number): void {
    this.#missed += Math.max(0, first - next);
    this.#next = Math.max(first, next);
  }

  /** undefined: refused. */
  take(message: JsMsg, { stats, log }: Connection): DeliveredAlert | undefined {
    const sequence = message.seq;
    // Below: what a durable subscription had in hand when it was lost comes again, after newer ones.
    if (sequence >= this.#next) {
      if (!this.#filtered) this.#missed += sequence - this.#next;
      this.#next = sequence + 1;
    }
    try {
      const alert = decodeAlert(message.data);
      const missed = this.#missed;
      this.#missed = 0;
      return { ...alert, stream: { sequence, missed } };
    } catch (error) {
      this.#missed++;
      stats.refusedMessages++;
      log.warn("alert in the stream refused", { sequence, subject: message.subject, error });
      return undefined;
    }
  }
}
