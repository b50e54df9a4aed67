/**
 * How often each rule of each policy has decided, and in which workloads a policy has denied something. Counts are of one generation of one object, because another
 * one has other rules in the same places. What an alert says is believed only where the policy is there and has such a rule: a node cannot make up policies.
 */

import type { DeliveredAlert } from "@portcullis/bus";
import { z } from "zod";
import { keyOfRef } from "../watch/objects.ts";
import type { Prepared } from "../watch/prepared.ts";

/** What is looked up of a policy. */
export type KnownPolicy = Pick<Prepared, "uid" | "generation" | "namespace"> & {
  readonly lowered: { readonly rules: readonly { readonly origin: string }[] };
};

/** A first denial of which no Event was written yet. */
export interface FirstDenial {
  /** The policy's, as keyOfRef makes it. */
  readonly key: string;
  /** `Deployment shop/web`. */
  readonly workload: string;
  /** `Process by spec.process.matchPaths[0]`. */
  readonly what: string;
}

interface RuleHits {
  readonly origin: string;
  readonly total: number;
  /** Seconds since the epoch. */
  readonly last: number;
}

export interface Hits {
  readonly generation: number;
  /** When counting for this generation began, RFC 3339. */
  readonly since: string;
  readonly total: number;
  readonly rules: readonly RuleHits[];
}

interface Counted {
  readonly uid: string;
  generation: number;
  since: string;
  total: number;
  rules: Map<string, { total: number; last: number }>;
  /** What was denied first in a workload; empty when that was told. */
  readonly workloads: Map<string, string>;
}

/** Rules that are counted apart in all, and workloads that are remembered: some 100 bytes each where they are kept. */
const most = 2_000;

export const keptHits = z.array(
  z.object({
    ...{
      key: z.string(),
      uid: z.string(),
      generation: z.number().int(),
      since: z.string(),
      total: z.number().int().min(0),
    },
    rules: z.array(z.tuple([z.string(), z.number(), z.number()])),
    workloads: z.array(z.tuple([z.string(), z.string()])),
  }),
);

export class PolicyHits {
  readonly #policies = new Map<string, Counted>();
  readonly #most: number;
  #rules = 0;
  #workloads = 0;
  /** First denials for which there was no room. */
  unremembered = 0;

  constructor(kept: z.infer<typeof keptHits> = [], bound = most) {
    this.#most = bound;
    for (const { key, rules, workloads, ...counted } of kept) {
      const ruleHits = rules.map(([origin, total, last]) => [origin, { total, last }] as const);
      this.#policies.set(key, { ...counted, rules: new Map(ruleHits), workloads: new Map(workloads) });
    }
    this.#recount();
  }

  toKeep(): z.infer<typeof keptHits> {
    return [...this.#policies].map(([key, { rules, workloads, ...counted }]) => ({
      ...{ key, ...counted, workloads: [...workloads] },
      rules: [...rules].map(([origin, { total, last }]) => [origin, total, last] as [string, number, number]),
    }));
  }

  /** Returns the policy that it was counted for; undefined: for none. */
  add(alert: DeliveredAlert, known: (key: string) => KnownPolicy | undefined): string | undefined {
    const decided = decidedBy(alert, known);
    if (decided === undefined || alert.type === "SystemEvent") return undefined;
    const { key, policy, origin } = decided;
    const counted = this.#of(key, policy);
    const times = alert.count ?? 1;
    counted.total += times;
    this.#count(counted, origin, times, Number(alert.timestampNs / 1_000_000_000n));
    if (alert.action === "Block") this.#denied(counted, workloadOf(alert), `${alert.operation} by ${origin}`);
    return key;
  }

  /** Forgets policies that are there no more, and says whether there were any. */
  prune(known: (key: string) => KnownPolicy | undefined): boolean {
    const gone = [...this.#policies].filter(([key, { uid }]) => known(key)?.uid !== uid);
    for (const [key] of gone) this.#policies.delete(key);
    if (gone.length > 0) this.#recount();
    return gone.length > 0;
  }

  keys(): string[] {
    return [...this.#policies.keys()];
  }

  /** Of a policy; the rules with the most first. */
  of(key: string): (Hits & { readonly uid: string }) | undefined {
    const counted = this.#policies.get(key);
    if (counted === undefined) return undefined;
    const rules = [...counted.rules].map(([origin, { total, last }]) => ({ origin, total, last }));
    rules.sort((a, b) => b.total - a.total || (a.origin < b.origin ? -1 : 1));
    const { uid, generation, since, total } = counted;
    return { uid, generation, since, total, rules };
  }

  untold(): FirstDenial[] {
    return [...this.#policies].flatMap(([key, { workloads }]) =>
      [...workloads].filter(([, what]) => what !== "").map(([workload, what]) => ({ key, workload, what })),
    );
  }

  told({ key, workload }: FirstDenial): void {
    const workloads = this.#policies.get(key)?.workloads;
    if (workloads?.has(workload)) workloads.set(workload, "");
  }

  #of(key: string, { uid, generation }: KnownPolicy): Counted {
    const known = this.#policies.get(key);
    if (known?.uid === uid && known.generation === generation) return known;
    const fresh = { generation, since: new Date().toISOString().replace(/\.\d+Z$/, "Z"), total: 0, rules: new Map() };
    // What was denied in a workload by an earlier generation is not the first denial of the policy any more.
    const workloads = known?.uid === uid ? known.workloads : new Map<string, string>();
    const counted = { uid, ...fresh, workloads };
    this.#policies.set(key, counted);
    if (known !== undefined) this.#recount();
    return counted;
  }

  #count({ rules }: Counted, origin: string, times: number, at: number): void {
    const known = rules.get(origin);
    if (known !== undefined) {
      known.total += times;
      known.last = Math.max(known.last, at);
    } else if (this.#rules < this.#most) {
      this.#rules++;
      rules.set(origin, { total: times, last: at });
    }
  }

  #denied({ workloads }: Counted, workload: string, what: string): void {
    if (workloads.has(workload)) return;
    if (this.#workloads >= this.#most) {
      this.unremembered++;
      return;
    }
    this.#workloads++;
    workloads.set(workload, what);
  }

  #recount(): void {
    const all = [...this.#policies.values()];
    this.#rules = all.reduce((sum, { rules }) => sum + rules.size, 0);
    this.#workloads = all.reduce((sum, { workloads }) => sum + workloads.size, 0);
  }
}

/** The rule that an alert says has decided. Undefined: there is no such policy, or it has no such rule, or is of another namespace. */
export function decidedBy(
  { rule, namespaceName }: DeliveredAlert,
  known: (key: string) => KnownPolicy | undefined,
): { readonly key: string; readonly policy: KnownPolicy; readonly origin: string } | undefined {
  if (rule === undefined) return undefined;
  const key = keyOfRef(rule.policy);
  const policy = known(key);
  if (policy === undefined || (policy.namespace ?? namespaceName) !== namespaceName) return undefined;
  const { origin } = rule;
  return policy.lowered.rules.some((one) => one.origin === origin) ? { key, policy, origin } : undefined;
}

/** The owner of the pod; without one the pod, and of the host's processes the node. */
function workloadOf({ owner, namespaceName, podName, hostName }: DeliveredAlert): string {
  if (podName === "") return `Node ${hostName}`;
  return owner ? `${owner.ref} ${namespaceName}/${owner.name}` : `Pod ${namespaceName}/${podName}`;
}
