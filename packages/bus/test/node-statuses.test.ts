import { describe, expect, it } from "@jest/globals";
import { jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect as natsConnect } from "@nats-io/transport-node";
import { until } from "@portcullis/daemon/testing";
import type { NodeStatusEvent } from "../src/bus.ts";
import { BusBed, iterate, next } from "./bus-bed.ts";
import { exampleStatus } from "./examples.ts";

const bed = new BusBed();

describe("node status", () => {
  it("is seen by the controller: those there, then every change, then the deletion", async () => {
    const { controller, enforcer } = await bed.pair();
    await enforcer.putNodeStatus(exampleStatus);
    let initialised = 0;
    const watch = iterate(controller.watchNodeStatuses(bed.stop.signal, () => initialised++));
    expect(await next(watch, "the status")).toEqual({ node: exampleStatus.node, status: exampleStatus });
    const later = { ...exampleStatus, node: "b", appliedRevision: 9n };
    const pending = next(watch, "the second status");
    await until("the watch says that it is initialised", () => initialised === 1);
    await enforcer.putNodeStatus(later);
    expect(await pending).toEqual({ node: "b", status: later });
    await controller.deleteNodeStatus("b");
    expect(await next(watch, "the deletion")).toEqual({ node: "b" });
  });

  it("of no node at all is initialised too", async () => {
    const { controller } = await bed.pair();
    const ready = Promise.withResolvers<void>();
    const pending = iterate(controller.watchNodeStatuses(bed.stop.signal, ready.resolve)).next();
    await ready.promise;
    bed.stop.abort();
    expect((await pending).done).toBe(true);
  });

  it("lost with the server's disk is told as deleted, and as new when it is written again", async () => {
    const { controller, enforcer } = await bed.pair();
    await enforcer.putNodeStatus(exampleStatus);
    const events: NodeStatusEvent[] = [];
    const reading = (async () => {
      for await (const event of controller.watchNodeStatuses(bed.stop.signal)) events.push(event);
    })();
    await until("the status is seen", () => events.length === 1);
    await bed.server.stop({ hard: true });
    await bed.server.start({ wipe: true });
    await until("the controller is back", () => controller.connected && enforcer.connected);
    await controller.ensure();
    await until("the loss is seen", () => events.length === 2);
    await enforcer.putNodeStatus(exampleStatus);
    await until("the new one is seen", () => events.length === 3);
    expect(events.map(({ status }) => status !== undefined)).toEqual([true, false, true]);
    bed.stop.abort();
    await reading;
  });

  it("is watched without leaving anything on the server, also after the server was gone", async () => {
    const { controller } = await bed.pair();
    const raw = await natsConnect({ servers: bed.server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    const jsm = await jetstreamManager(raw);
    const consumers = async () => {
      try {
        return (await jsm.streams.info("KV_portcullis-v1-node-status")).state.consumer_count;
      } catch {
        return undefined;
      }
    };
    const watching = new AbortController();
    const ended = iterate(controller.watchNodeStatuses(watching.signal)).next();
    await until("the watch is open", async () => (await consumers()) === 1);
    for (let restart = 1; restart <= 3; restart++) {
      const { reopened } = controller.stats;
      await bed.server.stop({ hard: true });
      await bed.server.start();
      // A server that has just come up may have it opened more than once.
      await until("it is open again", () => controller.stats.reopened > reopened);
      await until("the one before is gone", async () => (await consumers()) === 1);
    }
    watching.abort();
    await ended;
    await until("nothing is left", async () => (await consumers()) === 0);
    await raw.close();
  });

  it("written under another node's name is refused and counted", async () => {
    const { controller, enforcer } = await bed.pair();
    await enforcer.putNodeStatus(exampleStatus);
    const raw = await natsConnect({ servers: bed.server.url });
    const kv = await new Kvm(raw).open("portcullis-v1-node-status");
    const entry = await kv.get("node-1=2Eexample");
    await kv.put("victim", entry!.value);
    await raw.close();
    const watch = iterate(controller.watchNodeStatuses(bed.stop.signal));
    expect((await next(watch, "the status")).node).toBe(exampleStatus.node);
    const rest = watch.next();
    await until("the refusal is counted", () => controller.stats.refusedMessages === 1);
    bed.stop.abort();
    expect((await rest).done).toBe(true);
  });
});
