/**
 * Objects as Kubernetes' protobuf. An answer is four bytes `k8s\0` and a message Unknown, which says the kind and holds the object. A watch is a
 * frame for each event, its length in four bytes, the highest first; the event's object is in such an envelope again.
 */

import type { Type } from "protobufjs";
import { KubeResponseError } from "../errors.ts";
import type { TypedList, WatchEvent } from "./format.ts";
import { messages } from "./messages.ts";

export const protobufType = "application/vnd.kubernetes.protobuf";

const magic = Buffer.from("k8s\0");
const lengthBytes = 4;
/** An API server stores no object of a tenth of this. A longer frame is none. */
const mostFrameBytes = 64 << 20;

const unknown = messages.lookupType("Unknown");
const watchEvent = messages.lookupType("WatchEvent");
const kinds = new Map(
  ["Pod", "PodList", "PartialObjectMetadata", "PartialObjectMetadataList", "Status"].map((kind) => [
    kind,
    messages.lookupType(kind),
  ]),
);

interface Plain {
  [key: string]: unknown;
}

export function listOfProtobuf(bytes: Uint8Array, name: string): TypedList {
  return readable(name, () => objectOf(bytes)) as unknown as TypedList;
}

export async function* eventsOfProtobuf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<WatchEvent> {
  for await (const frame of framesOf(chunks, name)) {
    yield readable(name, () => {
      const { type, object } = plain(watchEvent, frame) as { type?: string; object?: { raw?: Uint8Array } };
      return { type: type ?? "", object: objectOf(object?.raw ?? new Uint8Array()) } as unknown as WatchEvent;
    });
  }
}

/** Throws KubeResponseError for a frame that is too long; what is left of the last when the chunks end was cut off and is nothing. */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  /** So many bytes have to be there before there is something to do. */
  let wanted = lengthBytes;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < wanted) continue;
    let rest = Buffer.concat(held);
    for (wanted = endOfFrame(rest, name); wanted <= rest.length; wanted = endOfFrame(rest, name)) {
      yield rest.subarray(lengthBytes, wanted);
      rest = rest.subarray(wanted);
    }
    held = [rest];
    bytes = rest.length;
  }
}

/** Where the frame ends that begins here, its length included; where that ends, while it is not there whole. */
function endOfFrame(from: Buffer, name: string): number {
  const length = from.length < lengthBytes ? 0 : from.readUInt32BE();
  if (length > mostFrameBytes) throw new KubeResponseError(`${name}: an event of ${length} bytes`);
  return lengthBytes + length;
}

/** The object in an envelope, in the shape that it has as JSON. */
function objectOf(bytes: Uint8Array): Plain {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!buffer.subarray(0, magic.length).equals(magic)) throw new Error("it does not begin with k8s\\0");
  const envelope = plain(unknown, buffer.subarray(magic.length));
  const { apiVersion = "", kind = "" } = (envelope.typeMeta ?? {}) as { apiVersion?: string; kind?: string };
  const type = kinds.get(kind);
  if (type === undefined) throw new Error(`its kind is ${JSON.stringify(kind)}`);
  const object = plain(type, (envelope.raw ?? new Uint8Array()) as Uint8Array);
  if (kind === "Pod") flatten(object);
  if (kind === "PodList") for (const pod of (object.items ?? []) as Plain[]) flatten(pod);
  return { ...object, apiVersion, kind };
}

/** The fields that are set, as plain objects. */
function plain(type: Type, bytes: Uint8Array): Plain {
  return type.toObject(type.decode(bytes));
}

/** JSON has the common part of an ephemeral container in the container itself. */
function flatten({ spec }: Plain): void {
  const { ephemeralContainers: found } = (spec ?? {}) as { ephemeralContainers?: Plain[] };
  found?.forEach((container, i) => {
    found[i] = container.ephemeralContainerCommon as Plain;
  });
}

function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new KubeResponseError(`${name}: the answer is not protobuf of Kubernetes: ${(cause as Error).message}`, {
      cause,
    });
  }
}
