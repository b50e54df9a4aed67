/** The stream and the buckets: how they are configured and made. */

import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig, type StreamInfo } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import { nanos } from "@nats-io/transport-node";
import type { StorageLimits } from "../bus.ts";
import { type Connection, request } from "../connection/connection.ts";
import { apiErrorCode, apiErrors } from "../connection/nats-errors.ts";
import { alertChannel, logChannel } from "./alert-channels.ts";
import { buckets, bundleHintSubjects } from "./subjects.ts";

const mib = 1 << 20;
const minute = 60_000;

/** The server must be able to reserve the sum of the sizes. */
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

/** Creates what is missing and updates what differs. A stream that exists keeps its messages. */
export async function ensureStorage(connection: Connection, limits: Partial<StorageLimits>): Promise<void> {
  for (const config of streamConfigs({ ...defaultStorageLimits, ...limits })) {
    const { name } = config;
    await request(connection, `create or update the stream ${name}`, async () => {
      const present = await streamInfo(connection, name);
      if (present === undefined) await connection.jsm.streams.add(config);
      else if (differs(present.config, config)) await connection.jsm.streams.update(name, config);
    });
  }
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

type Config = Partial<StreamConfig> & { name: string };

function streamConfigs(limits: StorageLimits): Config[] {
  const common = { storage: StorageType.File, num_replicas: limits.replicas, retention: RetentionPolicy.Limits };
  const kv = (name: string, max_bytes: number, description: string): Config => ({
    ...common,
    name: bucketStream(name),
    description,
    subjects: [bucketSubject(name, ">")],
    max_msgs_per_subject: 1,
    max_bytes,
    // A full bucket refuses what is new and never drops another node's bundle.
    discard: DiscardPolicy.New,
    // One message with such a header would take the place of all others.
    allow_rollup_hdrs: false,
    deny_delete: true,
    allow_direct: true,
  });
  return [
    {
      ...common,
      name: alertChannel.stream,
      description: "Portcullis alerts",
      subjects: [alertChannel.subjects],
      max_bytes: limits.alertsMaxBytes,
      max_age: nanos(limits.alertsMaxAge),
      duplicate_window: nanos(limits.alertsDuplicateWindow),
      discard: DiscardPolicy.Old,
      allow_direct: true,
    },
    {
      ...common,
      name: logChannel.stream,
      description: "Portcullis logs: what passed and is visible",
      subjects: [logChannel.subjects],
      max_bytes: limits.logsMaxBytes,
      max_age: nanos(limits.logsMaxAge),
      duplicate_window: nanos(limits.alertsDuplicateWindow),
      discard: DiscardPolicy.Old,
      allow_direct: true,
    },
    kv(buckets.ruleSets, limits.ruleSetsMaxBytes, "Portcullis rule sets by SHA-256"),
    {
      ...kv(buckets.bundles, limits.bundlesMaxBytes, "Portcullis bundles by node"),
      republish: { src: bucketSubject(buckets.bundles, "*"), dest: bundleHintSubjects },
    },
    kv(buckets.nodeStatus, limits.nodeStatusMaxBytes, "Portcullis node status by node"),
    kv(buckets.progress, limits.progressMaxBytes, "Portcullis: how far readers of streams have come"),
  ];
}

function differs(present: object, wanted: object): boolean {
  const now = present as Record<string, unknown>;
  return Object.entries(wanted).some(([key, value]) => JSON.stringify(now[key]) !== JSON.stringify(value));
}
