/** From the spool to the bus: a backlog leaves the event loop to others, one refused alert blocks none, and what the stream has lost is sent again. */

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { decodeAlert, encodeAlert } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { Alert } from "@portcullis/model";
import { alertOf } from "../src/alerts/alert.ts";
import { deliverLast } from "../src/alerts/last-delivery.ts";
import { type AlertSink, publishSpooled } from "../src/alerts/publisher.ts";
import type { Spool } from "../src/alerts/spool.ts";
import { Wake } from "../src/wake.ts";
import { atEnd, client } from "./enforcer-node.ts";
import { openSpool } from "./opened-spool.ts";
import { counting, event, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const origin = { cluster: "c", node: "n", nodeId: "m", boot: "b", bootToEpochNs: 1n };
const unattributed = { binding: undefined, rule: undefined, policy: undefined };
const alert = (n: number): Alert => alertOf(event({ sequence: BigInt(n), ruleId: 0 }), unattributed, origin);
const numberOf = ({ id }: Alert): number => Number(/\/(\d+)-/.exec(id)![1]);
const append = (spool: Spool, ...numbers: number[]) => spool.append(numbers.map((n) => encodeAlert(alert(n))));

function publishing(sink: AlertSink, spool: Spool) {
  const { count, of } = counting();
  const log = new MemoryLog();
  const abort = new AbortController();
  const wake = new Wake();
  const running = publishSpooled(sink, { spool, wake, log, count, retry: { firstMs: 5, maxMs: 20 } }, abort.signal);
  atEnd(async () => {
    abort.abort();
    await running;
  });
  return { of, log, wake };
}

function sinkThat(answer: (n: number) => Error | undefined): AlertSink & { stored: number[] } {
  const stored: number[] = [];
  return {
    stored,
    publishAlert: async (encoded) => {
      const sent = decodeAlert(encoded);
      const error = answer(numberOf(sent));
      if (error) throw error;
      const known = stored.indexOf(numberOf(sent));
      if (known < 0) stored.push(numberOf(sent));
      return known < 0
        ? { id: sent.id, sequence: stored.length, duplicate: false, cut: false }
        : { id: sent.id, sequence: known + 1, duplicate: true, cut: false };
    },
    alertStream: async () => ({ created: "then", firstSequence: 1, lastSequence: 100 }),
    storedAlertId: async () => undefined,
    async *reconnects(signal) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    },
  };
}

describe("a backlog of alerts", () => {
  it("holds the event loop for few of them at a time", async () => {
    let turn = 0;
    let ended = false;
    const ticking = () => {
      turn += 1;
      if (!ended) setImmediate(ticking);
    };
    const turns: number[] = [];
    const sink = sinkThat(() => {
      turns.push(turn);
      for (const end = performance.now() + 1; performance.now() < end; ); // what an alert costs, in the extreme
      return undefined;
    });
    const { spool } = openSpool(directories.make());
    append(spool, ...Array.from({ length: 64 }, (_, n) => n));
    ticking();
    publishing(sink, spool);
    await until("all are through", () => spool.waiting === 0);
    ended = true;
    const inOneTurn = turns.map((of) => turns.filter((other) => other === of).length);
    expect(turns).toHaveLength(64);
    expect(Math.max(...inOneTurn)).toBeLessThanOrEqual(3);
  });
});

describe("a look at the stream whose answer is late", () => {
  const first = { created: "then", firstSequence: 1, lastSequence: 0 };
  /** A sink whose first answer comes at once, and later ones when they are given. */
  const lateSink = () => {
    const asked: ((state: { created: string; firstSequence: number; lastSequence: number }) => void)[] = [];
    let doubt = () => {};
    const sink: ReturnType<typeof sinkThat> = {
      ...sinkThat(() => undefined),
      alertStream: () => new Promise((resolve) => (asked.push(resolve) === 1 ? resolve(first) : undefined)),
      async *reconnects(signal) {
        while (!signal.aborted)
          yield await new Promise<void>((resolve) => {
            doubt = resolve;
            signal.addEventListener("abort", () => resolve());
          });
      },
    };
    return { sink, asked, doubt: () => doubt() };
  };

  it("delays no alert, and what it has found is sent again all the same", async () => {
    const { sink, asked, doubt } = lateSink();
    const { spool } = openSpool(directories.make(), { keepAcknowledgedMs: 60_000 });
    append(spool, 1, 2);
    const { of, wake } = publishing(sink, spool);
    await until("two are stored", () => of("alerts_published") === 2);
    doubt();
    await until("it is asked", () => asked.length === 2);
    append(spool, 3);
    wake.set();
    await until("the third is stored", () => of("alerts_published") === 3);
    expect(of("alerts_sent_again")).toBe(0);
    asked[1]!({ created: "later", firstSequence: 1, lastSequence: 1 });
    await until("all are sent again", () => of("alerts_published") === 6);
    expect([of("alert_stream_losses"), of("alerts_sent_again"), spool.mark?.created]).toEqual([1, 3, "later"]);
    for (const answer of asked) answer({ created: "later", firstSequence: 1, lastSequence: 3 });
  });
});

