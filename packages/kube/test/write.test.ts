import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { apply } from "../src/client/apply.ts";
import { KubeClient } from "../src/client/client.ts";
import { parseKubeConfig } from "../src/client/kube-config.ts";
import { collectionPath, type KubeList, type KubeObject, objectPath, type Resource } from "../src/client/resource.ts";
import { KubeStatusError, KubeUnreachableError } from "../src/errors.ts";
import { EventRecorder, eventResource } from "../src/events.ts";
import { freePort, TestApiServer } from "./api-server.ts";
import { configMaps, createConfigMap } from "./config-maps.ts";

const crds: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
};
const widgetResource: Resource = { group: "test.portcullis.dev", version: "v1", plural: "widgets", kind: "Widget" };
const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const condition = {
  type: "object",
  required: ["type"],
  properties: { type: { type: "string" }, status: { type: "string" } },
};
const conditions = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
  items: condition,
};

interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

describe("writing to a real API server", () => {
  let server: TestApiServer;
  let client: KubeClient;
  beforeAll(async () => {
    server = await TestApiServer.start();
    client = server.client();
    const schema = {
      openAPIV3Schema: {
        type: "object",
        properties: { spec: open, status: { type: "object", properties: { conditions } } },
      },
    };
    const crd = {
      spec: {
        group: widgetResource.group,
        scope: "Namespaced",
        names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
        versions: [{ name: "v1", served: true, storage: true, schema, subresources: { status: {} } }],
      },
    };
    await apply(client, { resource: crds, name: `widgets.${widgetResource.group}` }, crd, { fieldManager: "test" });
    await until("the CRD is served", async () => {
      return client.request({ method: "GET", path: collectionPath(widgetResource) }).then(
        () => true,
        () => false,
      );
    });
  }, 120_000);
  afterAll(() => server?.stop());

  const widget = (name: string) => ({ resource: widgetResource, name, namespace: "default" });

  it("applies under its own field manager and leaves alone what others own", async () => {
    await apply(client, widget("a"), { spec: { size: 1 } }, { fieldManager: "user" });
    const status = (type: string) => ({ status: { conditions: [{ type, status: "True" }] } });
    await apply(client, { ...widget("a"), subresource: "status" }, status("Other"), { fieldManager: "other" });
    await apply(client, { ...widget("a"), subresource: "status" }, status("Ours"), { fieldManager: "portcullis" });
    const read = () => client.request<Widget>({ method: "GET", path: objectPath(widgetResource, "a", "default") });
    expect((await read()).status?.conditions?.map((c) => c.type).sort()).toEqual(["Other", "Ours"]);
    await apply(
      client,
      { ...widget("a"), subresource: "status" },
      { status: { conditions: [] } },
      { fieldManager: "portcullis" },
    );
    const after = await read();
    expect(after.status?.conditions?.map((c) => c.type)).toEqual(["Other"]);
    expect(after.spec).toEqual({ size: 1 });
  });

  it("does not touch the spec through the status, nor the generation", async () => {
    const before = await apply<Widget>(client, widget("b"), { spec: { size: 1 } }, { fieldManager: "user" });
    const content = { spec: { size: 9 }, status: { conditions: [{ type: "Ready", status: "True" }] } };
    const after = await apply<Widget>(client, { ...widget("b"), subresource: "status" }, content, {
      fieldManager: "portcullis",
    });
    expect(after.spec).toEqual({ size: 1 });
    expect(after.metadata.generation).toBe(before.metadata.generation);
  });

  it("is told 409 when it means an object that was changed since, or is another one by now", async () => {
    const made = () => apply<Widget>(client, widget("again"), { spec: { size: 1 } }, { fieldManager: "user" });
    const former = await made();
    await client.request({ method: "DELETE", path: objectPath(widgetResource, "again", "default") });
    const { metadata } = await made();
    const status = { conditions: [{ type: "Ready", status: "True" }] };
    const target = { ...widget("again"), subresource: "status" };
    const as = (resourceVersion: string) =>
      apply<Widget>(client, target, { metadata: { resourceVersion }, status }, { fieldManager: "test" });
    await expect(as(former.metadata.resourceVersion)).rejects.toMatchObject({ status: 409 });
    const after = await as(metadata.resourceVersion);
    expect(after.status).toEqual(status);
    await expect(as(metadata.resourceVersion)).rejects.toMatchObject({ status: 409 });
  });

  it("is told 409 when another manager owns the field and it does not insist", async () => {
    await apply(client, widget("c"), { spec: { size: 1 } }, { fieldManager: "user" });
    const polite = apply(client, widget("c"), { spec: { size: 2 } }, { fieldManager: "portcullis", force: false });
    await expect(polite).rejects.toMatchObject({ code: "KUBE_API_STATUS", status: 409, reason: "Conflict" });
  });

  it("turns an answer of failure into an error with status, reason and the request", async () => {
    const error = await client.request({ method: "GET", path: "/api/v1/namespaces/nowhere" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(KubeStatusError);
    expect(error).toMatchObject({ status: 404, reason: "NotFound" });
    expect((error as Error).message).toContain("GET /api/v1/namespaces/nowhere");
  });

  it("says that nobody answers", async () => {
    const nowhere = new KubeClient(parseKubeConfig(server.kubeconfig(await freePort())), "test");
    const error = await nowhere.request({ method: "GET", path: "/api" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(KubeUnreachableError);
    expect((error as Error).message).toContain("ECONNREFUSED");
  });

  it("refuses a kubeconfig without a current cluster", () => {
    expect(() => parseKubeConfig("{clusters: [], contexts: [], users: []}")).toThrow(
      /current-context names no cluster/,
    );
  });

  it("tells the same news once, counts it, and stops at its budget", async () => {
    const options = {
      client,
      log: new MemoryLog(),
      controller: "portcullis.dev/test",
      instance: "test",
      burst: 4,
      perSecond: 0,
    };
    const recorder = new EventRecorder(options);
    const about = await createConfigMap(client, "eventful");
    const object = { ...about, apiVersion: "v1", kind: "ConfigMap" };
    const news = { type: "Warning", reason: "PostureInvalid", action: "ReadPosture", note: "é".repeat(1_000) } as const;
    for (let i = 0; i < 5; i++) await recorder.record(object, news);
    const list = await client.request<
      KubeList<KubeObject & { note: string; series?: { count: number }; regarding: { uid: string } }>
    >({
      method: "GET",
      path: collectionPath(eventResource, "default"),
    });
    const ours = (list.items ?? []).filter((event) => event.regarding?.uid === about.metadata.uid);
    expect(ours).toHaveLength(1);
    expect(ours[0]?.series?.count).toBe(4);
    expect(Buffer.byteLength(ours[0]?.note ?? "")).toBeLessThanOrEqual(1_024);
    // One creation and the counts 2 and 4 are written; the fourth token goes to other news, the fifth write has none.
    await recorder.record(object, { ...news, note: "two" });
    await recorder.record(object, { ...news, note: "three" });
    expect(recorder.counters).toEqual({ written: 4, suppressed: 1, failed: 0 });
    await client.request({ method: "DELETE", path: objectPath(configMaps, "eventful", "default") });
  });
});
