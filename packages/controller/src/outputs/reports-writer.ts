/**
 * Writes one Report in each namespace where something was denied or audited, every few minutes and only where it says something else than before; it is deleted where there is nothing to say any
 * more. What was written is known by a digest on the object, also to the next leader. Where the definition of reports is not there, that is said once and looked for again at the next time.
 */

import { createHash } from "node:crypto";
import { type Log, sleep } from "@portcullis/daemon";
import {
  apply,
  collectionPath,
  isStatus,
  type KubeClient,
  type KubeList,
  type KubeObject,
  objectPath,
} from "@portcullis/kube";
import { type ReportContent, reportLabels, reportName, reportOf, reportResource } from "./report.ts";
import type { ReportEntries } from "./report-entries.ts";

/** Who the API server says wrote it. */
const fieldManager = "portcullis-controller-reports";
const digestAnnotation = "portcullis.dev/content";
const selector = Object.entries(reportLabels)
  .map(([label, value]) => `${label}=${value}`)
  .join(",");
/** The objects without what is in them, which is long. */
const metadataAlone = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

export interface ReportsOptions {
  readonly client: KubeClient;
  readonly entries: ReportEntries;
  readonly isLeader: () => boolean;
  readonly log: Log;
  /** Between two times that all are looked at. */
  readonly everyMs: number;
  /** Between two writes; default 200 ms. */
  readonly paceMs?: number;
}

export class ReportsWriter {
  readonly counters = { written: 0, unchanged: 0, removed: 0, failed: 0 };
  /** Set while the API server knows no reports. */
  undefinedThere = false;
  readonly #options: ReportsOptions;

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  /** Until the signal aborts. At first it waits: what has come since the last leader is read meanwhile. */
  async run(signal: AbortSignal): Promise<void> {
    const { everyMs, entries } = this.#options;
    while (!signal.aborted) {
      await sleep(everyMs, signal);
      // What the leader before has kept is not known yet: nothing is deleted because of that.
      if (signal.aborted || !entries.begun) continue;
      entries.prune(Date.now() / 1_000);
      await this.#writeAll(signal);
    }
  }

  async #writeAll(signal: AbortSignal): Promise<void> {
    const { entries, isLeader, paceMs = 200 } = this.#options;
    const written = await this.#written(signal);
    if (written === undefined) return;
    for (const namespace of new Set([...entries.namespaces(), ...written.keys()])) {
      if (signal.aborted || !isLeader()) return;
      const of = entries.of(namespace);
      const report = of.entries.length === 0 ? undefined : reportOf(namespace, of);
      const digest = report && digestOf(report);
      if (digest === written.get(namespace)) this.counters.unchanged++;
      else {
        await this.#write(namespace, report && { report, digest }, signal);
        await sleep(paceMs, signal);
      }
    }
  }

  /** Namespace → digest of what is written there. Undefined: it cannot be known now. */
  async #written(signal: AbortSignal): Promise<ReadonlyMap<string, string> | undefined> {
    const { client, log } = this.#options;
    const path = collectionPath(reportResource);
    try {
      const query = { labelSelector: selector };
      const list = await client.request<KubeList<KubeObject>>({
        method: "GET",
        path,
        query,
        accept: metadataAlone,
        signal,
      });
      if (this.undefinedThere) log.info("the definition of reports is there now");
      this.undefinedThere = false;
      const ours = (list.items ?? []).filter(({ metadata }) => metadata.name === reportName);
      return new Map(
        ours.map(({ metadata }) => [metadata.namespace ?? "", metadata.annotations?.[digestAnnotation] ?? "none"]),
      );
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!isStatus(error, 404)) this.#failed("reports cannot be listed", error);
      else if (!this.undefinedThere) {
        this.undefinedThere = true;
        log.warn(
          "no reports are written: openreports.io/v1alpha1 Report is not defined; install OpenReports' definitions",
        );
      }
      return undefined;
    }
  }

  async #write(
    namespace: string,
    content: { report: ReportContent; digest: string | undefined } | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, entries } = this.#options;
    try {
      if (content === undefined) {
        const path = objectPath(reportResource, reportName, namespace);
        await client.request({ method: "DELETE", path, signal });
        this.counters.removed++;
        return;
      }
      const metadata = { labels: reportLabels, annotations: { [digestAnnotation]: content.digest } };
      const target = { resource: reportResource, name: reportName, namespace };
      await apply(client, target, { metadata, ...content.report }, { fieldManager, signal });
      this.counters.written++;
    } catch (error) {
      if (signal.aborted) return;
      if (isOfNamespace(error)) entries.forget(namespace);
      // The report has been deleted, or the definition of reports has: the next look at all of them says which.
      else if (!isStatus(error, 404)) this.#failed("a report was not written", error, namespace);
    }
  }

  #failed(message: string, error: unknown, namespace?: string): void {
    this.counters.failed++;
    this.#options.log.warn(message, { namespace, error });
  }
}

/** The namespace has gone, or is about to go, and its report with it. */
const isOfNamespace = (error: unknown): boolean =>
  (isStatus(error, 404) && /namespaces "/.test(error.message)) ||
  (isStatus(error, 403) && /being terminated/.test(error.message));

const digestOf = (report: ReportContent): string =>
  createHash("sha256").update(JSON.stringify(report)).digest("hex").slice(0, 32);
