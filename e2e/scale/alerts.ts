/** How many alerts one node brings into the stream with one core. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect } from "@portcullis/bus";
import { startNatsServer } from "@portcullis/bus/testing";
import { silentLog } from "@portcullis/daemon/testing";

export interface AlertFigures {
  /** Alerts for a second of the node's processor time. */
  readonly perCoreSecond: number;
  readonly perSecond: number;
}

const alerts = 100_000;

export async function measureAlerts(): Promise<AlertFigures> {
  const nats = await startNatsServer({ config: "max_payload: 8MB" });
  try {
    const bus = await connect({
      servers: nats.url,
      name: "scale",
      signal: new AbortController().signal,
      log: silentLog,
    });
    await bus.ensure();
    await bus.close();
    const source = [join(import.meta.dirname, "alert-source.ts"), nats.url, String(alerts)];
    const { stdout } = await promisify(execFile)(process.execPath, source, { timeout: 300_000 });
    const { cpuMs, wallMs } = JSON.parse(stdout) as { cpuMs: number; wallMs: number };
    return { perCoreSecond: alerts / (cpuMs / 1_000), perSecond: alerts / (wallMs / 1_000) };
  } finally {
    await nats.dispose();
  }
}
