/** A storm of events: it holds the event loop for a few milliseconds at a time, and no event of it is lost on the way to the spool. */

import { afterEach, describe, expect, it } from "@jest/globals";
import { decodeAlert } from "@portcullis/bus";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import type { KernelEvent } from "@portcullis/native";
import { AlertIntake } from "../src/alerts/intake.ts";
import { ToldAlerts } from "../src/alerts/told-alerts.ts";
import { SlotJournal } from "../src/bind/slot-journal.ts";
import { SlotTable } from "../src/bind/slot-table.ts";
import { Wake } from "../src/wake.ts";
import { openSpool } from "./opened-spool.ts";
import { counting, event, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
const rings: Ring[] = [];
afterEach(() => {
  for (const ring of rings.splice(0)) ring.end();
  directories.removeAll();
});

const origin = { cluster: "c", node: "n", nodeId: "m", boot: "b", bootToEpochNs: 1n };
/** What the addon reads from a ring by one wake-up. */
const batch = 512;

/** A ring at the edge: it holds events in order, and each turn of the event loop delivers a batch to whoever listens. */
class Ring {
  readonly #events: KernelEvent[] = [];
  #listener: ((events: readonly KernelEvent[]) => void) | undefined;
  #turn: NodeJS.Immediate | undefined;
  opened = 0;
  refuse = 0;

  constructor() {
    rings.push(this);
  }

  hold(from: number, to: number): void {
    for (let n = from; n < to; n += 1) this.#events.push(event({ sequence: BigInt(n), object: `/o/${n}` }));
  }
  get held(): number {
    return this.#events.length;
  }
  onEvents(listener: (events: readonly KernelEvent[]) => void): { close(): void } {
    if (this.refuse-- > 0) throw new Error("no memory");
    if (this.#listener) throw new Error("the ring is open already");
    this.opened += 1;
    this.#listener = listener;
    this.#turn = setImmediate(() => this.#deliver());
    return {
      close: () => {
        if (this.#listener === undefined) throw new Error("the ring is closed already");
        this.#listener = undefined;
        clearImmediate(this.#turn);
      },
    };
  }
  /** Whatever the test has left open: nothing is delivered any more. */
  end(): void {
    this.#listener = undefined;
    clearImmediate(this.#turn);
  }
  #deliver(): void {
    const events = this.#events.splice(0, batch);
    if (events.length > 0) this.#listener?.(events);
    if (this.#listener) this.#turn = setImmediate(() => this.#deliver());
  }
}

/** An intake whose clock goes on by a millisecond with each write to the spool: 4 ms are four writes. */
function storm(ring: Ring) {
  const dir = directories.make();
  const { spool } = openSpool(dir, { maxBytes: 64 << 20, segmentBytes: 4 << 20 });
  const { count, of } = counting();
  const log = new MemoryLog();
  let clock = 0;
  const intake = new AlertIntake({
    source: ring,
    attribution: {
      table: new SlotTable(new SlotJournal(`${dir}/slots`, "b"), () => {}),
      ruleSet: () => undefined,
      bundleContainer: () => undefined,
    },
    origin: () => origin,
    spool,
    told: new ToldAlerts(),
    wake: new Wake(),
    log,
    count: (name, by) => {
      if (name === "events") clock += 1;
      count(name, by);
    },
    now: () => clock,
  });
  const objects = () => {
    const all: string[] = [];
    for (let next = spool.read(spool.start); next; next = spool.read(next.after))
      all.push(decodeAlert(next.payload).resource.split(" ")[0]!);
    return all;
  };
  return { intake, of, log, objects };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const inOrder = (count: number) => Array.from({ length: count }, (_, n) => `/o/${n}`);

describe("a storm of events", () => {
  it("holds the event loop for 4 ms at a time, and every event is spooled in its order", async () => {
    const ring = new Ring();
    ring.hold(0, 4_000);
    const { intake, of, objects } = storm(ring);
    let most = 0;
    let turns = 0;
    while (of("events") < 4_000) {
      const before = of("events");
      await turn();
      turns += 1;
      most = Math.max(most, of("events") - before);
    }
    // A slice when a batch comes, and one that was planned, may fall into the same turn.
    expect(most).toBeLessThanOrEqual(2 * 4 * 16);
    expect(turns).toBeGreaterThan(4_000 / most);
    intake.close();
    expect(objects()).toEqual(inOrder(4_000));
    expect(of("alerts_spooled")).toBe(4_000);
  });

  it("stays in the kernel while many events wait, which are what a killed process would lose", async () => {
    const ring = new Ring();
    ring.hold(0, 4_000);
    const { intake, of } = storm(ring);
    let most = 0;
    while (of("events") < 4_000) {
      await turn();
      most = Math.max(most, 4_000 - ring.held - of("events"));
    }
    expect(most).toBeLessThan(1_024 + batch);
    expect(ring.opened).toBeGreaterThan(3);
    intake.close();
  });

  it("is spooled as far as it was read when the enforcer ends, and the rest stays in the kernel", async () => {
    const ring = new Ring();
    ring.hold(0, 3_000);
    const { intake, objects, of } = storm(ring);
    for (let n = 0; n < 4; n += 1) await turn();
    expect(3_000 - ring.held - of("events")).toBeGreaterThan(0);
    intake.close();
    expect(objects()).toEqual(inOrder(3_000 - ring.held));
    const held = ring.held;
    await turn();
    await turn();
    expect(ring.held).toBe(held);
    expect(held).toBeGreaterThan(0);
  });

  it("goes on when the rings could not be opened again at once, and says so", async () => {
    const ring = new Ring();
    ring.hold(0, 5_000);
    const { intake, of, log, objects } = storm(ring);
    ring.refuse = 1;
    await until("all are spooled", () => of("alerts_spooled") === 5_000);
    expect(log.lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      "the event rings cannot be opened, events wait in the kernel",
    ]);
    intake.close();
    expect(objects()).toEqual(inOrder(5_000));
  });
});
