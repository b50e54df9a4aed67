/** How a node learns of its bundle: by what the server repeats, which anybody may have said, and by reading the bucket. */
import { describe, expect, it } from "@jest/globals";
import { jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { type NatsConnection, connect as natsConnect } from "@nats-io/transport-node";
import { sleep } from "@portcullis/daemon";
import { silentLog, until } from "@portcullis/daemon/testing";
import type { BundleContent, Bus, BusTiming } from "../src/bus.ts";
import { buckets, bundleHintSubject, toToken } from "../src/channels/subjects.ts";
import { connect } from "../src/connect.ts";
import { decodeBundle, encodeBundle } from "../src/messages/bundle.ts";
import { signBundle, verifySignature } from "../src/messages/signed-bundle.ts";
import { SigningKey } from "../src/signing/signing-key.ts";
import { BusBed, content, digest, iterate, next, ruleSets, signer, timing } from "./bus-bed.ts";
import { exampleContainer } from "./examples.ts";

const bed = new BusBed();
const { node } = content;
const stream = `KV_${buckets.bundles}`;

const withLabel = (value: string): BundleContent => ({
  ...content,
  containers: [{ ...exampleContainer, ruleSet: digest, labels: { version: value } }],
});
const labelOf = (encoded: Uint8Array) => decodeBundle(encoded).containers[0]?.labels.version;

/** As a node would: the signature decides. */
const isSigned = (bytes: Uint8Array): boolean => {
  try {
    verifySignature(bytes, signer.accepted);
    return true;
  } catch {
    return false;
  }
};

async function openNode(more: Partial<BusTiming> = {}): Promise<Bus> {
  return connect({
    servers: bed.server.url,
    name: "enforcer",
    signal: bed.stop.signal,
    log: silentLog,
    timing: { ...timing, ...more },
  });
}

async function administrator(): Promise<NatsConnection> {
  return natsConnect({ servers: bed.server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
}

describe("a node hears of its bundle", () => {
  it("without a consumer of its own: three hundred nodes, each told of its bundle alone, and none on the server", async () => {
    const { controller } = await bed.pair();
    const names = Array.from({ length: 300 }, (_, i) => `node-${i}.example`);
    const buses = await Promise.all(names.map(() => openNode()));
    const watches = buses.map((bus, i) => iterate(bus.watchBundle(names[i] as string, bed.stop.signal, isSigned)));
    const first = watches.map((watch) => next(watch, "the bundle", 60_000));
    for (const name of names) await controller.publishBundle({ ...content, node: name }, ruleSets, { signer });
    expect((await Promise.all(first)).map((bytes) => decodeBundle(bytes).node)).toEqual(names);
    const raw = await administrator();
    expect((await (await jetstreamManager(raw)).streams.info(stream)).state.consumer_count).toBe(0);
    await raw.close();
  }, 120_000);

  it("by what the server repeats, and reads nothing for it", async () => {
    const { controller } = await bed.pair();
    const enforcer = await openNode();
    const watch = iterate(enforcer.watchBundle(node, bed.stop.signal, isSigned));
    await controller.publishBundle(withLabel("0"), ruleSets, { signer });
    await next(watch, "the first bundle");
    const { bundleReads } = enforcer.stats;
    for (let i = 1; i <= 5; i++) {
      await controller.publishBundle(withLabel(String(i)), ruleSets, { signer });
      expect(labelOf(await next(watch, "the next bundle"))).toBe(String(i));
    }
    expect(enforcer.stats).toMatchObject({ bundleReads, bundleHintsDoubted: 0 });
  });

  it("by reading it after some time, when the server did not tell", async () => {
    const { controller } = await bed.pair();
    const enforcer = await openNode({ bundleReread: 600 });
    const watch = iterate(enforcer.watchBundle(node, bed.stop.signal, isSigned));
    await controller.publishBundle(withLabel("1"), ruleSets, { signer });
    await next(watch, "the first bundle");
    const raw = await administrator();
    const jsm = await jetstreamManager(raw);
    // As a controller of an earlier release makes the stream.
    const { config } = await jsm.streams.info(stream);
    await raw.request(`$JS.API.STREAM.UPDATE.${stream}`, JSON.stringify({ ...config, republish: undefined }));
    expect((await jsm.streams.info(stream)).config.republish).toBeUndefined();
    await controller.publishBundle(withLabel("2"), ruleSets, { signer });
    expect(labelOf(await next(watch, "the second bundle"))).toBe("2");
    await raw.close();
  });

  it("after a restart of the server, also of what was written while the node was away", async () => {
    const { controller } = await bed.pair();
    const enforcer = await openNode({ reconnectWait: 1_500 });
    const watch = iterate(enforcer.watchBundle(node, bed.stop.signal, isSigned));
    await controller.publishBundle(withLabel("1"), ruleSets, { signer });
    await next(watch, "the first bundle");
    const pending = next(watch, "the second bundle");
    await bed.server.stop({ hard: true });
    await bed.server.start();
    await until("the controller is back", () => controller.connected);
    await controller.publishBundle(withLabel("2"), ruleSets, { signer });
    expect(enforcer.connected).toBe(false);
    expect(labelOf(await pending)).toBe("2");
    const third = next(watch, "the third bundle");
    await controller.publishBundle(withLabel("3"), ruleSets, { signer });
    expect(labelOf(await third)).toBe("3");
  });

  it("not of one that somebody invents: the bucket is read instead, and not once for each of them", async () => {
    const { controller } = await bed.pair();
    const enforcer = await openNode({ doubtPause: 500 });
    const watch = iterate(enforcer.watchBundle(node, bed.stop.signal, isSigned));
    await controller.publishBundle(withLabel("1"), ruleSets, { signer });
    await next(watch, "the first bundle");
    const pending = next(watch, "the second bundle");
    const { bundleReads } = enforcer.stats;
    const emptied = encodeBundle({ cluster: "default", node, epoch: 9n, revision: 9n, containers: [], ruleSets: [] });
    const forger = await administrator();
    const inventions = [signBundle(emptied, SigningKey.generate()), emptied, new Uint8Array(), Buffer.from("{}")];
    const began = performance.now();
    for (let i = 0; i < 200; i++) {
      forger.publish(bundleHintSubject(node), inventions[i % inventions.length]);
      if (i % 10 === 0) await forger.flush();
      await sleep(2);
    }
    await until("they are doubted", () => enforcer.stats.bundleHintsDoubted > 10);
    await sleep(600);
    const most = (performance.now() - began) / 500 + 2;
    expect(enforcer.stats.bundleReads - bundleReads).toBeGreaterThan(0);
    expect(enforcer.stats.bundleReads - bundleReads).toBeLessThan(most);
    await controller.publishBundle(withLabel("2"), ruleSets, { signer });
    // Nothing of what was invented has come in between.
    expect(labelOf(await pending)).toBe("2");
    await forger.close();
  });

  it("at once although somebody invents others all the time", async () => {
    const { controller } = await bed.pair();
    const enforcer = await openNode();
    const watch = iterate(enforcer.watchBundle(node, bed.stop.signal, isSigned));
    await controller.publishBundle(withLabel("0"), ruleSets, { signer });
    await next(watch, "the first bundle");
    const forger = await administrator();
    let going = true;
    const forging = (async () => {
      while (going) {
        for (let i = 0; i < 20; i++) forger.publish(bundleHintSubject(node), "invented");
        await forger.flush();
      }
    })();
    for (let i = 1; i <= 5; i++) {
      await controller.publishBundle(withLabel(String(i)), ruleSets, { signer });
      expect(labelOf(await next(watch, "the next bundle", 3_000))).toBe(String(i));
    }
    going = false;
    await forging;
    await forger.close();
  });

  it("as it is in the bucket, although it is not credible, when a second read finds the same", async () => {
    const { controller } = await bed.pair();
    const enforcer = await openNode();
    const watch = iterate(enforcer.watchBundle(node, bed.stop.signal, isSigned));
    await controller.publishBundle(withLabel("1"), ruleSets, { signer });
    await next(watch, "the first bundle");
    const raw = await administrator();
    const { bundleReads } = enforcer.stats;
    await (await new Kvm(raw).open(buckets.bundles)).put(toToken(node), "damaged");
    expect(Buffer.from(await next(watch, "what is there now")).toString()).toBe("damaged");
    expect(enforcer.stats.bundleReads - bundleReads).toBe(2);
    await controller.publishBundle(withLabel("1"), ruleSets, { signer });
    expect(labelOf(await next(watch, "the repaired one"))).toBe("1");
    await raw.close();
  });

  it("whatever else an administrator has set of the bucket, which stays", async () => {
    const { controller } = await bed.pair();
    const raw = await administrator();
    const jsm = await jetstreamManager(raw);
    await jsm.streams.update(stream, { compression: "s2", max_msg_size: 4 << 20, metadata: { owner: "storage team" } });
    await raw.request(
      `$JS.API.STREAM.UPDATE.${stream}`,
      JSON.stringify({ ...(await jsm.streams.info(stream)).config, republish: undefined }),
    );
    await controller.ensure();
    const { config } = await jsm.streams.info(stream);
    expect(config).toMatchObject({
      compression: "s2",
      max_msg_size: 4 << 20,
      metadata: { owner: "storage team" },
      republish: { src: `$KV.${buckets.bundles}.*`, dest: "portcullis.v1.bundle.{{wildcard(1)}}" },
    });
    await raw.close();
  });
});
