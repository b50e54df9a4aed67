/**
 * The controller's process. It reads the environment, puts the parts together, and ends when it is asked to or has to. With the verb `check` it looks whether
 * an installation works instead.
 */
import { type Bus, connect } from "@portcullis/bus";
import { createLog, Metrics, onShutdown, type RootLog, serveHealth } from "@portcullis/daemon";
import { KubeClient, loadKubeConfig } from "@portcullis/kube";
import { BusAccess } from "./access/bus-access.ts";
import { type Config, parseConfig } from "./config.ts";
import { Controller } from "./controller.ts";
import { checkCommand } from "./installation/check-command.ts";
import { nodeReport } from "./installation/node-report.ts";
import { durationsOf, observe } from "./metrics.ts";
import { BundleKeys } from "./signing/bundle-keys.ts";
import { NodeHealth } from "./status/node-health.ts";

/** Below the pod's terminationGracePeriodSeconds (30 by default). */
const shutdownMs = 20_000;

async function main(): Promise<number> {
  let config: Config;
  try {
    config = parseConfig(process.env);
  } catch (error) {
    const log = createLog({ level: "info", fields: { component: "controller" } });
    log.error("cannot start", { error });
    await log.end();
    return 1;
  }
  const log = createLog({ level: config.logLevel, fields: { component: "controller" } });
  try {
    await run(config, log);
    return 0;
  } catch (error) {
    log.error("the controller ends", { error });
    return 1;
  } finally {
    await log.end();
  }
}

async function run(config: Config, log: RootLog): Promise<void> {
  const shutdown = onShutdown({ log, deadlineMs: shutdownMs });
  const { signal } = shutdown;
  const kubeConfig = loadKubeConfig(config.kubeconfig);
  const metrics = new Metrics("portcullis_controller");
  metrics.observeProcess("controller");
  const durations = durationsOf(metrics);
  let controller: Controller | undefined;
  let keys: BundleKeys | undefined;
  let bus: Bus | undefined;
  // Health is served before there is a bus: a process that waits for NATS is alive and says what it waits for.
  const health = await serveHealth({
    ...config.http,
    metrics,
    log,
    live: {
      // A queue that stands is a worker that waits for what never comes.
      bundles: () => ageOf(controller?.nodeQueue.oldestMs),
      statuses: () => ageOf(controller?.statusQueue.oldestMs),
    },
    ready: {
      keys: () => keys?.ready || "there is no key to sign bundles with",
      bus: () => bus?.connected || "not connected to NATS",
      informers: () => controller?.synced || "not every informer has synced",
      config: () => controller?.config.inForce !== undefined || controller?.config.problem || "not read yet",
      definitions: () => controller?.definitions.problem || true,
    },
    pages: { "/nodes": () => reportOf(controller) },
  });
  log.info("started", { port: health.port, cluster: config.cluster, identity: config.identity });
  try {
    const client = new KubeClient(kubeConfig, "portcullis-controller");
    keys = new BundleKeys({ client, log, namespace: config.namespace, ...config.signing });
    // At once and whatever the bus does: kubelets take a while until they have given a public key to every node. It never rejects.
    void keys.open(signal);
    const { namespace, nats, loginSecret, nodeLogins, certificate } = config;
    const nodeLoginSecret = nodeLogins?.secret;
    const access = new BusAccess({ client, log, namespace, ...nats, loginSecret, nodeLoginSecret, certificate });
    await access.open(signal);
    bus = await connectBus(config, access, log, signal);
    if (bus === undefined) return;
    controller = new Controller({
      client,
      bus,
      keys,
      durations,
      access,
      nodeLogins,
      log,
      cluster: config.cluster,
      configMap: config.configMap === undefined ? undefined : { namespace, name: config.configMap },
      untrackedNamespaces: config.untrackedNamespaces,
      baseAllowance: config.baseAllowance,
      jsonCopies: config.jsonCopies,
      outputs: config.outputs,
      storage: config.storage,
      identity: config.identity,
      lease: {
        namespace: config.namespace,
        name: config.leaseName,
        durationMs: config.leaseDurationMs,
        renewDeadlineMs: (config.leaseDurationMs * 2) / 3,
      },
    });
    observe(metrics, controller, { bus, keys, access });
    await controller.run(signal);
  } finally {
    controller?.alertWork.outputs.close();
    await Promise.allSettled([health.close(), bus?.close()]);
    await kubeConfig.close();
    shutdown.finished();
  }
}

function reportOf(controller: Controller | undefined): object {
  if (controller === undefined) return nodeReport(new NodeHealth(), [], false);
  return nodeReport(controller.health, controller.world.nodeNames(), controller.leading);
}

/** A key waits for milliseconds, and for a while when a leader begins or thousands of statuses are written in turn. */
const longestWaitMs = 600_000;

function ageOf(oldestMs = 0): true | string {
  return oldestMs < longestWaitMs || `the oldest key has waited for ${Math.round(oldestMs / 1_000)} s`;
}

/** Undefined: the process was asked to end before there was a connection. */
async function connectBus(
  config: Config,
  access: BusAccess,
  log: RootLog,
  signal: AbortSignal,
): Promise<Bus | undefined> {
  // Once it is connected, the bus outlives the signal, so that what is being published at shutdown still goes out.
  if (signal.aborted) return undefined;
  const end = new AbortController();
  const abandon = () => end.abort();
  signal.addEventListener("abort", abandon, { once: true });
  try {
    return await connect({ ...access.connection, name: `controller/${config.identity}`, signal: end.signal, log });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    signal.removeEventListener("abort", abandon);
  }
}

process.exitCode =
  process.argv[2] === "check"
    ? await checkCommand(process.env, (line) => process.stdout.write(`${line}\n`))
    : await main();
