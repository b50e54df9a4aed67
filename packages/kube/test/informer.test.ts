import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { Informer } from "../src/watch/informer.ts";
import { TestApiServer } from "./api-server.ts";
import { configMaps, createConfigMap, deleteConfigMap, patchConfigMap } from "./config-maps.ts";
import { runInformer } from "./running-informer.ts";
import { Wire } from "./wire.ts";

describe("an informer on a real API server", () => {
  let server: TestApiServer;
  beforeAll(async () => {
    server = await TestApiServer.start();
  }, 120_000);
  afterAll(() => server?.stop());

  const running = (options: Parameters<typeof runInformer>[1], use: Parameters<typeof runInformer>[2]) =>
    runInformer(server, options, use);

  it("tells adds, updates with the object before, and deletes, and keeps its indexes", async () => {
    await running({}, async ({ informer, told, changes }) => {
      await createConfigMap(server.client(), "one", { color: "red" });
      await patchConfigMap(server.client(), "one", { color: "blue" });
      await until("blue", () => informer.store.byIndex("color", "blue").length === 1);
      expect(informer.store.byIndex("color", "red")).toEqual([]);
      const update = changes.find((change) => change.type === "update");
      expect(update?.old?.data).toEqual({ color: "red" });
      await deleteConfigMap(server.client(), "one");
      await until("gone", () => told.includes("delete one"));
      expect(told.filter((line) => line.endsWith(" one"))).toEqual(["add one", "update one", "delete one"]);
      expect(informer.store.indexValues("color")).toEqual([]);
    });
  });

  it("gives listed and watched objects the same shape", async () => {
    await createConfigMap(server.client(), "listed", { a: "1" });
    await running({}, async ({ informer, told }) => {
      await createConfigMap(server.client(), "watched", { a: "1" });
      await until("watched", () => told.includes("add watched"));
      const shape = (name: string) => {
        const object = informer.store.get(name, "default");
        return {
          keys: Object.keys(object ?? {}).sort(),
          kind: object?.kind,
          time: typeof object?.metadata.creationTimestamp,
        };
      };
      expect(shape("listed")).toEqual(shape("watched"));
      expect(shape("listed")).toEqual({
        keys: ["apiVersion", "data", "kind", "metadata"],
        kind: "ConfigMap",
        time: "string",
      });
      await deleteConfigMap(server.client(), "listed");
      await deleteConfigMap(server.client(), "watched");
    });
  });

  it("lists page by page until the end", async () => {
    for (let i = 0; i < 7; i++) await createConfigMap(server.client(), `page-${i}`);
    await running({ pageSize: 2 }, async ({ informer }) => {
      expect(informer.store.list().filter((map) => map.metadata.name.startsWith("page-"))).toHaveLength(7);
      for (let i = 0; i < 7; i++) await deleteConfigMap(server.client(), `page-${i}`);
    });
  });

  it("asks for metadata alone when told to", async () => {
    await createConfigMap(server.client(), "slim", { big: "data" });
    await running({ metadataOnly: true }, async ({ informer }) => {
      const slim = informer.store.get("slim", "default");
      expect(slim?.metadata.name).toBe("slim");
      expect(slim?.data).toBeUndefined();
      await deleteConfigMap(server.client(), "slim");
    });
  });

  it("syncs on an empty collection, of whole objects and of metadata", async () => {
    const jobs = { group: "batch", version: "v1", plural: "jobs", kind: "Job" };
    for (const metadataOnly of [false, true]) {
      const informer = new Informer({ client: server.client(), log: new MemoryLog(), resource: jobs, metadataOnly });
      const stop = new AbortController();
      const run = informer.run(stop.signal);
      await informer.whenSynced(AbortSignal.timeout(4_000));
      expect(informer.store.size).toBe(0);
      stop.abort();
      await run;
    }
  });

  it("resumes after a reset connection without listing again and without losing an event", async () => {
    await running({}, async ({ informer, told, proxy, log }) => {
      await createConfigMap(server.client(), "before");
      await until("before", () => told.includes("add before"));
      proxy.refusing = true;
      proxy.cut();
      await until("a failure", () => log.lines.length > 0);
      await createConfigMap(server.client(), "meanwhile");
      await deleteConfigMap(server.client(), "before");
      proxy.refusing = false;
      await until("caught up", () => told.includes("add meanwhile") && told.includes("delete before"));
      expect(informer.counters.lists).toBe(1);
      await deleteConfigMap(server.client(), "meanwhile");
    });
  });

  it("is current only while its watch is open, and has been for a moment", async () => {
    await running({}, async ({ informer, told, proxy, log }) => {
      await until("an open watch", () => informer.current);
      proxy.refusing = true;
      proxy.cut();
      await until("a failure", () => log.lines.length > 0);
      expect(informer.current).toBe(false);
      await createConfigMap(server.client(), "missed");
      proxy.refusing = false;
      await until("current again", () => informer.current);
      expect(told).toContain("add missed");
      await deleteConfigMap(server.client(), "missed");
    });
  });

  it("gives up a watch that fell silent and goes on", async () => {
    await running({ silenceMs: 400 }, async ({ informer, told, proxy }) => {
      proxy.silent = true;
      await createConfigMap(server.client(), "unheard");
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(told).not.toContain("add unheard");
      proxy.silent = false;
      await until("heard", () => told.includes("add unheard"));
      expect(informer.counters.lists).toBe(1);
      await deleteConfigMap(server.client(), "unheard");
    });
  });

  it("tells delete and add when an object was replaced by another of its name while it could not see", async () => {
    await createConfigMap(server.client(), "twin", { generation: "first" });
    await running({}, async ({ informer, told, proxy, changes }) => {
      proxy.refusing = true;
      proxy.cut();
      await deleteConfigMap(server.client(), "twin");
      await createConfigMap(server.client(), "twin", { generation: "second" });
      await createConfigMap(server.client(), "new");
      await server.stopApiServer();
      await server.startApiServer();
      // The history between is gone, so that only a list can tell.
      await server.compact();
      await server.stopApiServer();
      await server.startApiServer();
      told.length = 0;
      proxy.refusing = false;
      await until("relisted", () => told.includes("add new"));
      expect(informer.counters.lists).toBe(2);
      expect(told.filter((line) => line.endsWith(" twin"))).toEqual(["delete twin", "add twin"]);
      const last = changes.filter((change) => change.object.metadata.name === "twin").at(-1);
      expect(last?.object.data).toEqual({ generation: "second" });
      await deleteConfigMap(server.client(), "twin");
      await deleteConfigMap(server.client(), "new");
    });
  }, 60_000);

  it("lists again when its time has come", async () => {
    await running({ relistMs: 1_000 }, async ({ informer }) => {
      await until("a second list", () => informer.counters.lists >= 2);
    });
  });

  it("goes on when a listener throws, and says so once an event", async () => {
    await running({}, async ({ informer, told, log }) => {
      informer.on((change) => {
        if (change.object.metadata.name === "poison") throw new Error("boom");
      });
      await createConfigMap(server.client(), "poison");
      await createConfigMap(server.client(), "after");
      await until("after", () => told.includes("add after"));
      expect(informer.listenerFailures).toBe(1);
      expect(log.lines.filter((line) => line.message === "listener failed")).toHaveLength(1);
      await deleteConfigMap(server.client(), "poison");
      await deleteConfigMap(server.client(), "after");
    });
  });

  it("uses two connections at most for many calls in a row, and gives a watch one of its own", async () => {
    const proxy = await Wire.start(server.port);
    const client = server.client(proxy.port);
    const stop = new AbortController();
    try {
      for (let i = 0; i < 50; i++) await client.request({ method: "GET", path: "/api/v1/namespaces/default" });
      // The next call may begin a moment before the connection of the last one is free again.
      expect(proxy.accepted).toBeLessThanOrEqual(2);
      expect(client.config.poolsBuilt).toBe(1);
      const query = { watch: true, timeoutSeconds: 60 };
      const watches = [1, 2, 3].map(() =>
        client.chunks({ method: "GET", path: "/api/v1/namespaces", query, signal: stop.signal }),
      );
      await Promise.all(watches.map((watch) => watch.next()));
      expect(proxy.accepted).toBeGreaterThanOrEqual(3);
      for (const watch of watches) await watch.return();
      await until("left watches end their connections", () => proxy.open <= 2);
    } finally {
      stop.abort();
      await client.config.close();
      await proxy.stop();
    }
  });

  it("says that it has not synced while the API server cannot be reached", async () => {
    const proxy = await Wire.start(server.port);
    proxy.refusing = true;
    const log = new MemoryLog();
    const informer = new Informer({
      client: server.client(proxy.port),
      log,
      resource: configMaps,
      backoffMs: [10, 50],
    });
    const stop = new AbortController();
    const run = informer.run(stop.signal);
    await until("failures", () => informer.counters.failures > 2);
    expect(informer.hasSynced).toBe(false);
    proxy.refusing = false;
    await until("synced", () => informer.hasSynced);
    stop.abort();
    await run;
    await proxy.stop();
  });
});
