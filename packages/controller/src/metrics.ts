/** What the controller counts, as `portcullis_controller_…`. Each count is read where it is kept when somebody scrapes. */
import type { Bus } from "@portcullis/bus";
import type { Metrics } from "@portcullis/daemon";
import type { WorkQueue } from "@portcullis/kube";
import type { Controller } from "./controller.ts";
import type { BundleKeys } from "./signing/bundle-keys.ts";
import { allInformers } from "./watch/informers.ts";

interface Parts {
  readonly bus: Bus;
  readonly keys: BundleKeys;
}

export function observe(metrics: Metrics, controller: Controller, { bus, keys }: Parts): void {
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
  metrics.observe("alerts_in_stream", "Alerts that the stream holds", () => controller.alertStream.held);
  metrics.observe(
    "alerts_dropped_by_stream",
    "Alerts that the stream has dropped at its limits, whether anybody had read them or not",
    () => controller.alertStream.dropped,
  );
  queue(metrics, "node_queue", controller.nodeQueue);
  queue(metrics, "status_queue", controller.statusQueue);
  metrics.observeCounts("bundles_total", "Bundles by what became of them", () => ({
    ...controller.publisher.counters,
  }));
  metrics.observeCounts("signing_keys_total", "Keys that sign bundles, by what became of them", () => ({
    ...keys.counters,
  }));
  metrics.observeCounts("status_total", "Policy statuses computed", () => ({ ...controller.statusWriter.counters }));
  metrics.observeCounts("events_total", "Kubernetes Events", () => ({ ...controller.events.counters }));
  metrics.observeCounts("rule_sets_total", "Rule sets asked for", () => ({ ...controller.world.ruleSets.counters }));
  metrics.observeCounts("reconciles_total", "Keys worked on", () => ({
    node: controller.nodeCounters.reconciled,
    node_failed: controller.nodeCounters.failed,
    status: controller.statusCounters.reconciled,
    status_failed: controller.statusCounters.failed,
  }));
  metrics.observeCounts("informers_total", "Lists, watches, events and failures of the informers together", () => {
    const sum = { lists: 0, watches: 0, events: 0, failures: 0, listener_failures: 0 };
    for (const { counters, listenerFailures } of allInformers(controller.informers)) {
      sum.lists += counters.lists;
      sum.watches += counters.watches;
      sum.events += counters.events;
      sum.failures += counters.failures;
      sum.listener_failures += listenerFailures;
    }
    return sum;
  });
  metrics.observeCounts("bus_total", "Counts of the connection to NATS", () => ({ ...bus.stats }));
}

function queue(metrics: Metrics, name: string, of: WorkQueue): void {
  metrics.observe(`${name}_depth`, "Keys waiting", () => of.depth);
  metrics.observe(`${name}_delayed`, "Keys waiting for their time, after a failure or by request", () => of.delayed);
  metrics.observe(`${name}_oldest_seconds`, "How long the oldest waiting key has waited", () => of.oldestMs / 1_000);
}
