/** Metrics by Prometheus' conventions, and what every process says of itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Metrics } from "../src/metrics.ts";
import { version } from "../src/version.ts";
import { promlint } from "./promlint.ts";

const root = join(import.meta.dirname, "..", "..", "..");

describe("the metrics page", () => {
  it("says what was built and what the process needs, in names that Prometheus' linter accepts", async () => {
    const metrics = new Metrics("portcullis_test");
    metrics.observeProcess("test");
    metrics.observe("depth", "Waiting.", () => 3);
    metrics.observeBy("queue", "workqueue_depth", "Waiting.", () => ({ node: 1, status: 2 }));
    metrics.observeCounts("refused_total", "Refused.", () => ({ foreign: 1 }), "reason");
    metrics.observeCount("losses_total", "Losses.", () => 7);
    metrics.durations({ name: "bind_duration_seconds", help: "Binding.", labels: {} })({})(0.02);
    const { body } = await metrics.render();
    expect(promlint(body)).toEqual([]);
    expect(body).toContain(
      `portcullis_build_info{component="test",version="${version}",node_version="${process.versions.node}"} 1`,
    );
    for (const name of [
      "process_resident_memory_bytes",
      "process_cpu_seconds_total",
      "nodejs_eventloop_lag_p99_seconds",
    ])
      expect(body).toMatch(new RegExp(`^${name} [0-9.e+-]+$`, "m"));
    expect(body).toContain('portcullis_test_workqueue_depth{queue="status"} 2');
    expect(body).toContain('portcullis_test_refused_total{reason="foreign"} 1');
    expect(body).toContain("portcullis_test_losses_total 7");
  });

  it("has durations as histograms that show before anything was timed, and refuses them without their unit", async () => {
    const metrics = new Metrics("portcullis_test");
    const took = metrics.durations({ name: "work_seconds", help: "Work.", labels: { queue: ["node", "status"] } });
    const text = async () => (await metrics.render()).body;
    expect(await text()).toMatch(/^portcullis_test_work_seconds_count\{queue="status"\} 0$/m);
    took({ queue: "node" })(0.003);
    took({ queue: "node" })(90);
    expect(await text()).toMatch(/^portcullis_test_work_seconds_bucket\{le="0.0025",queue="node"\} 0$/m);
    expect(await text()).toMatch(/^portcullis_test_work_seconds_bucket\{le="0.005",queue="node"\} 1$/m);
    expect(await text()).toMatch(/^portcullis_test_work_seconds_count\{queue="node"\} 2$/m);
    expect(() => metrics.durations({ name: "work_ms", help: "Work.", labels: {} })).toThrow(
      expect.objectContaining({ code: "DAEMON_METRIC_INVALID" }),
    );
  });

  it("is of the version that package.json and the chart have", () => {
    const read = (path: string) => readFileSync(join(root, path), "utf8");
    expect((JSON.parse(read("package.json")) as { version: string }).version).toBe(version);
    expect(read("charts/portcullis/Chart.yaml")).toContain(`\nversion: ${version}\nappVersion: "${version}"\n`);
  });
});
