import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import fc from "fast-check";
import type { KubeClient } from "../src/client/client.ts";
import { collectionPath, type KubeObject, objectPath, type Resource } from "../src/client/resource.ts";
import { KubeResponseError } from "../src/errors.ts";
import { Informer, type InformerOptions } from "../src/watch/informer.ts";
import { acceptOf, eventsOf, listOf } from "../src/wire/format.ts";
import { messages } from "../src/wire/messages.ts";
import { framesOf } from "../src/wire/protobuf.ts";
import { TestApiServer } from "./api-server.ts";

const pods: Resource = { group: "", version: "v1", plural: "pods", kind: "Pod" };
const protobuf = "application/vnd.kubernetes.protobuf";
const image = "registry.example/x:1";

function createPod(client: KubeClient, name: string): Promise<KubeObject> {
  const metadata = {
    ...{ name, namespace: "default", labels: { app: name }, annotations: { note: "ä" } },
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "1-2-3", controller: true }],
  };
  const spec = {
    nodeName: "node-1",
    initContainers: [{ name: "first", image }],
    containers: [
      { name: "main", image, env: [{ name: "A", value: "b" }], ports: [{ containerPort: 80 }] },
      { name: "side", image },
    ],
  };
  const body = { apiVersion: "v1", kind: "Pod", metadata, spec };
  return client.request({ method: "POST", path: collectionPath(pods, "default"), body });
}

function patchPod(client: KubeClient, name: string, subresource: string, body: object): Promise<KubeObject> {
  const path = objectPath(pods, name, "default", subresource);
  return client.request({ method: "PATCH", path, contentType: "application/strategic-merge-patch+json", body });
}

const running = { state: { running: { startedAt: "2026-11-22T10:11:12Z" } }, ...{ image, imageID: "", ready: true } };

/** Of the object everything that messages.ts names: what an object that came as JSON has more is cut off. */
function read(object: KubeObject): unknown {
  const type = messages.lookupType("Pod");
  const { ephemeralContainers, ...spec } = (object as unknown as { spec: Record<string, unknown> }).spec;
  const plain = type.toObject(type.fromObject({ ...object, spec })) as { spec: object };
  const names = (ephemeralContainers as { name: string; image: string }[] | undefined)?.map((container) => ({
    name: container.name,
    image: container.image,
  }));
  return { ...plain, spec: { ...plain.spec, ...(names ? { ephemeralContainers: names } : {}) } };
}

