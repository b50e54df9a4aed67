/** What the controller counts, as `portcullis_controller_…`. Each count is read where it is kept when somebody scrapes. */
import type { Bus } from "@portcullis/bus";
import type { Metrics, Took } from "@portcullis/daemon";
import type { WorkQueue } from "@portcullis/kube";
import type { BusAccess } from "./access/bus-access.ts";
import type { Controller } from "./controller.ts";
import { observeOutputs } from "./outputs/outputs.ts";
import type { BundleKeys } from "./signing/bundle-keys.ts";
import { allInformers } from "./watch/informers.ts";

interface Parts {
  readonly bus: Bus;
  readonly keys: BundleKeys;
  readonly access: BusAccess;
}

/** What of the controller's work is timed. */
export interface Durations {
  readonly nodeReconcile: Took;
  readonly statusReconcile: Took;
  readonly publish: Took;
  readonly enforced: Took;
  readonly login: Took;
}

const busCounts: Readonly<Record<keyof Bus["stats"], string>> = {
  disconnects: "Connections to NATS that were lost.",
  reconnects: "Connections to NATS that came back.",
  staleConnections: "Connections to NATS given up because the server did not answer.",
  permissionErrors: "What the server refused for lack of permission or authentication.",
  otherErrors: "Other errors of the connection to NATS.",
  reopened: "Watches and subscriptions opened again after a loss.",
  refusedMessages: "Messages of a kind, version or content that is not accepted, and that were skipped.",
  alertsPublished: "Alerts published.",
  alertsDuplicate: "Alerts that were stored already.",
  alertsFailed: "Alerts that could not be published.",
  alertsCut: "Alerts that were too large and were cut.",
  copiesSent: "Stored alerts and logs that were sent as JSON.",
  copiesFailed: "Stored alerts and logs that could not be sent as JSON.",
  bundlesWritten: "Bundles written to the bucket.",
  bundlesUnchanged: "Bundles that the bucket held already.",
  ruleSetsWritten: "Rule sets written to the bucket.",
  bundleReads: "Reads of a node's own bundle.",
  bundleHintsDoubted: "Bundles that somebody said were stored, and that were not believed.",
  loginsAccepted: "Nodes that were let into NATS.",
  loginsRefused: "Clients that were turned away from NATS.",
  nodeRequestsAnswered: "What nodes asked for and got.",
  nodeRequestsRefused: "What nodes asked for and may not have, or what is not there.",
};

export function observe(metrics: Metrics, controller: Controller, { bus, keys, access }: Parts): void {
  metrics.observe("leader", "1 while this replica leads", () => Number(controller.leading));
  metrics.observe("synced", "1 when every informer has synced", () => Number(controller.synced));
  metrics.observe("bus_connected", "1 while connected to NATS", () => Number(bus.connected));
  metrics.observe("policies", "Policies of all kinds", () => controller.world.policyKeys().length);
  metrics.observe("pods", "Pods watched", () => controller.informers.pods.store.size);
  metrics.observe(
    "nodes",
    "Nodes, and names of nodes that pods are bound to",
    () => controller.world.nodeNames().length,
  );
  metrics.observe(
    "nodes_enforcing",
    "Nodes whose enforcer says that it enforces",
    () => controller.health.summary().enforcing,
  );
  metrics.observe(
    "nodes_failing",
    "Nodes whose enforcer says that it cannot",
    () => controller.health.summary().failing,
  );
  metrics.observe("nodes_silent", "Nodes whose enforcer has fallen silent", () => controller.health.summary().silent);
  metrics.observe("config_refused", "1 while the global configuration is refused or missing", () =>
    Number(controller.config.problem !== ""),
  );
  metrics.observeCount(
    "config_changes_total",
    "Changes of the global configuration that took effect",
    () => controller.config.counters.changes,
  );
  metrics.observe("alerts_in_stream", "Alerts that the stream holds", () => controller.alertStream.held);
  metrics.observe(
    "alerts_in_stream_oldest_seconds",
    "How long ago the oldest alert that the stream holds was stored; 0 while it holds none",
    () => controller.alertStream.oldestSeconds,
  );
  metrics.observe(
    "nats_storage_unsettled",
    "Streams and buckets whose sizes, ages or replicas NATS does not let be changed to what the values say",
    () => controller.storage.unsettled,
  );
  metrics.observeCount(
    "alerts_dropped_by_stream_total",
    "Alerts that the stream has dropped at its limits, whether anybody had read them or not",
    () => controller.alertStream.dropped,
  );
  alertCounts(metrics, controller);
  reports(metrics, controller);
  observeOutputs(metrics, controller.alertWork.outputs, () => controller.alertStream.lastSequence);
  queues(metrics, { node: controller.nodeQueue, status: controller.statusQueue });
  metrics.observeCounts("bundles_total", "Bundles worked on", () => ({ ...controller.publisher.counters }));
  metrics.observeCounts("signing_keys_total", "Keys that sign bundles", () => ({ ...keys.counters }));
  metrics.observeCounts("nats_certificates_total", "Certificates of NATS", () => ({ ...access.counters }));
  metrics.observeCounts("policy_statuses_total", "Policy statuses computed", () => ({
    ...controller.statusWriter.counters,
  }));
  metrics.observeCounts("events_total", "Kubernetes Events", () => ({ ...controller.events.counters }));
  metrics.observeCounts(
    "first_denial_events_total",
    "Kubernetes Events of first denials; what is suppressed is told later",
    () => ({
      ...controller.denialEvents.counters,
      unremembered: controller.alertWork.counting.counts.hits.unremembered,
    }),
  );
  metrics.observeCounts("policy_hits_writes_total", "Counts by rule written into policies' statuses", () => ({
    ...controller.alertWork.hitsWriter.counters,
  }));
  metrics.observeCounts("rule_sets_total", "Rule sets asked for", () => ({ ...controller.world.ruleSets.counters }));
  const { nodeCounters, statusCounters } = controller;
  const reconciled = () => ({ node: nodeCounters.reconciled, status: statusCounters.reconciled });
  const failed = () => ({ node: nodeCounters.failed, status: statusCounters.failed });
  metrics.observeCounts("reconciles_total", "Keys worked on with success", reconciled, "queue");
  metrics.observeCounts("reconcile_failures_total", "Keys worked on in vain, and put back", failed, "queue");
  informers(metrics, controller);
  for (const [name, help] of Object.entries(busCounts))
    metrics.observeCount(`bus_${snakeCase(name)}_total`, help, () => bus.stats[name as keyof Bus["stats"]]);
}

