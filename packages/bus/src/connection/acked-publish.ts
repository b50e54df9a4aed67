/**
 * Publishing into streams, many messages on their way at a time, each acknowledged on its own. The client's own way makes a request of every message, with
 * a timer and a promise or three; here one subscription takes all acknowledgements, and one timer finds those that do not come. It is the plain
 * protocol of JetStream, which goes through exports between accounts too: the faster kinds put what they mean into the subject of the answer,
 * and that is another one behind an export.
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import {
  createInbox,
  headers,
  type Msg,
  NoRespondersError,
  type PermissionViolationError,
  TimeoutError,
} from "@nats-io/transport-node";
import { DisconnectedError, StorageRefusedError } from "../errors.ts";
import type { Connection } from "./connection.ts";

interface Ack {
  readonly sequence: number;
  readonly duplicate: boolean;
}

interface Message {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** The stream takes it once. */
  readonly id: string;
  /** The one stream that may take it. */
  readonly stream: string;
}

interface Waiting {
  readonly sentAt: number;
  readonly subject: string;
  readonly settle: (ack: Ack) => void;
  readonly fail: (error: unknown) => void;
}

interface Answer {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: ConstructorParameters<typeof JetStreamApiError>[0];
}

const lookMs = 250;

export class AckedPublish {
  readonly #connection: Connection;
  /** By the last token of the subject that the acknowledgement comes to, in the order in which they were sent. */
  readonly #waiting = new Map<string, Waiting>();
  #inbox: string | undefined;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.onDown(() =>
      this.#failAll(new DisconnectedError("could not publish: the connection was lost before the answer")),
    );
    connection.onForbidden((error) => this.#forbid(error));
  }

  /** The server names the subject, and not the message. */
  #forbid(error: PermissionViolationError): void {
    for (const [key, { subject, fail }] of this.#waiting) {
      if (subject !== error.subject) continue;
      this.#waiting.delete(key);
      fail(error);
    }
  }

  /** Resolves when the stream has stored it. Rejects with what the client would reject with. */
  publish({ subject, bytes, id, stream }: Message): Promise<Ack> {
    const { nc } = this.#connection;
    this.#connection.requireUp();
    const inbox = this.#listen();
    const key = String(++this.#last);
    const hdrs = headers();
    hdrs.set("Nats-Msg-Id", id);
    hdrs.set("Nats-Expected-Stream", stream);
    return new Promise((settle, fail) => {
      nc.publish(subject, bytes, { reply: `${inbox}.${key}`, headers: hdrs });
      this.#waiting.set(key, { sentAt: performance.now(), subject, settle, fail });
    });
  }

  #listen(): string {
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
    if (this.#inbox !== undefined) return this.#inbox;
    const { nc, log } = this.#connection;
    const inbox = createInbox(this.#connection.inboxPrefix);
    nc.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) log.error("the server does not let this login hear acknowledgements", { error });
        else this.#take(message);
      },
    });
    this.#inbox = inbox;
    return inbox;
  }

  #take(message: Msg): void {
    const key = message.subject.slice(message.subject.lastIndexOf(".") + 1);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#waiting.delete(key);
    try {
      if (message.headers?.code === 503) throw new NoRespondersError(waiting.subject);
      const { stream = "", seq = 0, duplicate = false, error } = message.json<Answer>();
      if (error !== undefined) throw new JetStreamApiError(error);
      if (stream === "" || seq === 0) throw new StorageRefusedError("the answer of the stream is no acknowledgement");
      waiting.settle({ sequence: seq, duplicate });
    } catch (error) {
      waiting.fail(error);
    }
  }

  /** Those sent first are looked at first, and the others are younger. */
  #look(): void {
    const before = performance.now() - this.#connection.timing.requestTimeout;
    for (const [key, { sentAt, fail }] of this.#waiting) {
      if (sentAt > before) return;
      this.#waiting.delete(key);
      fail(new TimeoutError());
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #failAll(error: Error): void {
    const failed = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { fail } of failed) fail(error);
  }
}
