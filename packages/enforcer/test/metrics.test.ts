/** The enforcer's metrics page. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Metrics } from "@portcullis/daemon";
import { promlint } from "@portcullis/daemon/testing";
import { Counters } from "../src/counters.ts";
import { defineMetrics, durationsOf } from "../src/metrics.ts";

let reads = 0;
const figures = {
  enforcing: true,
  appliedRevision: 7n,
  slotsUsed: 2,
  spoolBytes: 4_096,
  kernelCounters: () => ({ denied: 3 * ++reads, ring_full_denial: 1 }),
};

describe("the enforcer's metrics page", () => {
  it("has a metric of its own for everything that is counted, in names that Prometheus' linter accepts", async () => {
    const metrics = new Metrics("portcullis_enforcer");
    const counters = new Counters();
    defineMetrics(metrics, figures, counters);
    const { bind } = durationsOf(metrics);
    counters.count("bundle_refused_stale", 2);
    counters.count("spool_damaged_bytes", 512);
    bind(0.004);
    const { body } = await metrics.render();
    expect(promlint(body)).toEqual([]);
    for (const line of [
      'bundles_refused_total{reason="stale"} 2',
      'bundles_refused_total{reason="foreign"} 0',
      "spool_damaged_bytes_total 512",
      "alerts_published_total 0",
      "kernel_denied_total 3",
      "kernel_audited_total 0",
      "bind_duration_seconds_count 1",
      "publish_duration_seconds_count 0",
    ])
      expect(body).toContain(`\nportcullis_enforcer_${line}\n`);
    const counted = [...counters.values.keys()].filter((name) => !name.startsWith("bundle_refused_"));
    // The kernel is asked once a scrape, however many of its counters there are, and anew at the next.
    expect(reads).toBe(1);
    expect((await metrics.render()).body).toContain("\nportcullis_enforcer_kernel_denied_total 6\n");
    const abi = readFileSync(join(import.meta.dirname, "../../../native/include/abi.h"), "utf8");
    const inKernel = [...abi.matchAll(/^\tPC_COUNT_(\w+) = /gm)].map(([, name = ""]) => `kernel_${name.toLowerCase()}`);
    expect(inKernel.length).toBeGreaterThan(5);
    const missing = [...counted, ...inKernel].filter((name) => !body.includes(`\nportcullis_enforcer_${name}_total `));
    expect(missing).toEqual([]);
  });
});
