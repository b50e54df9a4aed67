import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Bus } from "@portcullis/bus";
import { until } from "@portcullis/daemon/testing";
import { type KubeObject, leaseResource, objectPath } from "@portcullis/kube";
import type { Controller } from "../src/controller.ts";
import { Cluster } from "./cluster.ts";

describe("a controller that cannot go on", () => {
  let cluster: Cluster;
  const stop = new AbortController();
  beforeAll(async () => {
    cluster = await Cluster.start();
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await cluster?.stop();
  });

  /** One that leads, with a lease and a bus of its own. */
  async function leading(
    name: string,
    busPatienceMs = 60_000,
  ): Promise<{ controller: Controller; bus: Bus; ended: Promise<unknown> }> {
    const lease = { namespace: "default", name, durationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 200 };
    const { controller, bus } = await cluster.controller(name, stop.signal, { lease, busPatienceMs });
    const ended = controller.run(stop.signal).then(
      () => "ended without an error",
      (error: unknown) => error,
    );
    await until(`${name} leads`, () => controller.leading);
    return { controller, bus, ended };
  }

  it("ends, all of it, with the reason when the connection to NATS is closed for good", async () => {
    const { controller, bus, ended } = await leading("without-bus");
    await bus.close();
    expect(await ended).toMatchObject({ code: "CONTROLLER_BUS_CLOSED" });
    expect(controller.leading).toBe(false);
  });

  it("ends, all of it, with the reason when somebody else holds its lease", async () => {
    const { controller, bus, ended } = await leading("without-lease");
    const path = objectPath(leaseResource, "without-lease", "default");
    await until("the lease is taken away", async () => {
      const lease = await cluster.client.request<KubeObject & { spec: object }>({ method: "GET", path });
      const body = { ...lease, spec: { ...lease.spec, holderIdentity: "somebody else" } };
      return cluster.client.request({ method: "PUT", path, body });
    });
    expect(await ended).toMatchObject({ code: "KUBE_LEASE_LOST", message: /somebody else/ });
    expect(controller.leading).toBe(false);
    await bus.close();
  });

  it("gives its lease up and ends when it is cut off from NATS for too long", async () => {
    const { controller, bus, ended } = await leading("cut-off", 1_000);
    await cluster.nats.stop({ hard: true });
    expect(await ended).toMatchObject({ code: "CONTROLLER_BUS_LOST" });
    expect(controller.leading).toBe(false);
    const path = objectPath(leaseResource, "cut-off", "default");
    const lease = await cluster.client.request<KubeObject & { spec: { holderIdentity?: string } }>({
      method: "GET",
      path,
    });
    expect(lease.spec.holderIdentity ?? "").toBe("");
    await cluster.nats.start();
    await bus.close();
  });

  it("ends without an error when it is asked to, and gives its lease back", async () => {
    const { bus, ended } = await leading("asked");
    stop.abort();
    expect(await ended).toBe("ended without an error");
    const path = objectPath(leaseResource, "asked", "default");
    const lease = await cluster.client.request<KubeObject & { spec: { holderIdentity?: string } }>({
      method: "GET",
      path,
    });
    expect(lease.spec.holderIdentity ?? "").toBe("");
    await bus.close();
  });
});
