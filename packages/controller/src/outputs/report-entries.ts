/**
 * What reports are made of: for each namespace what was denied or audited there, by rule and owner of the pod, how often and when last. It is a reader of the stream of its own, because the counts
 * that are kept for everybody do not tell rules apart. Bounded: the kinds that were seen last are kept, and how many gave way is known.
 */

import type { AlertStreamState, DeliveredAlert } from "@portcullis/bus";
import type { Alert } from "@portcullis/model";
import { z } from "zod";
import { decidedBy, type KnownPolicy } from "../alerts/policy-hits.ts";
import type { Place, Reader } from "../alerts/stream-reading.ts";

export const mostResults = 500;
/** In all namespaces: some 200 bytes each where they are kept. */
const mostEntries = 10_000;
/** Of a name in Kubernetes. */
const longestName = 253;
/** What was not seen for so long is told no more. */
const oldestSeconds = 7 * 86_400;

export interface Entry {
  /** As keyOfRef makes it; empty: the posture has decided. */
  readonly key: string;
  readonly policy: string;
  /** The rule's place in the policy; empty for the posture. */
  readonly origin: string;
  readonly operation: Alert["operation"];
  readonly action: Alert["action"];
  readonly severity: string;
  /** Of the pod: its owner, else itself. */
  readonly owner: { readonly kind: string; readonly name: string };
  readonly total: number;
  /** Seconds since the epoch. */
  readonly last: number;
}

interface OfNamespace {
  /** By what tells them apart; the one seen last is the last. */
  readonly entries: Map<string, Entry>;
  /** Kinds that gave way to others. One that comes again and gives way again is counted again. */
  leftOut: number;
}

const text = z.string();
const kept = z.object({
  created: z.string(),
  sequence: z.number().int().min(0),
  missed: z.number().int().min(0),
  namespaces: z.array(
    z.object({
      namespace: text,
      leftOut: z.number().int().min(0),
      entries: z.array(z.tuple([text, text, text, text, text, text, text, text, z.number(), z.number()])),
    }),
  ),
});

export interface EntriesOptions {
  /** A policy that is there. */
  readonly policy: (key: string) => KnownPolicy | undefined;
  /** Between two times that they are kept; default 30 s. */
  readonly keepMs?: number;
  /** For tests: the bounds. */
  readonly most?: { readonly results: number; readonly entries: number };
}

export class ReportEntries implements Reader {
  readonly name = "reports";
  /** Alerts that the stream had dropped before they were read, or that were no alerts. */
  missed = 0;
  /** Whether it is known what the leader before has kept. */
  begun = false;
  readonly #options: Required<EntriesOptions>;
  readonly #namespaces = new Map<string, OfNamespace>();
  #size = 0;
  #dirty = false;
  #keptAt = Number.NEGATIVE_INFINITY;

  constructor(options: EntriesOptions) {
    this.#options = { keepMs: 30_000, most: { results: mostResults, entries: mostEntries }, ...options };
  }

