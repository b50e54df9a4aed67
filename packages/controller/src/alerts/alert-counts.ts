/**
 * How often what happened: alerts counted by policy, owner of the workload, operation and action. Where there are more kinds than are kept apart, the others are
 * one. Counts and how far the stream has been read are one value, so that after a change of leaders nothing is counted twice and nothing is left out.
 */

import type { DeliveredAlert } from "@portcullis/bus";
import type { AlertCount } from "@portcullis/model";
import { z } from "zod";
import { keptHits, PolicyHits } from "./policy-hits.ts";
import type { Place } from "./stream-reading.ts";

/** Kinds that are kept apart: some 250 bytes each where they are kept. */
const mostKinds = 4_000;

const kept = z.object({
  created: z.string(),
  sequence: z.number().int().min(0),
  since: z.string(),
  missed: z.number().int().min(0),
  other: z.number().int().min(0),
  counts: z.array(
    z.tuple([z.string(), z.string(), z.string(), z.string(), z.string(), z.string(), z.number(), z.number()]),
  ),
  // Absent: of an earlier release.
  hits: keptHits.default([]),
});

interface Counted extends AlertCount {
  total: number;
  lastSeconds: number;
}

export class AlertCounts {
  /** When counting began, RFC 3339. */
  readonly since: string;
  /** Alerts that the stream had dropped, or that were no alerts, before they were read. */
  missed: number;
  /** Alerts of kinds that are not kept apart. */
  other: number;
  /** By policy and rule. */
  readonly hits: PolicyHits;
  readonly #counts = new Map<string, Counted>();
  readonly #mostKinds: number;

  private constructor(begin: { since: string; missed: number; other: number }, most: number, hits = new PolicyHits()) {
    this.since = begin.since;
    this.missed = begin.missed;
    this.other = begin.other;
    this.#mostKinds = most;
    this.hits = hits;
  }

  static begin(since: string, most = mostKinds): AlertCounts {
    return new AlertCounts({ since, missed: 0, other: 0 }, most);
  }

  /** What `bytes` has given. Throws for anything else. */
  static parse(bytes: Uint8Array, most = mostKinds): { readonly counts: AlertCounts; readonly place: Place } {
    const {
      created,
      sequence,
      counts: list,
      hits,
      ...begin
    } = kept.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
    const counts = new AlertCounts(begin, most, new PolicyHits(hits));
    for (const [namespace, policy, operation, action, kind, name, total, lastSeconds] of list) {
      const of = { namespace, policy, operation, action, owner: { kind, name } } as AlertCount;
      counts.#counts.set(keyOf(of), { ...of, total, lastSeconds });
    }
    return { counts, place: { created, sequence } };
  }

  bytes({ created, sequence }: Place): Uint8Array {
    const { since, missed, other } = this;
    const counts = [...this.#counts.values()].map(
      ({ namespace, policy, operation, action, owner, total, lastSeconds }) =>
        [namespace, policy, operation, action, owner.kind, owner.name, total, lastSeconds] as const,
    );
    const hits = this.hits.toKeep();
    return Buffer.from(JSON.stringify({ created, sequence, since, missed, other, counts, hits }));
  }

  /** Returns what it was counted as; undefined: as one of the others, or not at all, because it says of no operation that it happened. */
  add(alert: DeliveredAlert): AlertCount | undefined {
    this.missed += alert.stream.missed;
    if (alert.type === "SystemEvent") return undefined;
    const times = alert.count ?? 1;
    const { namespaceName: namespace, policyName: policy, operation, action, owner } = alert;
    const of = { namespace, policy, operation, action, owner: { kind: owner?.ref ?? "", name: owner?.name ?? "" } };
    const key = keyOf(of);
    const lastSeconds = Number(alert.timestampNs / 1_000_000_000n);
    const known = this.#counts.get(key);
    if (known !== undefined) {
      known.total += times;
      known.lastSeconds = Math.max(known.lastSeconds, lastSeconds);
      return known;
    }
    if (this.#counts.size >= this.#mostKinds) {
      this.other += times;
      return undefined;
    }
    const counted = { ...of, total: times, lastSeconds };
    this.#counts.set(key, counted);
    return counted;
  }

  list(): readonly AlertCount[] {
    return [...this.#counts.values()];
  }
}

const keyOf = ({ namespace, policy, operation, action, owner }: Omit<AlertCount, "total" | "lastSeconds">): string =>
  JSON.stringify([namespace, policy, operation, action, owner.kind, owner.name]);
