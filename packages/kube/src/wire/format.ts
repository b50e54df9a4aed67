/**
 * How objects travel: as JSON, or as Kubernetes' protobuf where the caller is content with the fields that messages.ts names. The server
 * chooses among what it is offered, so that the answer's type says which it is, and both leave here in one shape.
 */

import type { Answer } from "../client/client.ts";
import type { KubeList, KubeObject } from "../client/resource.ts";
import { eventsOfJson, valueOfJson } from "./json.ts";
import { eventsOfProtobuf, listOfProtobuf, protobufType } from "./protobuf.ts";

/** A list, with the kind of its items: in a list they do not carry it themselves. */
export type TypedList = KubeList<KubeObject> & Partial<KubeObject>;

export interface WatchEvent {
  readonly type: string;
  /** Of an event `ERROR` a Status. */
  readonly object: KubeObject & { readonly code?: number; readonly reason?: string; readonly message?: string };
}

/** What is asked for. */
export interface Wanted {
  /** PartialObjectMetadata instead of whole objects. */
  readonly metadataOnly?: boolean | undefined;
  /** The fields that messages.ts names are enough. */
  readonly protobuf?: boolean | undefined;
}

/** The types that an answer may have, the best first, as the header `Accept`. */
export function acceptOf({ metadataOnly, protobuf }: Wanted, suffix: "" | "List"): string {
  const offered = [...(protobuf ? [protobufType] : []), "application/json"];
  const as = metadataOnly ? [`;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1`] : [];
  return [...as, ""].flatMap((part) => offered.map((type) => type + part)).join(",");
}

const isProtobuf = (type: string): boolean => type.startsWith(protobufType);

/** Throws KubeResponseError, which begins with the answer's name. */
export function listOf({ name, type, bytes }: Answer): TypedList {
  return isProtobuf(type) ? listOfProtobuf(bytes, name) : (valueOfJson(bytes, name) as TypedList);
}

/** The events of a watch whose answer has this type. Throws KubeResponseError, which begins with `name`, and what `chunks` throws. */
export function eventsOf(type: string, chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<WatchEvent> {
  return isProtobuf(type) ? eventsOfProtobuf(chunks, name) : eventsOfJson(chunks, name);
}
