/**
 * The API server of a cluster that is too large for a real one on a machine like this: lists in pages, watches, and takes what the controller writes. It
 * speaks what the controller's client speaks, over HTTP; what it does not know it refuses, so that nothing passes unseen. How the controller gets
 * on with a real kube-apiserver is what its own tests show. Long because it is one server.
 */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { protobufAnswer, protobufEvent, protobufKind, protobufOf } from "./protobuf.ts";

/** Objects that are made when they are listed. */
export interface Collection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly size: number;
  at(index: number): object;
}

interface Place {
  /** Path of the collection of all namespaces. */
  readonly collection: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

type EventType = "ADDED" | "MODIFIED" | "DELETED";
type Stored = { metadata: Record<string, unknown>; [key: string]: unknown };

/** Somebody who watches, and the kind by which events are sent as protobuf. */
interface Watch {
  readonly response: ServerResponse;
  readonly kind: string | undefined;
}

const bookmarkMs = 20_000;
const shape = /^\/(api\/v1|apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;

export class LargeApiServer {
  /** Writes by what was written, `status` for those of policies' statuses. */
  readonly writes = new Map<string, number>();
  readonly #collections = new Map<string, Collection>();
  /** Answers that are no objects, by path. */
  readonly #documents = new Map<string, object>();
  /** What somebody has written, by path. */
  readonly #objects = new Map<string, Stored>();
  readonly #watches = new Map<string, Set<Watch>>();
  readonly #server: Server;
  #version = 1_000;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        answer(response, 500, { kind: "Status", reason: "InternalError", message: String(error) });
      });
    });
    this.#server.keepAliveTimeout = 600_000;
    this.#server.requestTimeout = 0;
  }

  serve(path: string, collection: Collection): void {
    this.#collections.set(path, collection);
  }

  document(path: string, body: object): void {
    this.#documents.set(path, body);
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    setInterval(() => this.#bookmark(), bookmarkMs).unref();
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Keeps the object as somebody's who has a name in it and may be written, and tells those who watch. */
  put(path: string, object: object): void {
    const { metadata } = object as Stored;
    const key = keyOf({ collection: path, namespace: String(metadata.namespace ?? ""), name: String(metadata.name) });
    const present = this.#objects.get(key);
    const stored = { ...present, ...object, metadata: { ...metadata, resourceVersion: String(++this.#version) } };
    this.#objects.set(key, stored);
    this.#send(path, present === undefined ? "ADDED" : "MODIFIED", stored);
  }

  /** Tells those who watch of an object that is not kept. */
  tell(path: string, type: EventType, object: object): void {
    const { metadata } = object as Stored;
    this.#send(path, type, { ...object, metadata: { ...metadata, resourceVersion: String(++this.#version) } });
  }

  #send(path: string, type: EventType, object: Stored): void {
    const watches = this.#watches.get(path);
    if (watches === undefined || watches.size === 0) return;
    for (const watch of watches) tellOne(watch, type, object);
  }

  get watches(): number {
    return [...this.#watches.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #bookmark(): void {
    for (const [path, watches] of this.#watches) {
      const { apiVersion, kind } = this.#collections.get(path) ?? { apiVersion: "v1", kind: "" };
      const object = { apiVersion, kind, metadata: { resourceVersion: String(this.#version) } };
      for (const watch of watches) tellOne(watch, "BOOKMARK", object);
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://server");
    if (url.pathname.startsWith("/openapi/")) return answer(response, 200, { components: { schemas: {} } });
    const document = this.#documents.get(url.pathname);
    if (document !== undefined) return answer(response, 200, document);
    const place = placeOf(url.pathname);
    if (place === undefined)
      return answer(response, 404, { kind: "Status", reason: "NotFound", message: url.pathname });
    if (request.method !== "GET") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      return this.#write(request.method ?? "", place, JSON.parse(Buffer.concat(chunks).toString()), response);
    }
    if (place.name !== "") {
      const object = this.#find(place);
      return answer(response, object === undefined ? 404 : 200, object ?? { kind: "Status", reason: "NotFound" });
    }
    if (url.searchParams.get("watch") === "true") return this.#watch(place.collection, request, response);
    return this.#list(place.collection, url.searchParams, { accept: request.headers.accept ?? "", response });
  }

  #watch(path: string, request: IncomingMessage, response: ServerResponse): void {
    const kind = protobufKind(request.headers.accept ?? "", this.#collections.get(path)?.kind ?? "");
    const type = kind === undefined ? "application/json" : `${protobufAnswer};stream=watch`;
    response.writeHead(200, { "content-type": type });
    response.flushHeaders();
    const watches = this.#watches.get(path) ?? new Set();
    const watch = { response, kind };
    this.#watches.set(path, watches.add(watch));
    request.on("close", () => watches.delete(watch));
  }

  #list(path: string, query: URLSearchParams, asked: { accept: string; response: ServerResponse }): void {
    const collection = this.#collections.get(path) ?? this.#kept(path);
    const size = collection.size;
    const from = Number(query.get("continue") ?? 0);
    const to = Math.min(size, from + Number(query.get("limit") ?? size));
    const items = Array.from({ length: to - from }, (_, k) => collection.at(from + k));
    const { apiVersion, kind } = collection;
    const metadata = { resourceVersion: String(this.#version), ...(to < size ? { continue: String(to) } : {}) };
    const encoded = protobufKind(asked.accept, `${kind}List`);
    if (encoded === undefined) answer(asked.response, 200, { apiVersion, kind: `${kind}List`, items, metadata });
    else {
      asked.response.writeHead(200, { "content-type": protobufAnswer });
      asked.response.end(protobufOf(encoded, apiVersion, { items, metadata }));
    }
  }

  /** What was put or written into a collection. */
  #kept(path: string): Collection {
    const kept = [...this.#objects].filter(([key]) => key.startsWith(`${path}|`)).map(([, object]) => object);
    const of = kept[0];
    return {
      ...{ apiVersion: String(of?.apiVersion ?? "v1"), kind: String(of?.kind ?? ""), size: kept.length },
      at: (i) => kept[i] ?? {},
    };
  }

  #find({ collection, namespace, name }: Omit<Place, "subresource">): Stored | undefined {
    return this.#objects.get(keyOf({ collection, namespace, name }));
  }

  #write(method: string, place: Place, body: Stored, response: ServerResponse): void {
    const name = place.name === "" ? String(body.metadata.name) : place.name;
    const at = { ...place, name };
    const present = this.#find(at);
    const refused = refusal(method, at, body, present);
    if (refused !== undefined) {
      answer(response, refused.code, { kind: "Status", reason: refused.reason });
      return;
    }
    const what = place.subresource === "" ? ((body.kind as string | undefined) ?? "patch") : place.subresource;
    this.writes.set(what, (this.writes.get(what) ?? 0) + 1);
    const version = String(++this.#version);
    const metadata = {
      ...{
        uid: `written-${version}`,
        creationTimestamp: "2026-11-22T10:11:12Z",
        ...body.metadata,
        ...present?.metadata,
      },
      ...{ name, resourceVersion: version, ...(place.namespace === "" ? {} : { namespace: place.namespace }) },
    };
    const object: Stored =
      place.subresource === ""
        ? { ...present, ...body, metadata }
        : { ...present, [place.subresource]: body[place.subresource], metadata };
    this.#objects.set(keyOf(at), object);
    this.#send(at.collection, present === undefined ? "ADDED" : "MODIFIED", object);
    answer(response, method === "POST" ? 201 : 200, object);
  }
}

function tellOne({ response, kind }: Watch, type: string, object: Stored): void {
  if (kind === undefined) response.write(`${JSON.stringify({ type, object })}\n`);
  else response.write(protobufEvent(type, kind, String(object.apiVersion), object));
}

function refusal(method: string, place: Place, body: Stored, present: Stored | undefined) {
  if (present === undefined)
    return method === "PUT" || place.subresource !== "" ? { code: 404, reason: "NotFound" } : undefined;
  if (method === "POST") return { code: 409, reason: "AlreadyExists" };
  const expected = body.metadata.resourceVersion;
  const conflict = expected !== undefined && expected !== present.metadata.resourceVersion;
  return conflict ? { code: 409, reason: "Conflict" } : undefined;
}

const keyOf = ({ collection, namespace, name }: Omit<Place, "subresource">): string =>
  `${collection}|${namespace}|${name}`;

function placeOf(path: string): Place | undefined {
  const [, root, namespace = "", plural, name = "", subresource = ""] = shape.exec(path) ?? [];
  if (root === undefined) return undefined;
  return { collection: `/${root}/${plural}`, namespace, name, subresource };
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify({ ...body, ...(status >= 400 ? { code: status, status: "Failure" } : {}) });
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}
