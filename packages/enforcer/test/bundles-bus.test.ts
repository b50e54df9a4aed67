import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Bus, connect } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { atEnd, cat, receiver, selected, sleep } from "./receiving.ts";
import { bundle, signer } from "./support.ts";

describe("over a real bus", () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.dispose());

  async function client(name: string): Promise<Bus> {
    const abort = new AbortController();
    const bus = await connect({ servers: server.url, name, signal: abort.signal, log: new MemoryLog() });
    atEnd(async () => {
      await bus.close();
      abort.abort();
    });
    return bus;
  }

  it("bundles reach their node, and survive a restart of the server", async () => {
    const controller = await client("controller/test");
    await controller.ensure();
    const node = receiver();
    node.follow(await client("enforcer/node-1"));
    const content = (digest: string) => {
      const { revision: _, ...rest } = bundle(1n, [selected(digest)]).bundle;
      return rest;
    };
    const first = await controller.publishBundle(content(sleep.digest), new Map([[sleep.digest, sleep.bytes]]), {
      signer,
    });
    await until("the first", () => node.receiver.inForce?.bundle.revision === first.revision, 10_000);
    await server.stop({ hard: true });
    await server.start();
    await until("connected again", () => controller.connected, 20_000);
    const second = await controller.publishBundle(content(cat.digest), new Map([[cat.digest, cat.bytes]]), { signer });
    await until("the second", () => node.receiver.inForce?.bundle.revision === second.revision, 20_000);
    expect(node.counts.of("bundle_refused_stale")).toBe(0);
  }, 60_000);
});
