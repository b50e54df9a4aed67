/**
 * Reading alerts off the stream. They are pulled, so that alerts never pile up in a process that reads slowly. A subscription without
 * a name keeps its position here, and asks for a new consumer at that position after a loss. A durable one keeps it on the server. How
 * many alerts were missed is told with the next one that arrives.
 */

import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  DeliverPolicy,
  type JsMsg,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { orAbort } from "@portcullis/daemon";
import type { DeliveredAlert, SubscribeOptions } from "../bus.ts";
import type { Connection } from "../connection/connection.ts";
import { apiErrorCode, apiErrors } from "../connection/nats-errors.ts";
import { reopening } from "../connection/reopen.ts";
import { MessageInvalidError, OptionError, StorageMissingError } from "../errors.ts";
import { decodeAlert } from "../messages/alert.ts";
import type { AlertChannel } from "./alert-channels.ts";
import { streamInfo } from "./storage.ts";

const batchSize = 64;
const pullExpiresMs = 5_000;
const durableName = /^[A-Za-z0-9_-]{1,64}$/;

export function subscribeAlerts(
  connection: Connection,
  channel: AlertChannel,
  options: SubscribeOptions,
): AsyncIterable<DeliveredAlert> {
  const { durable, signal } = options;
  if (durable !== undefined && !durableName.test(durable))
    throw new OptionError(`durable: ${JSON.stringify(durable)} is not 1 to 64 letters, digits, "-" and "_"`);
  const position = new Position({ ...options, channel });
  return reopening(connection, `read the ${channel.what} stream`, signal, (stop) =>
    session(connection, { ...options, channel }, position, stop),
  );
}

interface ChannelOptions extends SubscribeOptions {
  readonly channel: AlertChannel;
}

async function* session(
  connection: Connection,
  options: ChannelOptions,
  position: Position,
  stop: AbortSignal,
): AsyncGenerator<DeliveredAlert> {
  const consumer = await orAbort(openConsumer(connection, options, position), stop);
  position.ready(options);
  while (!stop.aborted) {
    const started = performance.now();
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
    // A pull that ends early and empty was refused. Asking for the consumer throws when it no longer exists.
    if (received === 0 && !stop.aborted && performance.now() - started < pullExpiresMs / 2) await consumer.info();
  }
}

async function openConsumer(
  connection: Connection,
  { channel, durable, from, node, namespace, pod, policy }: ChannelOptions,
  position: Position,
): Promise<Consumer> {
  const { jsm, js } = connection;
  const name = channel.stream;
  const stream = await streamInfo(connection, name);
  if (stream === undefined)
    throw new StorageMissingError(`there is no stream ${name} yet; the controller creates it when it starts`);
  position.see(stream);
  const shared = { filter_subject: channel.filter({ node, namespace, pod, policy }) };
  if (durable !== undefined) {
    const info = await ensureDurable(connection, { stream: name, durable, ...shared, from });
    position.resume(stream.state.first_seq, info.ack_floor.stream_seq + 1);
    return js.consumers.getConsumerFromInfo(info);
  }
  const config: Partial<ConsumerConfig> = {
    ...shared,
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: position.start(stream.state),
    inactive_threshold: nanos(60_000),
    mem_storage: true,
  };
  return js.consumers.getConsumerFromInfo(await jsm.consumers.add(name, config));
}

interface DurableOptions {
  readonly stream: string;
  readonly durable: string;
  readonly filter_subject: string;
  readonly from: SubscribeOptions["from"];
}

/** A durable consumer that exists keeps its position, whatever `from` says now. Its filter is replaced when it is another one. */
async function ensureDurable(
  { jsm, timing }: Connection,
  { stream, durable, filter_subject, from }: DurableOptions,
): Promise<ConsumerInfo> {
  try {
    const info = await jsm.consumers.info(stream, durable);
    if (info.config.filter_subject === filter_subject) return info;
    return await jsm.consumers.update(stream, durable, { filter_subject });
  } catch (error) {
    if (apiErrorCode(error) !== apiErrors.consumerNotFound) throw error;
  }
  return jsm.consumers.add(stream, {
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
  /** When the stream was made; empty: none was seen yet. */
  #created = "";
  readonly #channel: AlertChannel;
  readonly #fromNew: boolean;
  readonly #filtered: boolean;

  constructor({ channel, from, node, namespace, pod, policy }: ChannelOptions) {
    this.#channel = channel;
    this.#fromNew = from !== "all";
    // What was discarded between this place and the first one that is left is told as missed.
    if (typeof from === "object") this.#next = from.after + 1;
    this.#filtered = [node, namespace, pod, policy].some((part) => part !== undefined);
  }

  ready({ onReady }: SubscribeOptions): void {
    if (!this.#told) onReady?.();
    this.#told = true;
  }

  /** To be told of the stream whenever a consumer is asked for. */
  see({ created, state: { first_seq: first, last_seq: last } }: StreamInfo): void {
    const isKnown = this.#created === created;
    const isAnother = this.#created !== "" && !isKnown;
    const isShorter = last + 1 < this.#next;
    this.#created = created;
    if (this.#next === 0 || !(isAnother || isShorter)) return;
    // The same stream has lost what was stored last, and that was read.
    if (isKnown) this.#next = last + 1;
    else {
      // The stream was made anew. How many alerts were lost with the old one is unknown, so at least one is counted.
      this.#missed++;
      this.#next = Math.max(first, 1);
    }
  }

  /** The sequence at which a consumer without a name begins. */
  start({ first_seq: first, last_seq: last }: StreamInfo["state"]): number {
    if (this.#next === 0) this.#next = this.#fromNew ? last + 1 : Math.max(first, 1);
    this.resume(first, this.#next);
    return this.#next;
  }

  /** The server goes on at `next`, but the stream begins at `first`. What lies between was discarded before it was read. */
  resume(first: number, next: number): void {
    this.#missed += Math.max(0, first - next);
    this.#next = Math.max(first, next);
  }

  /** Undefined: the message was refused. */
  take(message: JsMsg, { stats, log }: Connection): DeliveredAlert | undefined {
    const sequence = message.seq;
    // A lower sequence is one that a durable subscription had not acknowledged when it was lost: it comes again, after newer ones.
    if (sequence >= this.#next) {
      if (!this.#filtered) this.#missed += sequence - this.#next;
      this.#next = sequence + 1;
    }
    try {
      const alert = decodeAlert(message.data);
      // The server has seen to it that the subject names who has published it.
      if (this.#channel.subject(alert, "stored") !== message.subject)
        throw new MessageInvalidError("hostName", `an alert of ${alert.hostName} lies under ${message.subject}`);
      const missed = this.#missed;
      this.#missed = 0;
      return { ...alert, stream: { created: this.#created, sequence, missed } };
    } catch (error) {
      this.#missed++;
      stats.refusedMessages++;
      log.warn("alert in the stream refused", { sequence, subject: message.subject, error });
      return undefined;
    }
  }
}
