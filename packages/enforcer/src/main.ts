/**
 * The enforcer's process: the only reader of the environment. `main.ts` runs until SIGTERM and leaves everything bound;
 * `main.ts --remove` unpins and detaches everything and removes the state, for an uninstall.
 */

import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Bus, connect } from "@portcullis/bus";
import { createLog, type Log, Metrics, onShutdown, serveHealth } from "@portcullis/daemon";
import { Engine, type KernelCount, probe } from "@portcullis/native";
import { deliverLast, type LastCounts } from "./alerts/last-delivery.ts";
import { RuleSetHistory } from "./alerts/rule-set-history.ts";
import { throttledFile } from "./alerts/throttled-kept.ts";
import { compilerFor } from "./bind/compiler.ts";
import { SlotJournal } from "./bind/slot-journal.ts";
import { SlotTable } from "./bind/slot-table.ts";
import { BootTime, machineTime } from "./boot-time.ts";
import { BundleStore } from "./bundles/store.ts";
import { enforcerChecks } from "./checks.ts";
import { type Config, parseConfig } from "./config.ts";
import { CriRuntime } from "./containers/cri.ts";
import { Counters } from "./counters.ts";
import { Enforcer } from "./enforcer.ts";
import { defineMetrics, durationsOf } from "./metrics.ts";

/** Must stay below the pod's terminationGracePeriodSeconds. */
const shutdownDeadlineMs = 8_000;
/** At removal, the alerts that are left may take so long. */
const lastDeliveryMs = 20_000;
/** Stands for the bus when none is named, which removing does not need. */
const nowhere = "nats://-";

async function main(): Promise<number> {
  const removing = process.argv.includes("--remove");
  // To remove, only the places on this node matter.
  const config = parseConfig(removing ? { NODE_NAME: "-", NATS_URL: nowhere, ...process.env } : process.env);
  const root = createLog({ level: config.logLevel, fields: { component: "enforcer", node: config.node } });
  try {
    if (removing) await remove(config, root);
    else await run(config, root);
    return 0;
  } catch (error) {
    root.error("the enforcer ends with an error, what is bound stays bound", { error });
    return 1;
  } finally {
    await root.end();
  }
}

async function run(config: Config, log: Log): Promise<void> {
  const shutdown = onShutdown({ log, deadlineMs: shutdownDeadlineMs });
  const counters = new Counters();
  const metrics = new Metrics("portcullis_enforcer");
  metrics.observeProcess("enforcer");
  const enforcer = new Enforcer({
    config,
    log,
    counters,
    durations: durationsOf(metrics),
    boot: bootId(config),
    nodeId: nodeId(config),
    runtime: new CriRuntime(config.criSocket),
    probe: () => probe({ buildDir: config.nativeDir }),
    openEngine: () =>
      Engine.open({
        buildDir: config.nativeDir,
        pinDir: config.pinDir,
        hostMountNamespace: hostMountNamespace(config),
      }),
    compilerFor,
    connectBus: busOf(config, log),
  });
  defineMetrics(metrics, enforcer, counters);
  const health = await serveHealth({
    port: config.http.port,
    host: config.http.host,
    ...enforcerChecks(enforcer),
    metrics,
    log,
  });
  try {
    await enforcer.run(shutdown.signal);
  } finally {
    await health.close();
    shutdown.finished();
  }
}

async function remove(config: Config, log: Log): Promise<void> {
  let counts: readonly KernelCount[] = [];
  try {
    counts = Engine.uninstall(config.pinDir, config.nativeDir);
  } catch (error) {
    if ((error as { code?: string }).code !== "NATIVE_BPFFS_MISSING") throw error;
    log.warn("there is no bpffs on this node, so nothing was pinned", { pinDir: config.pinDir });
  }
  await deliverLast({
    dir: join(config.stateDir, "spool"),
    throttled: join(config.stateDir, throttledFile),
    counted: lastCounts(config, counts),
    connectBus: busOf(config, log),
    withinMs: config.nats.servers.includes(nowhere) ? 0 : lastDeliveryMs,
    log,
    count: new Counters().count,
  });
  for (const name of ["slots", "bundle", "rulesets", "spool", "spool-logs", throttledFile, "host-recording"]) {
    rmSync(join(config.stateDir, name), { recursive: true, force: true });
  }
  log.info("unpinned and detached, nothing is enforced on this node any more", { pinDir: config.pinDir });
}

/** What the kernel has counted, with what the slot table and the rule sets on disk say of it. */
function lastCounts(config: Config, counts: readonly KernelCount[]): LastCounts {
  const { stateDir, cluster, node, hostProc } = config;
  const boot = bootId(config);
  const store = new BundleStore(stateDir);
  const history = new RuleSetHistory((digest) => store.pathOf(digest));
  const bootTime = new BootTime(machineTime(hostProc));
  return {
    counts,
    attribution: {
      table: new SlotTable(new SlotJournal(join(stateDir, "slots"), boot), () => {}),
      ruleSet: (digest) => history.get(digest),
      bundleContainer: () => undefined,
    },
    origin: () => ({ cluster, node, nodeId: nodeId(config), boot, bootToEpochNs: bootTime.toEpochNs() }),
  };
}

function busOf({ nats, node }: Config, log: Log): (signal: AbortSignal) => Promise<Bus> {
  // A token is this node's own, where the password of a user is everybody's.
  const own = nats.auth !== undefined && "tokenFile" in nats.auth ? { node } : {};
  return (signal) => connect({ ...nats, ...own, name: `enforcer/${node}`, signal, log });
}

function hostMountNamespace({ hostProc }: Config): number {
  return statSync(join(hostProc, "1", "ns", "mnt")).ino;
}

function bootId({ hostProc }: Config): string {
  return readFileSync(join(hostProc, "sys/kernel/random/boot_id"), "utf8").trim();
}

/** The machine id, by which other tools name the node, or its Kubernetes name where there is none. */
function nodeId({ hostRoot, node }: Config): string {
  for (const path of ["etc/machine-id", "var/lib/dbus/machine-id"]) {
    try {
      const id = readFileSync(join(hostRoot, path), "utf8").trim();
      if (id !== "") return id;
    } catch {
      // It is in the next place, or in none.
    }
  }
  return node;
}

try {
  process.exitCode = await main();
} catch (error) {
  // There is no log yet: the configuration cannot be used.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