  /** At the very first time everything counts that the stream holds. */
  begin(value: Uint8Array | undefined, { created, firstSequence }: AlertStreamState): Place {
    const before = value && kept.parse(JSON.parse(Buffer.from(value).toString("utf8")));
    this.#namespaces.clear();
    this.#size = 0;
    this.#dirty = false;
    this.begun = true;
    if (before === undefined) return { created, sequence: Math.max(0, firstSequence - 1) };
    const { namespaces, missed, ...place } = before;
    // With a stream that was lost went what nobody had read: how much is not known.
    this.missed = missed + (place.created === created ? 0 : 1);
    for (const { namespace, leftOut, entries } of namespaces) {
      const of = this.#of(namespace);
      of.leftOut = leftOut;
      for (const [key, policy, origin, operation, action, severity, kind, name, total, last] of entries)
        this.#put(of, {
          key,
          policy,
          origin,
          operation,
          action,
          severity,
          owner: { kind, name },
          total,
          last,
        } as Entry);
    }
    return place;
  }

  take(batch: readonly DeliveredAlert[], place: Place): Uint8Array | undefined {
    for (const alert of batch) this.#add(alert);
    const now = performance.now();
    if (!this.#dirty || now - this.#keptAt < this.#options.keepMs) return undefined;
    this.#keptAt = now;
    return this.#bytes(place);
  }

  kept(): void {
    this.#dirty = false;
  }

  namespaces(): string[] {
    return [...this.#namespaces.keys()];
  }

  /** What was seen last is the first. */
  of(namespace: string): { readonly entries: readonly Entry[]; readonly leftOut: number } {
    const { entries, leftOut } = this.#namespaces.get(namespace) ?? { entries: new Map<string, Entry>(), leftOut: 0 };
    return { entries: [...entries.values()].reverse(), leftOut };
  }

  /** Forgets what is of policies that are there no more, and what was not seen for long. */
  prune(nowSeconds: number): void {
    for (const [namespace, { entries }] of this.#namespaces) {
      for (const [id, { key, last }] of entries) {
        const gone = key !== "" && this.#options.policy(key) === undefined;
        if (gone || nowSeconds - last > oldestSeconds) this.#remove(entries, id);
      }
      if (entries.size === 0) this.forget(namespace);
    }
  }

  /** A namespace that is there no more. */
  forget(namespace: string): void {
    this.#size -= this.#namespaces.get(namespace)?.entries.size ?? 0;
    if (this.#namespaces.delete(namespace)) this.#dirty = true;
  }

  #add(alert: DeliveredAlert): void {
    this.missed += alert.stream.missed;
    if (alert.stream.missed > 0) this.#dirty = true;
    const { namespaceName, podName, operation, action, severity = "", owner } = alert;
    if (alert.type === "SystemEvent" || namespaceName === "" || podName === "") return;
    if (isTooLong(alert)) {
      this.missed++;
      return;
    }
    const posture = alert.rule === undefined && alert.policyName === "DefaultPosture";
    const key = posture ? "" : decidedBy(alert, this.#options.policy)?.key;
    if (key === undefined) return;
    const of = this.#of(namespaceName);
    const origin = alert.rule?.origin ?? "";
    const times = alert.count ?? 1;
    const last = Number(alert.timestampNs / 1_000_000_000n);
    const by = owner ? { kind: owner.ref, name: owner.name } : { kind: "Pod", name: podName };
    const entry = { key, policy: alert.policyName, origin, operation, action, severity, owner: by };
    const known = of.entries.get(idOf(entry));
    this.#put(of, { ...entry, total: times + (known?.total ?? 0), last: Math.max(last, known?.last ?? 0) });
    this.#dirty = true;
  }

  #of(namespace: string): OfNamespace {
    const known = this.#namespaces.get(namespace);
    if (known !== undefined) return known;
    const made: OfNamespace = { entries: new Map(), leftOut: 0 };
    this.#namespaces.set(namespace, made);
    return made;
  }

  #put(of: OfNamespace, entry: Entry): void {
    const { results, entries } = this.#options.most;
    const id = idOf(entry);
    if (!this.#remove(of.entries, id)) {
      if (of.entries.size >= results) this.#giveWay(of);
      else if (this.#size >= entries) this.#giveWay(this.#largest());
    }
    of.entries.set(id, entry);
    this.#size++;
  }

  #largest(): OfNamespace {
    return [...this.#namespaces.values()].reduce((a, b) => (b.entries.size > a.entries.size ? b : a));
  }

  #giveWay(of: OfNamespace): void {
    const [oldest] = of.entries.keys();
    if (oldest !== undefined && this.#remove(of.entries, oldest)) of.leftOut++;
  }

  #remove(entries: Map<string, Entry>, id: string): boolean {
    const removed = entries.delete(id);
    if (!removed) return false;
    this.#size--;
    this.#dirty = true;
    return true;
  }

  #bytes({ created, sequence }: Place): Uint8Array {
    const namespaces = [...this.#namespaces].map(([namespace, { leftOut, entries }]) => ({
      ...{ namespace, leftOut },
      entries: [...entries.values()].map(
        ({ key, policy, origin, operation, action, severity, owner, total, last }) =>
          [key, policy, origin, operation, action, severity, owner.kind, owner.name, total, last] as const,
      ),
    }));
    return Buffer.from(JSON.stringify({ created, sequence, missed: this.missed, namespaces }));
  }
}

/** A node that is taken over could fill memory and bucket with what no object in Kubernetes is called. */
function isTooLong({ podName, policyName, severity = "", owner, rule }: Alert): boolean {
  const texts = [podName, policyName, severity, owner?.ref ?? "", owner?.name ?? "", rule?.origin ?? ""];
  return texts.some(({ length }) => length > longestName);
}

const idOf = ({ key, policy, origin, operation, action, owner }: Omit<Entry, "total" | "last">): string =>
  JSON.stringify([key, policy, origin, operation, action, owner.kind, owner.name]);
