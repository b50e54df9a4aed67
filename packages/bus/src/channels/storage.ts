/** The stream and the buckets: how they are configured and made. */

import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig, type StreamInfo } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import { nanos } from "@nats-io/transport-node";
import type { StorageLimits } from "../bus.ts";
import { type Connection, request } from "../connection/connection.ts";
import { apiErrorCode, apiErrors } from "../connection/nats-errors.ts";
import { StorageRefusedError } from "../errors.ts";
import { type Administered, appliedMetadata, partsOf, settingsToApply } from "./administered.ts";
import { type AlertChannel, alertChannel, logChannel } from "./alert-channels.ts";
import { buckets, bundleHintSubjects } from "./subjects.ts";

const mib = 1 << 20;
const minute = 60_000;

/**
 * The server must be able to reserve the sum of the sizes. Releases that noted nothing in a stream's metadata have applied these very figures, so they are also what
 * was applied last to a stream without a note: to change one means to keep the old one for that.
 */
const defaultStorageLimits: StorageLimits = {
  replicas: 1,
  alertsMaxBytes: 256 * mib,
  alertsMaxAge: 7 * 24 * 60 * minute,
  alertsDuplicateWindow: 10 * minute,
  logsMaxBytes: 64 * mib,
  logsMaxAge: 24 * 60 * minute,
  bundlesMaxBytes: 128 * mib,
  ruleSetsMaxBytes: 128 * mib,
  nodeStatusMaxBytes: 64 * mib,
  progressMaxBytes: 8 * mib,
};

/**
 * Creates what is missing and updates what differs. A stream that exists keeps its messages, and what an administrator has set on the server. Returns what the server
 * does not let be changed now, in words: more replicas, say, than there are servers.
 */
export async function ensureStorage(connection: Connection, limits: Partial<StorageLimits>): Promise<string[]> {
  const unsettled: string[] = [];
  const before = streamConfigs(defaultStorageLimits);
  for (const [index, wanted] of streamConfigs({ ...defaultStorageLimits, ...limits }).entries()) {
    const refusals = await ensureStream(connection, wanted, before[index]?.settings ?? {});
    unsettled.push(...refusals.map(({ message }) => message));
  }
  return unsettled;
}

/** `unnoted`: what releases that noted nothing have applied. */
async function ensureStream(
  connection: Connection,
  { name, ours, once, settings }: WantedStream,
  unnoted: Administered,
): Promise<StorageRefusedError[]> {
  const { streams } = connection.jsm;
  const present = await request(connection, `create or update the stream ${name}`, async () => {
    const found = (await streamInfo(connection, name))?.config;
    if (found === undefined)
      await streams.add({ ...once, ...ours, ...settings, name, metadata: appliedMetadata(settings) });
    else if (differs(found, ours)) await streams.update(name, ours);
    return found;
  });
  if (present === undefined) return [];
  let { metadata } = present;
  const parts = partsOf(settings);
  const refused = new Map<Administered, StorageRefusedError>();
  // What was refused is tried once more when another part was not: a larger size may have its place when there are fewer replicas.
  for (const part of [...parts, ...parts]) {
    const change = settingsToApply({ metadata }, part, unnoted);
    if (change === undefined) continue;
    if (refused.size === parts.length) break;
    try {
      await request(connection, `change sizes, ages or replicas of the stream ${name}`, () =>
        streams.update(name, change),
      );
      metadata = change.metadata;
      refused.delete(part);
    } catch (error) {
      if (!(error instanceof StorageRefusedError)) throw error;
      refused.set(part, error);
    }
  }
  return [...refused.values()];
}

/** Undefined: there is no such stream. */
export async function streamInfo(connection: Connection, name: string): Promise<StreamInfo | undefined> {
  try {
    return await connection.jsm.streams.info(name);
  } catch (error) {
    if (apiErrorCode(error) === apiErrors.streamNotFound) return undefined;
    throw error;
  }
}

/** A bucket, whether it exists already or not: nothing is asked of the server here. */
export function bucket(connection: Connection, name: string): Promise<KV> {
  return connection.kvm.open(name, { allow_direct: false });
}

/**
 * What a bucket holds under this key; undefined: nothing. The read names the key in its subject, so that a server can allow a node its own, and any
 * replica may answer.
 */
export async function readDirect(connection: Connection, name: string, key: string): Promise<Uint8Array | undefined> {
  const kv = await connection.kvm.open(name, { allow_direct: true });
  const entry = await kv.get(key);
  return entry?.operation === "PUT" ? entry.value : undefined;
}

/** Names what is no value: an entry that says that its key was deleted. */
export const operationHeader = "KV-Operation";

export const bucketStream = (name: string) => `KV_${name}`;
export const bucketSubject = (name: string, key: string) => `$KV.${name}.${key}`;

interface WantedStream {
  readonly name: string;
  /** What the code relies on. */
  readonly ours: Partial<StreamConfig>;
  /** As it is made, and left alone from then on. */
  readonly once: Partial<StreamConfig>;
  readonly settings: Administered;
}

function streamConfigs(limits: StorageLimits): WantedStream[] {
  const { replicas: num_replicas } = limits;
  const kv = (bucketName: string, max_bytes: number, description: string): WantedStream => ({
    name: bucketStream(bucketName),
    ours: {
      subjects: [bucketSubject(bucketName, ">")],
      max_msgs_per_subject: 1,
      retention: RetentionPolicy.Limits,
      // A full bucket refuses what is new and never drops another node's bundle.
      discard: DiscardPolicy.New,
      // One message with such a header would take the place of all others.
      allow_rollup_hdrs: false,
      deny_delete: true,
      allow_direct: true,
    },
    once: { storage: StorageType.File, description },
    settings: { num_replicas, max_bytes },
  });
  const alerts = (channel: AlertChannel, maxBytes: number, maxAge: number, description: string): WantedStream => ({
    name: channel.stream,
    ours: {
      subjects: [channel.subjects],
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      allow_direct: true,
    },
    once: { storage: StorageType.File, description },
    settings: {
      num_replicas,
      max_bytes: maxBytes,
      max_age: nanos(maxAge),
      // The server refuses a window that is longer than anything is kept.
      duplicate_window: nanos(Math.min(limits.alertsDuplicateWindow, maxAge)),
    },
  });
  const bundles = kv(buckets.bundles, limits.bundlesMaxBytes, "Portcullis bundles by node");
  const republish = { src: bucketSubject(buckets.bundles, "*"), dest: bundleHintSubjects };
  return [
    alerts(alertChannel, limits.alertsMaxBytes, limits.alertsMaxAge, "Portcullis alerts"),
    alerts(logChannel, limits.logsMaxBytes, limits.logsMaxAge, "Portcullis logs: what passed and is visible"),
    kv(buckets.ruleSets, limits.ruleSetsMaxBytes, "Portcullis rule sets by SHA-256"),
    { ...bundles, ours: { ...bundles.ours, republish } },
    kv(buckets.nodeStatus, limits.nodeStatusMaxBytes, "Portcullis node status by node"),
    kv(buckets.progress, limits.progressMaxBytes, "Portcullis: how far readers of streams have come"),
  ];
}

function differs(present: object, wanted: object): boolean {
  const now = present as Record<string, unknown>;
  return Object.entries(wanted).some(([key, value]) => JSON.stringify(now[key]) !== JSON.stringify(value));
}
