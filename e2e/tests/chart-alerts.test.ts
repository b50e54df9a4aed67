/** Promise: whoever has Prometheus is told what to act upon: each alert fires when it should and not otherwise, is described, and is found by Prometheus' operator. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { findBinary } from "@portcullis/bus/testing";
import { repository } from "@portcullis/tools/setup";
import { parse, parseAllDocuments } from "yaml";
import { chart, find, helm, type Rendered, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

interface Rule {
  alert: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
const file = parse(readFileSync(join(chart, "files", "alerts.yaml"), "utf8")) as { groups: { rules: Rule[] }[] };
const rules = file.groups.flatMap((group) => group.rules);
const monitoring = (objects: readonly Rendered[]): string[] =>
  objects.filter(({ kind }) => /^(PodMonitor|PrometheusRule)$/.test(kind)).map(({ kind }) => kind);

/** In a cluster that has the kinds of Prometheus' operator. */
function renderThere(...set: string[]): Rendered[] {
  const flags = ["--namespace", "security", "--api-versions", "monitoring.coreos.com/v1"];
  const values = set.flatMap((value) => ["--set-json", value]);
  return parseAllDocuments(helm("template", "portcullis", chart, ...flags, ...values))
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

describe("the chart's alerts", () => {
  it("fire when they should and not otherwise, each of them, as Prometheus evaluates them", () => {
    const tried = spawnSync(findBinary("promrules"), [join(import.meta.dirname, "alert-rules.yaml")], {
      encoding: "utf8",
    });
    expect(tried.stdout + tried.stderr).toBe("");
    expect(tried.status).toBe(0);
  });

  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    "%s says what it means, how urgent it is, and stands in docs/operations.md",
    (name, rule) => {
      expect(Object.keys(rule.annotations).sort()).toEqual(["description", "summary"]);
      expect(rule.labels.severity).toMatch(/^(critical|warning)$/);
      const operations = readFileSync(join(repository, "docs", "operations.md"), "utf8");
      expect(operations).toContain(`| ${name} | ${rule.labels.severity} |`);
    },
  );

  it("are a PrometheusRule where there is such a kind, or where it is asked for, and nowhere else", () => {
    expect(monitoring(render())).toEqual([]);
    expect(monitoring(renderThere()).sort()).toEqual(["PodMonitor", "PodMonitor", "PrometheusRule"]);
    expect(monitoring(renderThere('metrics.alerts="never"', 'metrics.podMonitors="never"'))).toEqual([]);
    expect(monitoring(render('metrics.alerts="always"'))).toEqual(["PrometheusRule"]);
    const rule = find(renderThere('metrics.labels={"release":"prometheus"}'), "PrometheusRule");
    expect(rule.spec).toEqual(file);
    expect(rule.metadata.labels).toMatchObject({ release: "prometheus" });
  });

  it("have their figures from every pod of controller and enforcer", () => {
    const objects = renderThere('metrics.interval="1m"');
    for (const [component, kind] of [
      ["controller", "Deployment"],
      ["enforcer", "DaemonSet"],
    ] as const) {
      const { spec } = find(objects, "PodMonitor", new RegExp(`-${component}$`));
      const { metadata, spec: pod } = find(objects, kind).spec.template;
      expect(metadata.labels).toMatchObject(spec.selector.matchLabels);
      const [{ port, path, interval }] = spec.podMetricsEndpoints;
      expect([path, interval]).toEqual(["/metrics", "1m"]);
      expect(pod.containers[0].ports.map(({ name }: { name: string }) => name)).toContain(port);
    }
  });
});
