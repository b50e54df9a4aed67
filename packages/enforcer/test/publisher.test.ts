/** From the spool to the bus: a backlog of alerts leaves the event loop to others. */

import { afterEach, describe, expect, it } from "@jest/globals";
import { encodeAlert } from "@portcullis/bus";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { Alert } from "@portcullis/model";
import { alertOf } from "../src/alerts/alert.ts";
import { type AlertSink, publishSpooled } from "../src/alerts/publisher.ts";
import type { Spool } from "../src/alerts/spool.ts";
import { Wake } from "../src/wake.ts";
import { atEnd } from "./enforcer-node.ts";
import { openSpool } from "./opened-spool.ts";
import { counting, event, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const origin = { cluster: "c", node: "n", nodeId: "m", boot: "b", bootToEpochNs: 1n };
const unattributed = { binding: undefined, rule: undefined, policy: undefined };
const alert = (n: number): Alert => alertOf(event({ sequence: BigInt(n), ruleId: 0 }), unattributed, origin);
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

describe("a backlog of alerts", () => {
  it("holds the event loop for few of them at a time", async () => {
    let turn = 0;
    let ended = false;
    const ticking = () => {
      turn += 1;
      if (!ended) setImmediate(ticking);
    };
    const turns: number[] = [];
    const sink: AlertSink = {
      publishAlert: async () => {
        turns.push(turn);
        for (const end = performance.now() + 1; performance.now() < end; ); // what an alert costs, in the extreme
      },
    };
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
