/** `connect`: the parts of this package put together behind the `Bus` interface. */

import type { Bus, ConnectOptions } from "./bus.ts";
import { alertChannel, logChannel } from "./channels/alert-channels.ts";
import { sendAlertCopy } from "./channels/alert-copies.ts";
import { AlertPublisher, alertStreamState, storedAlertId } from "./channels/alert-publish.ts";
import { subscribeAlerts } from "./channels/alert-subscribe.ts";
import { hearSummaries, sendSummary } from "./channels/alert-summaries.ts";
import { watchBundle } from "./channels/bundle-watch.ts";
import { deleteBundle, listBundles, publishBundle } from "./channels/bundles.ts";
import { answerNodes } from "./channels/node-service.ts";
import { deleteNodeStatus, putNodeStatus, watchNodeStatuses } from "./channels/node-statuses.ts";
import { readProgress, writeProgress } from "./channels/progress.ts";
import { RuleSetStore } from "./channels/rule-sets.ts";
import { ensureStorage } from "./channels/storage.ts";
import { coalescing } from "./connection/coalesce.ts";
import { Connection } from "./connection/connection.ts";
import { answerLogins } from "./identity/answer-logins.ts";

/**
 * Resolves when the connection is up, however long that takes. Rejects with `BUS_CLOSED` when the signal aborts first and
 * with `BUS_OPTION_INVALID` for options that can never work.
 */
export async function connect(options: ConnectOptions): Promise<Bus> {
  const connection = await Connection.open(options);
  const ruleSets = new RuleSetStore(connection);
  const alerts = new AlertPublisher(connection);
  return {
    stats: connection.stats,
    get connected() {
      return connection.up;
    },
    closed: connection.closed,
    reconnects: (signal) => reconnects(connection, signal),
    close: () => connection.close(),
    ensure: (limits = {}) => ensureStorage(connection, limits),
    publishBundle: (bundle, encoded, how) => publishBundle({ connection, store: ruleSets }, bundle, encoded, how),
    deleteBundle: (node) => deleteBundle(connection, node),
    listBundles: () => listBundles(connection),
    pruneRuleSets: (kept, minAgeMs) => ruleSets.prune(kept, minAgeMs),
    watchBundle: (node, signal, credible) => watchBundle(connection, node, signal, credible),
    ruleSet: (digest, signal) => ruleSets.get(digest, signal),
    publishAlert: (encoded) => alerts.publish(alertChannel, encoded),
    alertStream: () => alertStreamState(connection, alertChannel),
    storedAlertId: (sequence) => storedAlertId(connection, alertChannel, sequence),
    subscribeAlerts: (subscribe) => subscribeAlerts(connection, alertChannel, subscribe),
    sendAlertCopy: (alert) => sendAlertCopy(connection, alertChannel, alert),
    publishLog: (encoded) => alerts.publish(logChannel, encoded),
    logStream: () => alertStreamState(connection, logChannel),
    storedLogId: (sequence) => storedAlertId(connection, logChannel, sequence),
    subscribeLogs: (subscribe) => subscribeAlerts(connection, logChannel, subscribe),
    sendLogCopy: (log) => sendAlertCopy(connection, logChannel, log),
    sendSummary: (summary) => sendSummary(connection, summary),
    hearSummaries: (signal, hear) => hearSummaries(connection, signal, hear),
    readProgress: (name) => readProgress(connection, name),
    writeProgress: (name, value, revision) => writeProgress(connection, name, value, revision),
    answerNodes: (signal) => answerNodes(connection, signal),
    answerLogins: (options) => answerLogins(connection, options),
    putNodeStatus: (status) => putNodeStatus(connection, status),
    deleteNodeStatus: (node) => deleteNodeStatus(connection, node),
    watchNodeStatuses: (signal, initialised) => watchNodeStatuses(connection, signal, initialised),
  };
}

/** Several reconnects while the reader is busy are told as one. */
function reconnects(connection: Connection, signal: AbortSignal): AsyncIterable<void> {
  return coalescing(signal, async function* (inner): AsyncGenerator<readonly [string, undefined]> {
    let wake = Promise.withResolvers<void>();
    let pending = false;
    const unsubscribe = connection.onReconnect(() => {
      pending = true;
      wake.resolve();
    });
    const end = () => wake.resolve();
    inner.addEventListener("abort", end, { once: true });
    connection.closed.then(end, end);
    try {
      while (!inner.aborted && !connection.nc.isClosed()) {
        await wake.promise;
        wake = Promise.withResolvers<void>();
        if (!pending) continue;
        pending = false;
        yield ["reconnect", undefined];
      }
    } finally {
      unsubscribe();
      inner.removeEventListener("abort", end);
    }
  });
}