describe("objects as protobuf from a real API server", () => {
  let server: TestApiServer;
  beforeAll(async () => {
    server = await TestApiServer.start();
  }, 120_000);
  afterAll(() => server?.stop());

  async function informing(
    options: Partial<InformerOptions<KubeObject>>,
    use: (informer: Informer<KubeObject>, log: MemoryLog) => Promise<void>,
  ): Promise<void> {
    const [client, log, stop] = [server.client(), new MemoryLog(), new AbortController()];
    const informer = new Informer<KubeObject>({ client, log, resource: pods, backoffMs: [20, 200], ...options });
    const run = informer.run(stop.signal);
    try {
      await informer.whenSynced(AbortSignal.timeout(20_000));
      await use(informer, log);
    } finally {
      stop.abort();
      await run;
      await client.config.close();
    }
  }

  it("a pod is the same as by JSON, listed and watched, with every kind of container", async () => {
    const client = server.client();
    await createPod(client, "listed");
    await informing({ protobuf: true }, async (informer) => {
      await informing({}, async (byJson) => {
        await createPod(client, "watched");
        for (const name of ["listed", "watched"]) {
          const debug = { spec: { ephemeralContainers: [{ name: "debug", image }] } };
          await patchPod(client, name, "ephemeralcontainers", debug);
          const phase = "Running";
          const containerStatuses = [{ name: "main", restartCount: 0, ...running }];
          await patchPod(client, name, "status", { status: { phase, containerStatuses } });
        }
        const has = (of: Informer<KubeObject>, name: string) =>
          JSON.stringify(of.store.get(name, "default") ?? {}).includes('"Running"');
        for (const name of ["listed", "watched"]) {
          await until(name, () => has(informer, name) && has(byJson, name));
          const [found, expected] = [informer, byJson].map((of) => of.store.get(name, "default")!);
          expect(found).toEqual({ ...(read(expected!) as object), apiVersion: "v1", kind: "Pod" });
        }
      });
    });
    // Now both are listed, in pages of one.
    await informing({ protobuf: true, pageSize: 1 }, async (informer) => {
      await informing({}, async (byJson) => {
        for (const name of ["listed", "watched"]) {
          const [found, expected] = [informer, byJson].map((of) => of.store.get(name, "default")!);
          expect(found).toEqual({ ...(read(expected!) as object), apiVersion: "v1", kind: "Pod" });
        }
      });
    });
    await client.config.close();
  }, 60_000);

  it("the server answers in protobuf, and metadata alone when only that is wanted", async () => {
    const client = server.client();
    const path = collectionPath(pods, "default");
    const whole = await client.answer({ method: "GET", path, accept: acceptOf({ protobuf: true }, "List") });
    expect(whole.type).toBe(protobuf);
    const accept = acceptOf({ protobuf: true, metadataOnly: true }, "List");
    const answer = await client.answer({ method: "GET", path, accept });
    expect(answer.type).toContain(protobuf);
    const list = listOf(answer);
    expect(list.kind).toBe("PartialObjectMetadataList");
    expect(list.items?.map((item) => Object.keys(item))).toEqual([["metadata"], ["metadata"]]);
    expect(list.items?.[0]?.metadata).toMatchObject({
      ...{ name: "listed", namespace: "default", labels: { app: "listed" }, annotations: { note: "ä" } },
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "r", uid: "1-2-3", controller: true }],
    });
    await client.config.close();
  });

  it("metadata alone is watched: changed labels and deletions are told", async () => {
    const client = server.client();
    await informing({ protobuf: true, metadataOnly: true }, async (informer) => {
      const told: string[] = [];
      informer.on(({ type, object }) => told.push(`${type} ${object.metadata.name} ${object.metadata.labels?.app}`));
      await patchPod(client, "listed", "", { metadata: { labels: { app: "other" } } });
      await client.request({
        ...{ method: "DELETE", path: objectPath(pods, "watched", "default") },
        query: { gracePeriodSeconds: 0 },
      });
      await until("the deletion", () => told.includes("delete watched watched"));
      expect(told).toContain("update listed other");
    });
    await client.config.close();
  });

  it("a history that the server has forgotten is a Status in protobuf, and the collection is listed again", async () => {
    const client = server.client();
    await informing({ protobuf: true }, async (informer, log) => {
      await server.stopApiServer();
      await until("a failure", () => log.lines.length > 0);
      await server.startApiServer();
      await createPod(client, "later");
      await server.compact();
      await until("the pod", () => informer.store.get("later", "default") !== undefined, 30_000);
    });
    const query = { watch: true, resourceVersion: 1 };
    const accept = acceptOf({ protobuf: true }, "");
    const path = collectionPath(pods, "default");
    let type = "";
    const chunks = client.chunks({ method: "GET", path, query, accept }, (opened) => {
      type = opened;
    });
    const first = await chunks.next();
    const event = await eventsOf(type, one(first.value as Uint8Array), "watch").next();
    expect(event.value).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });
    await chunks.return();
    await client.config.close();
  }, 120_000);
});

async function* one(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk;
}

describe("what is no protobuf of Kubernetes", () => {
  const envelope = (kind: string, raw: Uint8Array) => {
    const unknown = messages.lookupType("Unknown");
    const message = unknown.fromObject({ typeMeta: { apiVersion: "v1", kind }, raw });
    return Buffer.concat([Buffer.from("k8s\0"), unknown.encode(message).finish()]);
  };
  const fault = (bytes: Uint8Array): string => {
    try {
      listOf({ name: "GET /x", type: protobuf, bytes });
      return "";
    } catch (error) {
      expect(error).toBeInstanceOf(KubeResponseError);
      return (error as Error).message;
    }
  };

  it("is refused with what is wrong with it", () => {
    expect(fault(Buffer.from("{}"))).toContain("GET /x: the answer is not protobuf of Kubernetes: it does not begin");
    expect(fault(envelope("Secret", new Uint8Array()))).toContain('its kind is "Secret"');
    expect(fault(envelope("PodList", Buffer.from([0x12, 0x7f])))).toContain("GET /x: the answer is not protobuf");
  });

  it("frames are the same wherever the stream is cut", async () => {
    const frame = fc.uint8Array({ maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.nat(60), { maxLength: 12 }),
        async (all, cuts) => {
          const stream = Buffer.concat(
            all.flatMap((bytes) => {
              const length = Buffer.alloc(4);
              length.writeUInt32BE(bytes.length);
              return [length, bytes];
            }),
          );
          async function* chunks() {
            let from = 0;
            for (const size of cuts) {
              yield stream.subarray(from, from + size);
              from += size;
            }
            yield stream.subarray(from);
          }
          const found: number[][] = [];
          for await (const bytes of framesOf(chunks(), "watch")) found.push([...bytes]);
          expect(found).toEqual(all.map((bytes) => [...bytes]));
        },
      ),
    );
  });

  it("a frame of an impossible length is refused before it is waited for", async () => {
    const frames = framesOf(one(Buffer.from([0x7f, 0, 0, 0, 1])), "watch /x");
    await expect(frames.next()).rejects.toThrow("watch /x: an event of 2130706432 bytes");
  });
});
