/**
 * Sizes, ages and replicas of a stream, which two may set: whoever installs, by values, and an administrator, by hand on the server. A setting is applied when
 * the value is another one than was applied last, and is left as it is otherwise. What was applied last stands in the stream's metadata. Pure.
 */

import type { StreamConfig } from "@nats-io/jetstream";

/** Sizes in bytes, times in nanoseconds, as the server has them. */
export type Administered = Partial<Pick<StreamConfig, "num_replicas" | "max_bytes" | "max_age" | "duplicate_window">>;

const key = "portcullis.applied";

/** The settings in parts that are said to the server apart: what it refuses of one holds up no other. */
export function partsOf({ num_replicas, ...sizes }: Administered): readonly Administered[] {
  return num_replicas === undefined ? [sizes] : [sizes, { num_replicas }];
}

/** What is to be said to the server so that these settings hold, and others as they are; undefined: nothing. */
export function settingsToApply(
  present: { readonly metadata?: StreamConfig["metadata"] | undefined },
  wanted: Administered,
  unnoted: Administered,
): (Administered & Pick<StreamConfig, "metadata">) | undefined {
  const applied = readNote(present.metadata?.[key]) ?? unnoted;
  const note = noteOf({ ...applied, ...wanted });
  if (present.metadata?.[key] === note) return undefined;
  const changed = Object.entries(wanted).filter(([name, value]) => applied[name as keyof Administered] !== value);
  return { ...Object.fromEntries(changed), metadata: { ...present.metadata, [key]: note } };
}

/** Of a stream that is made now. */
export const appliedMetadata = (settings: Administered): Record<string, string> => ({ [key]: noteOf(settings) });

const noteOf = (settings: Administered): string =>
  JSON.stringify(Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))));

/** Undefined: there is none that can be read. */
function readNote(note: string | undefined): Administered | undefined {
  try {
    const read: unknown = JSON.parse(note ?? "null");
    return typeof read === "object" && read !== null ? read : undefined;
  } catch {
    return undefined;
  }
}