describe("an alert that is refused", () => {
  const refusal = (code: string) => Object.assign(new Error(code), { code });

  it.each(["BUS_PAYLOAD_TOO_LARGE", "BUS_MESSAGE_OVERSIZED", "BUS_MESSAGE_INVALID", "BUS_STORAGE_REFUSED"])(
    "for itself by %s is set aside, named and counted, and the others go on",
    async (code) => {
      const sink = sinkThat((n) => (n === 1 ? refusal(code) : undefined));
      const { spool } = openSpool(directories.make());
      append(spool, 1, 2, 3);
      const { of, log } = publishing(sink, spool);
      await until("all are through", () => spool.waiting === 0);
      expect(sink.stored).toEqual([2, 3]);
      expect(of("alerts_refused")).toBe(1);
      expect(JSON.stringify(log.lines)).toContain(alert(1).id);
    },
  );

  it("by this program, because an earlier release wrote it in a form that is not known any more, is counted", async () => {
    const sink = sinkThat(() => undefined);
    const { spool } = openSpool(directories.make());
    append(spool, 1);
    spool.append([Buffer.from("no alert")]);
    append(spool, 2);
    const { of } = publishing(sink, spool);
    await until("all are through", () => spool.waiting === 0);
    expect(sink.stored).toEqual([1, 2]);
    expect([of("alerts_published"), of("events_unreadable")]).toEqual([2, 1]);
  });

  it("with all others, because the stream takes none, is kept", async () => {
    let full = true;
    const sink = sinkThat(() => (full ? refusal("BUS_STORAGE_REFUSED") : undefined));
    const { spool } = openSpool(directories.make());
    append(spool, 1, 2, 3);
    const { of } = publishing(sink, spool);
    await until("it was tried often", () => of("alert_publish_failures") > 10);
    full = false;
    await until("all are through", () => spool.waiting === 0);
    expect(sink.stored).toEqual([1, 2, 3]);
    expect(of("alerts_refused")).toBe(0);
  });
});

describe("with a real server", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());

  it("alerts that it had acknowledged and lost with its disk are sent again, by the same ids", async () => {
    const controller = await client("controller", server.url);
    await controller.ensure();
    const bus = await client("enforcer", server.url);
    const { spool } = openSpool(directories.make(), { keepAcknowledgedMs: 60_000, segmentBytes: 1_000 });
    const { of, wake } = publishing(bus, spool);
    append(spool, 1, 2, 3, 4, 5);
    wake.set();
    await until("they are acknowledged", () => of("alerts_published") === 5 && spool.mark?.sequence === 5);
    await server.stop({ hard: true });
    await server.start({ wipe: true });
    await until("the stream is made again", async () =>
      controller.ensure().then(
        () => true,
        () => false,
      ),
    );
    await until(
      "they are stored again",
      async () => (await bus.alertStream().catch(() => undefined))?.lastSequence === 5,
    );
    expect(await bus.storedAlertId(1)).toBe(alert(1).id);
    expect([of("alert_stream_losses"), of("alerts_sent_again")]).toEqual([1, 5]);
  });

  it("what is left at removal is delivered; without a bus the wait is bounded and the number is said", async () => {
    await (await client("controller", server.url)).ensure();
    const dir = directories.make();
    const left = openSpool(dir).spool;
    append(left, 11, 12);
    left.close();
    const log = new MemoryLog();
    const { count } = counting();
    const nowhere = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("no bus"))));
    expect(await deliverLast({ dir, connectBus: nowhere, withinMs: 50, log, count })).toBe(2);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    const connectBus = () => client("last", server.url);
    expect(await deliverLast({ dir, connectBus, withinMs: 10_000, log, count })).toBe(0);
  });
});
