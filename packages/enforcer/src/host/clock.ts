/**
 * Kernel time to wall time. Events carry CLOCK_BOOTTIME; Node has CLOCK_MONOTONIC (hrtime) and /proc/uptime, which is
 * boot time in hundredths. The difference of the two is the time spent suspended, zero on most servers: below the
 * resolution of uptime it is taken as zero, so that time stamps are exact to the wall clock's own millisecond.
 */

import { readFileSync } from "node:fs";

export interface ClockSources {
  /** Nanoseconds of CLOCK_MONOTONIC. */
  readonly monotonic: () => bigint;
  /** Milliseconds since the epoch. */
  readonly wall: () => number;
  /** Seconds of CLOCK_BOOTTIME, as /proc/uptime prints it. */
  readonly uptime: () => number;
}

export const systemClock = (proc: string): ClockSources => ({
  monotonic: () => process.hrtime.bigint(),
  wall: () => performance.timeOrigin + performance.now() - driftOf(),
  uptime: () => Number(readFileSync(`${proc}/uptime`, "utf8").split(" ")[0]),
});

/** performance.timeOrigin does not follow a clock that is set; Date does, at a millisecond's resolution. */
function driftOf(): number {
  const drift = performance.timeOrigin + performance.now() - Date.now();
  return Math.abs(drift) < 2 ? 0 : drift;
}

/** Nanoseconds to add to a boot time to have the time since the epoch, UTC. */
export function bootToEpoch(sources: ClockSources): bigint {
  const monotonic = sources.monotonic();
  const wall = BigInt(Math.round(sources.wall() * 1e3)) * 1000n;
  const suspended = BigInt(Math.round(sources.uptime() * 1e9)) - monotonic;
  return wall - monotonic - (suspended > 30_000_000n ? suspended : 0n);
}
