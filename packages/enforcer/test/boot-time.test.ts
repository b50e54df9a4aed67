import { describe, expect, it } from "@jest/globals";
import { BootTime, machineTime } from "../src/boot-time.ts";

const second = 1_000_000_000n;

describe("the time of an event", () => {
  const bootTime = (uptimeSeconds: number) =>
    new BootTime({
      monotonicNs: () => 100n * second,
      wallMs: () => 1_700_000_000_000.25,
      uptimeSeconds: () => uptimeSeconds,
    });

  it("counts from the boot, which was so long ago as the monotonic clock says", () => {
    expect(bootTime(100).toEpochNs()).toBe(1_699_999_900n * second + 250_000n);
  });

  it("is not moved by what may be the resolution of uptime", () => {
    expect(bootTime(100.02).toEpochNs()).toBe(bootTime(100).toEpochNs());
    expect(bootTime(99.9).toEpochNs()).toBe(bootTime(100).toEpochNs());
  });

  it("counts the time that the machine was suspended", () => {
    expect(bootTime(160).toEpochNs()).toBe(bootTime(100).toEpochNs() - 60n * second);
  });

  it("is this machine's time", () => {
    const time = machineTime("/proc");
    const boot = time.uptimeSeconds() * 1_000;
    const now = boot + Number(new BootTime(time).toEpochNs() / 1_000_000n);
    expect(Math.abs(now - Date.now())).toBeLessThan(1_000);
  });
});
