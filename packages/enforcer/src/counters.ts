/**
 * The enforcer's counters: one closed set of names, so that the metrics page, the node's status and the documents name the
 * same things.
 */

/** Bundles and their rule sets that were refused, by the reason, which is the rest of the name. */
const refusals = [
  "bundle_refused_undecodable",
  "bundle_refused_unsigned",
  "bundle_refused_key",
  "bundle_refused_signature",
  "bundle_refused_foreign",
  "bundle_refused_stale",
  "bundle_refused_inconsistent",
  "bundle_refused_digest",
  "bundle_refused_ruleset",
] as const;

/** All others, with what the metrics page says of them. */
const counts = {
  keys_unreadable: "The mounted public keys could not be read.",
  state_unreadable: "A file of the kept state could not be read, and was not used.",
  state_write_failures: "A file of the kept state could not be written.",
  bind_failures: "A container could not be bound as it should be.",
  image_swaps: "Rule tables put into the kernel.",
  runtime_failures: "Questions that the container runtime did not answer.",
  events: "Events read from the kernel's rings.",
  events_unattributed: "Events whose container or rule was not known any more.",
  events_unreadable: "Events and spooled alerts that could not be read.",
  operations_counted: "Operations that the kernel counted after the first of their kind.",
  operations_counted_nameless:
    "Those of them beyond a container's number of kinds, counted by rule and operation alone.",
  throttlings: "How often the alerts of a rule in a container were throttled.",
  operations_throttled: "Operations of which no alert was told for that: they are counted when it ends.",
  counts_refused: "Counts of the kernel that made no sense, and were left out.",
  alerts_spooled: "Alerts written into the spool.",
  alerts_published: "Alerts that the stream has stored.",
  alert_publish_failures: "Attempts to publish that failed; the alerts stay in the spool.",
  alerts_cut: "Alerts that were larger than a message may be.",
  alerts_refused: "Alerts that the bus refuses for themselves, and that were set aside.",
  alerts_sent_again: "Alerts sent again because the stream had lost them.",
  alert_stream_losses: "How often the stream had lost what it had acknowledged.",
  log_events: "Events of what passed and is visible, read from the kernel's ring.",
  log_operations_counted: "Visible operations that the kernel counted after the first of their kind.",
  log_operations_counted_nameless:
    "Those of them beyond a container's number of kinds, counted by category and operation alone.",
  log_counts_refused: "Counts of visible operations that could not be taken.",
  logs_spooled: "Logs written into their spool.",
  logs_published: "Logs that their stream has stored.",
  log_publish_failures: "Attempts to publish logs that failed; they stay in the spool.",
  logs_cut: "Logs that were larger than a message may be.",
  logs_refused: "Logs that the bus refuses for themselves, and that were set aside.",
  logs_sent_again: "Logs sent again because the stream had lost them.",
  log_stream_losses: "How often the stream of logs had lost what it had acknowledged.",
  logs_dropped: "Logs lost because their spool was full, or the process ended while the disk refused them.",
  spool_dropped: "Alerts lost because the spool was full, or the process ended while the disk refused them.",
  spool_kept_dropped: "Acknowledged alerts that the spool could not keep as long as it should.",
  spool_damaged: "Alerts of the spool that were damaged on disk.",
  spool_damaged_bytes: "Bytes of the spool that were damaged on disk.",
  spool_in_memory: "Alerts kept in memory because the disk refused them.",
  spool_write_failures: "Writes of the spool that failed.",
  spool_sync_failures: "Syncs of the spool that failed: a power loss may cost alerts.",
  status_failures: "The node's status could not be published.",
  loop_restarts: "Loops of this process that failed and were started again.",
} as const;

const counterNames = [...refusals, ...(Object.keys(counts) as (keyof typeof counts)[])];

export type CounterName = (typeof counterNames)[number];

/** What is counted of logs apart from alerts. */
const namesOfLogs: Partial<Record<CounterName, CounterName>> = {
  events: "log_events",
  operations_counted: "log_operations_counted",
  operations_counted_nameless: "log_operations_counted_nameless",
  counts_refused: "log_counts_refused",
  alerts_spooled: "logs_spooled",
  alerts_published: "logs_published",
  alert_publish_failures: "log_publish_failures",
  alerts_cut: "logs_cut",
  alerts_refused: "logs_refused",
  alerts_sent_again: "logs_sent_again",
  alert_stream_losses: "log_stream_losses",
  spool_dropped: "logs_dropped",
};

/** Counts by the names of logs what is counted by those of alerts. */
export const countOfLogs =
  (count: Count): Count =>
  (name, by) =>
    count(namesOfLogs[name] ?? name, by);

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

  /** Refused bundles by reason, for the metrics page. */
  get refused(): Record<string, number> {
    const prefix = "bundle_refused_";
    return Object.fromEntries(refusals.map((name) => [name.slice(prefix.length), this.#values.get(name) ?? 0]));
  }

  /** What else is counted, in words, for the metrics page. */
  readonly described: Readonly<Record<string, string>> = counts;

  /** Those above zero, and the kernel's own (as `kernel_<name>`), for the node's status. */
  snapshot(kernel: Readonly<Record<string, number>>): Record<string, number> {
    const all = [
      ...this.#values,
      ...Object.entries(kernel).map(([name, value]): [string, number] => [`kernel_${name}`, value]),
    ];
    return Object.fromEntries(all.filter(([, value]) => value > 0));
  }
}
