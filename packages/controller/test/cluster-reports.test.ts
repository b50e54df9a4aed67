/** Reports of OpenReports, on a real API server with OpenReports' own definition, of a controller at work. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type DeliveredAlert, encodeAlert } from "@portcullis/bus";
import { exampleAlert } from "@portcullis/bus/testing";
import { until } from "@portcullis/daemon/testing";
import { apply, type KubeObject, objectPath } from "@portcullis/kube";
import type { Controller } from "../src/controller.ts";
import { type ReportContent, reportName, reportOf, reportResource } from "../src/outputs/report.ts";
import { ReportEntries } from "../src/outputs/report-entries.ts";
import { policyResource } from "../src/watch/objects.ts";
import { blocking, Cluster } from "./cluster.ts";
import { defineReports } from "./receivers.ts";

const origin = "spec.process.matchPaths[0]";
const byRule = (name: string) => ({
  policyName: name,
  rule: { policy: { kind: "KubeArmorPolicy" as const, namespace: "shop", name }, origin },
});
const seconds = Math.floor(Date.now() / 1_000);
const now = BigInt(seconds) * 1_000_000_000n;

describe("reports of a cluster", () => {
  let cluster: Cluster;
  let last = 0;
  const ended: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.bus.ensure();
    await cluster.node("node-1");
    for (const name of ["shop", "quiet"]) await cluster.namespace(name);
    for (const name of ["no-sleep", "other"])
      await cluster.policy({ kind: "KubeArmorPolicy", namespace: "shop", name, spec: blocking("/bin/sleep") });
  }, 120_000);
  afterAll(async () => {
    for (const end of ended) await end();
    await cluster?.stop();
  });

  async function lead(name: string): Promise<{ controller: Controller; end(): Promise<void> }> {
    const stop = new AbortController();
    const { controller } = await cluster.controller(name, stop.signal, {
      lease: { namespace: "default", name: "portcullis" },
      outputs: { reports: { everyMs: 200 } },
    });
    const running = controller.run(stop.signal);
    const end = async () => {
      stop.abort();
      await running;
    };
    ended.push(end);
    await until(`${name} leads`, () => controller.leading);
    return { controller, end };
  }
  const alert = (more: object) =>
    cluster.bus.publishAlert(
      encodeAlert({ ...exampleAlert, id: `r/${last++}`, namespaceName: "shop", timestampNs: now, ...more }),
    );
  const report = async (namespace = "shop"): Promise<(KubeObject & ReportContent) | undefined> => {
    const path = objectPath(reportResource, reportName, namespace);
    return cluster.client.request<KubeObject & ReportContent>({ method: "GET", path }).catch(() => undefined);
  };
  const counters = ({ alertWork: { reports } }: Controller) => ({ ...reports?.writer.counters });

  it("are written when their definition is there, with rule, owner, count and time, and again only when they say something else", async () => {
    const { controller, end } = await lead("first");
    await alert(byRule("no-sleep"));
    await alert({ ...byRule("no-sleep"), count: 40, firstTimestampNs: now });
    await alert({ policyName: "DefaultPosture", severity: undefined, action: "Audit", operation: "File" });
    // Believed is only what names a policy that is there.
    await alert(byRule("made-up"));
    await until("it is known that there is no definition", () => controller.alertWork.reports?.writer.undefinedThere);
    expect(counters(controller)).toEqual({ written: 0, unchanged: 0, removed: 0, failed: 0 });
    await defineReports(cluster.client);
    await until("it says all", async () => (await report())?.results.length === 2, 20_000);
    expect(await report()).toMatchObject({
      source: "portcullis",
      scope: { kind: "Namespace", name: "shop" },
      summary: { pass: 0, fail: 1, warn: 1, error: 0, skip: 0 },
    });
    const results = (await report())?.results ?? [];
    expect(results.find(({ result }) => result === "fail")).toEqual({
      ...{ policy: "no-sleep", rule: origin, category: "Process", result: "fail", scored: true, severity: "medium" },
      timestamp: { seconds, nanos: 0 },
      resources: [{ apiVersion: "apps/v1", kind: "StatefulSet", namespace: "shop", name: "web" }],
      message: "Process denied 41 times",
      properties: { count: "41", action: "Block", policyKind: "KubeArmorPolicy" },
    });
    expect(results.find(({ result }) => result === "warn")).toMatchObject({
      policy: "DefaultPosture",
      category: "File",
    });
    const { written } = counters(controller);
    const before = (await report())?.metadata.resourceVersion;
    await until("it was looked at again", () => (counters(controller).unchanged ?? 0) > 5);
    expect([counters(controller).written, (await report())?.metadata.resourceVersion]).toEqual([written, before]);
    await until("it is kept", async () => (await cluster.bus.readProgress("reports")).value !== undefined);
    expect(await report("quiet")).toBeUndefined();
    // By this a namespace that has gone is told from a definition that has.
    const nowhere = { resource: reportResource, name: reportName, namespace: "gone" };
    await expect(apply(cluster.client, nowhere, { results: [] }, { fieldManager: "test" })).rejects.toThrow(
      /namespaces "gone" not found/,
    );
    await end();
  }, 60_000);

  it("go on with the next leader, and are deleted when there is nothing to say any more", async () => {
    const before = (await report())?.metadata.resourceVersion;
    const { controller } = await lead("second");
    await until("it was looked at", () => (counters(controller).unchanged ?? 0) > 2);
    expect([counters(controller).written, (await report())?.metadata.resourceVersion]).toEqual([0, before]);
    await alert(byRule("other"));
    await until("it says more", async () => (await report())?.results.length === 3);
    // What a policy said goes with it.
    for (const name of ["no-sleep", "other"]) await cluster.delete(policyResource("KubeArmorPolicy"), name, "shop");
    await until("only the posture is left", async () => (await report())?.results.length === 1);
    controller.alertWork.reports?.entries.prune(seconds + 8 * 86_400);
    await until("it is gone", async () => (await report()) === undefined);
    // It is gone a moment before the answer says so.
    await until("it is counted", () => counters(controller).removed === 1);
    expect(counters(controller)).toMatchObject({ removed: 1, failed: 0 });
  }, 60_000);
});

describe("what a report says", () => {
  const policy = () => ({ uid: "u", generation: 1, namespace: undefined, lowered: { rules: [{ origin }] } });
  const delivered = (n: number, namespaceName = "shop"): DeliveredAlert => ({
    ...{ ...exampleAlert, ...byRule("p"), id: String(n), namespaceName, timestampNs: now + BigInt(n) * 1_000_000_000n },
    owner: { ref: "Deployment", name: `web-${n}`, namespace: namespaceName },
    stream: { created: "then", sequence: n + 1, missed: 0 },
  });
  const begun = (most: { results: number; entries: number }) => {
    const entries = new ReportEntries({ policy, keepMs: 0, most });
    entries.begin(undefined, { created: "then", firstSequence: 1, lastSequence: 0 });
    return entries;
  };
  const place = { created: "then", sequence: 9 };

  it("is what was seen last, and how much gave way; it is kept for the next leader", () => {
    const entries = begun({ results: 3, entries: 100 });
    const value = entries.take(
      [0, 1, 2, 3, 4, 2, 5].map((n) => delivered(n)),
      place,
    );
    const names = () => entries.of("shop").entries.map(({ owner, total }) => `${owner.name} ${total}`);
    expect(names()).toEqual(["web-5 1", "web-2 2", "web-4 1"]);
    expect(reportOf("shop", entries.of("shop")).summary).toEqual({ pass: 0, fail: 3, warn: 0, error: 0, skip: 3 });
    expect(entries.begin(value, { created: "then", firstSequence: 1, lastSequence: 9 })).toEqual(place);
    expect(names()).toEqual(["web-5 1", "web-2 2", "web-4 1"]);
    expect(entries.of("shop").leftOut).toBe(3);
    expect(entries.missed).toBe(0);
    entries.begin(value, { created: "later", firstSequence: 1, lastSequence: 9 });
    expect(entries.missed).toBe(1);
  });

  it("leaves room for a quiet namespace beside a loud one", () => {
    const entries = begun({ results: 10, entries: 5 });
    entries.take([...[0, 1, 2, 3, 4, 5].map((n) => delivered(n, "loud")), delivered(6, "quiet")], place);
    expect([entries.of("loud").entries.length, entries.of("quiet").entries.length]).toEqual([4, 1]);
  });
});
