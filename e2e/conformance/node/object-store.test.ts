import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { serveObjects } from "./object-server.ts";
import { ObjectStore, type StoreEvent } from "./object-store.ts";

const collection = "/apis/example.org/v1/things";
const place = { collection, namespace: "shop", name: "one" };
const thing = (spec: object, more: object = {}) => ({
  ...{ apiVersion: "example.org/v1", kind: "Thing", spec },
  metadata: { name: "one", namespace: "shop" },
  ...more,
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function served(store: ObjectStore): Promise<string> {
  const server = await serveObjects(store, "127.0.0.1", 0);
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the object store", () => {
  it("counts a generation for a change of the spec alone", () => {
    const store = new ObjectStore();
    expect(store.put(place, thing({ a: 1 })).metadata.generation).toBe(1);
    expect(store.put(place, thing({ a: 1 }, { labels: {} })).metadata.generation).toBe(1);
    store.putStatus(place, { ready: true });
    const after = store.put(place, thing({ a: 2 }));
    expect(after).toMatchObject({ metadata: { generation: 2 }, status: { ready: true } });
  });

  it("keeps of a status what others have applied, and nothing that who applies leaves out", () => {
    const store = new ObjectStore();
    store.put(place, thing({ a: 1 }));
    store.applyStatus(place, { ready: true, nodes: 1 }, "one");
    store.applyStatus(place, { hits: 3 }, "other");
    expect(store.applyStatus(place, { ready: false }, "one")?.status).toEqual({ ready: false, hits: 3 });
  });

  it("gives an object that was made again another uid", () => {
    const store = new ObjectStore();
    const { uid } = store.put(place, thing({})).metadata;
    store.delete(place);
    expect(store.put(place, thing({})).metadata.uid).not.toBe(uid);
  });

  it("tells a watch what happened since the version it knows, and then what happens", () => {
    const store = new ObjectStore();
    const { resourceVersion } = store.put(place, thing({ a: 1 })).metadata;
    store.put(place, thing({ a: 2 }));
    const seen: string[] = [];
    const stop = store.watch(collection, resourceVersion, ({ type }: StoreEvent) => seen.push(type));
    store.delete(place);
    stop();
    store.put(place, thing({ a: 3 }));
    expect(seen).toEqual(["MODIFIED", "DELETED"]);
  });
});

describe("the object server", () => {
  it("lists a collection with what its objects are", async () => {
    const store = new ObjectStore();
    store.put(place, thing({ a: 1 }));
    const list = (await (await fetch(`${await served(store)}${collection}`)).json()) as {
      kind: string;
      items: unknown[];
    };
    expect(list).toMatchObject({ kind: "ThingList", apiVersion: "example.org/v1", metadata: { resourceVersion: "1" } });
    expect(list.items).toHaveLength(1);
  });

  it("applies a status without touching the spec, and refuses one of nothing", async () => {
    const store = new ObjectStore();
    store.put(place, thing({ a: 1 }));
    const url = `${await served(store)}/apis/example.org/v1/namespaces/shop/things`;
    const patch = { method: "PATCH", body: JSON.stringify({ metadata: { name: "one" }, status: { ready: true } }) };
    expect((await fetch(`${url}/one/status`, patch)).status).toBe(200);
    expect(store.get(place)).toMatchObject({ spec: { a: 1 }, status: { ready: true }, metadata: { generation: 1 } });
    expect((await fetch(`${url}/two/status`, patch)).status).toBe(404);
  });

  it("refuses to replace what has changed meanwhile", async () => {
    const store = new ObjectStore();
    const before = store.put(place, thing({ a: 1 }));
    store.put(place, thing({ a: 2 }));
    const url = `${await served(store)}/apis/example.org/v1/namespaces/shop/things/one`;
    expect((await fetch(url, { method: "PUT", body: JSON.stringify(before) })).status).toBe(409);
  });
});
