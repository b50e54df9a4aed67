/** Before the spool is removed for good: what still waits is delivered, for a bounded time, and what could not be is said. */

import type { Bus } from "@portcullis/bus";
import { aborted, type Log, sleep } from "@portcullis/daemon";
import type { KernelCount } from "@portcullis/native";
import type { Count } from "../counters.ts";
import { Wake } from "../wake.ts";
import type { AlertOrigin } from "./alert.ts";
import type { AttributionSources } from "./attribution.ts";
import { spoolCounts } from "./counts-intake.ts";
import { publishSpooled } from "./publisher.ts";
import { Spool } from "./spool.ts";
import { SpoolLoss } from "./spool-loss.ts";
import { spoolKept } from "./throttled-kept.ts";

export interface LastCounts {
  readonly counts: readonly KernelCount[];
  readonly attribution: AttributionSources;
  readonly origin: () => AlertOrigin;
}

interface LastDeliveryOptions {
  readonly dir: string;
  /** What an enforcer that was killed has kept of what it throttled. */
  readonly throttled?: string | undefined;
  /** What the kernel has counted and nobody has taken over. */
  readonly counted?: LastCounts | undefined;
  readonly connectBus: (signal: AbortSignal) => Promise<Bus>;
  readonly withinMs: number;
  readonly log: Log;
  readonly count: Count;
}

/** Returns how many alerts are left that nobody has stored. */
export async function deliverLast(options: LastDeliveryOptions): Promise<number> {
  const { dir, throttled, counted, connectBus, withinMs, log, count } = options;
  const spool = new Spool({
    dir,
    maxBytes: Number.POSITIVE_INFINITY,
    segmentBytes: 4 << 20,
    memoryBytes: 64 << 20,
    syncDelayMs: 100,
    keepAcknowledgedMs: 0,
    events: new SpoolLoss({ dir, log, count }),
  });
  if (counted) spoolCounts(counted.counts, { ...counted, spool, wake: new Wake(), count });
  if (throttled !== undefined) spoolThrottled(throttled, spool, options);
  const waiting = spool.waiting;
  try {
    if (waiting > 0) await deliver(spool, { connectBus, withinMs, log, count });
  } finally {
    spool.close();
  }
  const left = spool.waiting;
  if (left > 0) log.error("alerts that could not be delivered are removed", { left, delivered: waiting - left });
  else if (waiting > 0) log.info("the last alerts were delivered", { delivered: waiting });
  return left;
}

function spoolThrottled(path: string, spool: Spool, { log, count }: Pick<LastDeliveryOptions, "log" | "count">): void {
  try {
    spoolKept(path, spool);
  } catch (error) {
    count("state_unreadable");
    log.error("how many alerts were throttled cannot be read", { error, path });
  }
}

async function deliver(
  spool: Spool,
  { connectBus, withinMs, log, count }: Omit<LastDeliveryOptions, "dir" | "throttled" | "counted">,
): Promise<void> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), withinMs);
  try {
    const bus = await connectBus(end.signal);
    const publishing = publishSpooled(bus, { spool, wake: new Wake(), log, count }, end.signal);
    while (spool.waiting > 0 && !end.signal.aborted) await sleep(50, end.signal);
    end.abort();
    await Promise.race([publishing, aborted(AbortSignal.timeout(1_000))]);
    await bus.close();
  } catch (error) {
    log.warn("the bus cannot be reached, so that the last alerts cannot be delivered", { error });
  } finally {
    clearTimeout(timer);
  }
}