/** By what every alert has, of which there are few values. Who did what is in the summaries. */
function alertCounts(metrics: Metrics, { alertWork }: Controller): void {
  const { counting } = alertWork;
  metrics.observeCounts(
    "alerts_total",
    "Operations that alerts tell of, repetitions included, by what became of them; of the replica that leads",
    () => {
      const by: Record<string, number> = { Allow: 0, Audit: 0, Block: 0, other: counting.counts.other };
      for (const { action, total } of counting.counts.list()) by[action] = (by[action] ?? 0) + total;
      return by;
    },
    "action",
  );
  metrics.observeCount(
    "alerts_missed_total",
    "Alerts that the stream had dropped before they were counted, or that were no alerts",
    () => counting.counts.missed,
  );
}

/** Nothing where none are wanted. */
function reports(metrics: Metrics, { alertWork: { reports } }: Controller): void {
  if (reports === undefined) return;
  const { entries, writer } = reports;
  metrics.observeCounts("reports_total", "Reports of namespaces looked at", () => ({ ...writer.counters }));
  metrics.observe("reports_undefined", "1 while the API server knows no reports", () => Number(writer.undefinedThere));
  metrics.observeCount(
    "reports_alerts_missed_total",
    "Alerts that the stream had dropped before they were read for reports, or that were no alerts",
    () => entries.missed,
  );
}

function queues(metrics: Metrics, all: Readonly<Record<string, WorkQueue>>): void {
  const by = (name: string, help: string, read: (queue: WorkQueue) => number) =>
    metrics.observeBy("queue", `workqueue_${name}`, help, () =>
      Object.fromEntries(Object.entries(all).map(([queue, of]) => [queue, read(of)])),
    );
  by("depth", "Keys waiting", ({ depth }) => depth);
  by("delayed", "Keys waiting for their time, after a failure or by request", ({ delayed }) => delayed);
  by("oldest_seconds", "How long the oldest waiting key has waited", ({ oldestMs }) => oldestMs / 1_000);
}

function informers(metrics: Metrics, controller: Controller): void {
  const all = allInformers(controller.informers);
  const sum = (of: (informer: (typeof all)[number]) => number) => () =>
    all.reduce((total, informer) => total + of(informer), 0);
  metrics.observeCount(
    "informer_lists_total",
    "Lists read",
    sum(({ counters }) => counters.lists),
  );
  metrics.observeCount(
    "informer_watches_total",
    "Watches opened",
    sum(({ counters }) => counters.watches),
  );
  metrics.observeCount(
    "informer_events_total",
    "Changes that watches brought",
    sum(({ counters }) => counters.events),
  );
  metrics.observeCount(
    "informer_failures_total",
    "Lists and watches that failed",
    sum(({ counters }) => counters.failures),
  );
  metrics.observeCount(
    "informer_listener_failures_total",
    "Changes that a part of this process could not take in",
    sum(({ listenerFailures }) => listenerFailures),
  );
}

/** The histograms of what is timed. */
export function durationsOf(metrics: Metrics): Durations {
  const reconcile = metrics.durations({
    name: "reconcile_duration_seconds",
    help: "Work on one key of a queue, failures included",
    labels: { queue: ["node", "status"] },
  });
  const publish = metrics.durations({
    name: "bundle_publish_duration_seconds",
    help: "From a changed bundle to the bus holding it",
    labels: {},
  });
  const enforced = metrics.durations({
    name: "policy_enforced_duration_seconds",
    help: "From a policy's change to finding that every node concerned enforces it; a status is computed once a second at most",
    labels: {},
  });
  const login = metrics.durations({
    name: "login_duration_seconds",
    help: "From the question of NATS who a client is to the answer, refusals included",
    labels: {},
  });
  return {
    login: login({}),
    nodeReconcile: reconcile({ queue: "node" }),
    statusReconcile: reconcile({ queue: "status" }),
    publish: publish({}),
    enforced: enforced({}),
  };
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
