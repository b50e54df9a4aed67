/**
 * The object store in the dialect of Kubernetes' API, as much of it as the controller speaks: list, watch, get, create, replace,
 * apply of an object or its status. It checks nothing; what an API server refuses is tried in a cluster.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { KubeObject } from "../target.ts";
import type { ObjectPlace, ObjectStore, StoreEvent } from "./object-store.ts";

interface Asked {
  readonly collection: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** Serves the store until the server is closed. */
export async function serveObjects(store: ObjectStore, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    answer(store, request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, 500, failure(500, "InternalError", String(error)));
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return server;
}

async function answer(store: ObjectStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://objects");
  const asked = parsed(url.pathname);
  if (asked.name === undefined) {
    // The one selector that the controller uses.
    const name = url.searchParams.get("fieldSelector")?.replace(/^metadata\.name=/, "");
    if (request.method === "POST") {
      const body = (await bodyOf(request)) as KubeObject;
      const place = { collection: asked.collection, namespace: asked.namespace, name: body.metadata.name };
      if (store.get(place)) send(response, 409, failure(409, "AlreadyExists", `${body.metadata.name} exists`));
      else send(response, 201, store.put(place, body));
    } else if (url.searchParams.get("watch") === "true") {
      watch(store, { ...asked, name }, url.searchParams.get("resourceVersion") ?? "0", request, response);
    } else {
      const items = store.list(asked.collection).filter((object) => isAsked(object, { ...asked, name }));
      // What the items are is said by the list.
      const [first] = items;
      const kind = `${first?.kind ?? ""}List`;
      const apiVersion = first?.apiVersion ?? "v1";
      send(response, 200, { kind, apiVersion, metadata: { resourceVersion: store.version }, items });
    }
    return;
  }
  const place = { collection: asked.collection, namespace: asked.namespace, name: asked.name };
  await one(store, place, asked.subresource, request, response);
}

async function one(
  store: ObjectStore,
  place: ObjectPlace,
  subresource: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const before = store.get(place);
  const absent = () => send(response, 404, failure(404, "NotFound", `${place.name} not found`));
  if (request.method === "GET") return before ? send(response, 200, before) : absent();
  const body = (await bodyOf(request)) as KubeObject;
  if (subresource === "status") {
    const manager = new URL(request.url ?? "/", "http://objects").searchParams.get("fieldManager") ?? "";
    const after = store.applyStatus(place, body.status ?? {}, manager);
    return after ? send(response, 200, after) : absent();
  }
  if (request.method === "PUT") {
    const version = body.metadata.resourceVersion;
    if (!before) return absent();
    if (version !== undefined && version !== before.metadata.resourceVersion)
      return send(response, 409, failure(409, "Conflict", `${place.name} has changed`));
    return send(response, 200, store.put(place, body));
  }
  return send(
    response,
    200,
    store.put(place, { ...before, ...body, metadata: { ...before?.metadata, ...body.metadata } }),
  );
}

/** Whether an object of the collection is in the namespace, and has the name, that is asked for. */
const isAsked = ({ metadata }: KubeObject, { namespace, name }: Pick<Asked, "namespace" | "name">): boolean =>
  (namespace === undefined || metadata.namespace === namespace) && (name === undefined || metadata.name === name);

function watch(store: ObjectStore, asked: Asked, since: string, request: IncomingMessage, response: ServerResponse) {
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  const stop = store.watch(asked.collection, since, (event: StoreEvent) => {
    if (isAsked(event.object, asked)) response.write(`${JSON.stringify(event)}\n`);
  });
  request.on("close", stop);
  response.on("close", stop);
}

/** `/api/v1/…` and `/apis/GROUP/VERSION/…`, with or without a namespace, a name and a subresource. */
function parsed(path: string): Asked {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const root = parts.splice(0, parts[0] === "api" ? 2 : 3);
  const isNamespaced = parts[0] === "namespaces" && parts.length > 2;
  const namespace = isNamespaced ? parts.splice(0, 2)[1] : undefined;
  const [plural, name, subresource] = parts;
  return { collection: `/${[...root, plural].join("/")}`, namespace, name, subresource };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

function send(response: ServerResponse, code: number, body: unknown): void {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
}

const failure = (code: number, reason: string, message: string) => ({
  ...{ kind: "Status", apiVersion: "v1", status: "Failure" },
  ...{ code, reason, message },
});
