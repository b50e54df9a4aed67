/**
 * The enforcer's counters: one closed set of names, so that the metrics page, the node's status and the documents name the
 * same things.
 */

const counterNames = [
  "bundle_refused_undecodable",
  "bundle_refused_unsigned",
  "bundle_refused_key",
  "bundle_refused_signature",
  "bundle_refused_foreign",
  "bundle_refused_stale",
  "bundle_refused_inconsistent",
  "bundle_refused_digest",
  "bundle_refused_ruleset",
  "keys_unreadable",
  "state_unreadable",
  "state_write_failures",
  "bind_failures",
  "image_swaps",
  "runtime_failures",
  "events",
  "events_unattributed",
  "events_unreadable",
  "operations_counted",
  "operations_counted_nameless",
  "counts_refused",
  "alerts_spooled",
  "alerts_published",
  "alert_publish_failures",
  "alerts_cut",
  "alerts_refused",
  "alerts_sent_again",
  "alert_stream_losses",
  "spool_dropped",
  "spool_kept_dropped",
  "spool_damaged",
  "spool_damaged_bytes",
  "spool_in_memory",
  "spool_write_failures",
  "spool_sync_failures",
  "status_failures",
  "loop_restarts",
] as const;

export type CounterName = (typeof counterNames)[number];

/** Counts something that happened, went wrong or was lost. */
export type Count = (counter: CounterName, by?: number) => void;

export class Counters {
  readonly #values = new Map<CounterName, number>(counterNames.map((name) => [name, 0]));

  readonly count: Count = (name, by = 1) => {
    this.#values.set(name, (this.#values.get(name) ?? 0) + by);
  };

  get values(): ReadonlyMap<CounterName, number> {
    return this.#values;
  }

  /** Those above zero, and the kernel's own (as `kernel_<name>`), for the node's status. */
  snapshot(kernel: Readonly<Record<string, number>>): Record<string, number> {
    const all = [
      ...this.#values,
      ...Object.entries(kernel).map(([name, value]): [string, number] => [`kernel_${name}`, value]),
    ];
    return Object.fromEntries(all.filter(([, value]) => value > 0));
  }
}
