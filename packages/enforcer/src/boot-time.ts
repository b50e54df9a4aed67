/**
 * From the kernel's time to wall time. Events carry CLOCK_BOOTTIME; Node has CLOCK_MONOTONIC (hrtime) and /proc/uptime, which
 * is boot time in hundredths. The difference of the two is the time spent suspended, zero on most servers: below the
 * resolution of uptime it is taken as zero, so that time stamps are exact to the wall clock's own millisecond.
 */

import { readFileSync } from "node:fs";

interface TimeSources {
  /** Nanoseconds of CLOCK_MONOTONIC. */
  readonly monotonicNs: () => bigint;
  /** Milliseconds since the epoch, with a fraction. */
  readonly wallMs: () => number;
  /** Seconds of CLOCK_BOOTTIME, as /proc/uptime prints it. */
  readonly uptimeSeconds: () => number;
}

/** `proc`: a /proc of the host. */
export const machineTime = (proc: string): TimeSources => ({
  monotonicNs: () => process.hrtime.bigint(),
  wallMs: () => performance.timeOrigin + performance.now() - driftMs(),
  uptimeSeconds: () => Number(readFileSync(`${proc}/uptime`, "utf8").split(" ")[0]),
});

/** Shorter differences between boot time and monotonic time may come from the resolution of uptime alone. */
const shortestSuspensionNs = 30_000_000n;

export class BootTime {
  readonly #sources: TimeSources;

  constructor(sources: TimeSources) {
    this.#sources = sources;
  }

  /** Nanoseconds to add to a boot time to have the time since the epoch, UTC; read anew each time, because clocks are set. */
  toEpochNs(): bigint {
    const { monotonicNs, wallMs, uptimeSeconds } = this.#sources;
    const monotonic = monotonicNs();
    const wall = BigInt(Math.round(wallMs() * 1e3)) * 1000n;
    const suspended = BigInt(Math.round(uptimeSeconds() * 1e9)) - monotonic;
    return wall - monotonic - (suspended > shortestSuspensionNs ? suspended : 0n);
  }
}

/** performance.timeOrigin does not follow a clock that is set; Date does, at a millisecond's resolution. */
function driftMs(): number {
  const drift = performance.timeOrigin + performance.now() - Date.now();
  return Math.abs(drift) < 2 ? 0 : drift;
}
