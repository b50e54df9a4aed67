/**
 * What is written of a policy's status, and how fast. The API server's edge is a recorder: it keeps what it is asked and answers as it would.
 * Long because every test is of the one writer with that edge.
 */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { PolicyStatus } from "@portcullis/api";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { KubeClient, parseKubeConfig } from "@portcullis/kube";
import { Ledger } from "../src/status/ledger.ts";
import { NodeHealth } from "../src/status/node-health.ts";
import { StatusWriter, type StatusWriterOptions } from "../src/status/status-writer.ts";
import { keyOfRef, type PolicyObject } from "../src/watch/objects.ts";
import { prepare } from "../src/watch/prepared.ts";
import { blocking, nodeStatus } from "./cluster.ts";

interface Write {
  readonly path: string;
  readonly metadata: Record<string, unknown>;
  /** What the condition Enforced says. */
  readonly enforced: string | undefined;
}

const namespace = "shop";
const keyOf = (name: string) => keyOfRef({ kind: "KubeArmorPolicy", namespace, name });

const carried = (key: string, pods: Record<string, number>) =>
  new Map([[key, { uid: "uid-p", generation: 1, ruleSets: ["sha256:aa"], pods: new Map(Object.entries(pods)) }]]);

describe("the writer of statuses", () => {
  const writes: Write[] = [];
  let answer = 200;
  /** Whether every watch is open. */
  let current = true;
  let unseen = false;
  let api: Server;
  let client: KubeClient;
  let policies: Map<string, PolicyObject>;

  beforeEach(async () => {
    writes.length = 0;
    answer = 200;
    current = true;
    unseen = false;
    policies = new Map();
    api = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      const body = JSON.parse(text);
      const conditions = body.status.conditions as { type: string; status: string }[];
      const enforced = conditions.find(({ type }) => type === "Enforced")?.status;
      writes.push({ path: request.url?.split("?")[0] ?? "", metadata: body.metadata, enforced });
      response.writeHead(answer, { "content-type": "application/json" });
      const metadata = { ...policies.get(keyOf(body.metadata.name))?.metadata, resourceVersion: `w${writes.length}` };
      const conflict = { kind: "Status", status: "Failure", reason: "Conflict", code: 409, message: "it was changed" };
      response.end(JSON.stringify(answer === 200 ? { ...body, metadata } : conflict));
    }).listen(0, "127.0.0.1");
    await once(api, "listening");
    const server = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const named = {
      name: "a",
      cluster: { server, "insecure-skip-tls-verify": true },
      user: {},
      context: { cluster: "a", user: "a" },
    };
    const config = { apiVersion: "v1", kind: "Config", "current-context": "a" };
    const text = JSON.stringify({ ...config, clusters: [named], users: [named], contexts: [named] });
    client = new KubeClient(parseKubeConfig(text), "test");
  });
  afterEach(async () => {
    await client.config.close();
    api.closeAllConnections();
    await new Promise((resolve) => api.close(resolve));
  });

  function add(name: string, metadata: object = {}, status?: PolicyStatus): string {
    const own = { name, namespace, uid: `uid-${name}`, resourceVersion: "7", generation: 1, ...metadata };
    const made = { apiVersion: "security.kubearmor.com/v1", kind: "KubeArmorPolicy", metadata: own, status };
    policies.set(keyOf(name), { ...made, spec: blocking("/bin/sh") } as unknown as PolicyObject);
    return keyOf(name);
  }

  function writer(more: Partial<StatusWriterOptions> = {}): StatusWriter {
    return new StatusWriter({
      client,
      world: {
        prepared: (key) => {
          const object = policies.get(key);
          return object && prepare(object);
        },
        policyObject: (key) => policies.get(key),
        untracked: () => false,
        namespaceUnseen: () => unseen,
        get current() {
          return current;
        },
      },
      ledger: new Ledger(),
      health: new NodeHealth(),
      log: new MemoryLog(),
      isLeader: () => true,
      pending: () => false,
      tell: () => {},
      ...more,
    });
  }

  it("writes to the very version of the policy that the status was computed from, its own writes included", async () => {
    const key = add("p");
    let time = 0;
    const statuses = writer({ now: () => time });
    await statuses.reconcile(key);
    expect(writes.map(({ metadata }) => metadata.resourceVersion)).toEqual(["7"]);
    // The informer has not brought our write yet, and the policy has changed meanwhile.
    time += 1_000;
    add("p", { generation: 2 });
    await statuses.reconcile(key);
    expect(writes.map(({ metadata }) => metadata.resourceVersion)).toEqual(["7", "w1"]);
    // It was deleted and made again: what was written before is of another policy.
    time += 1_000;
    add("p", { uid: "uid-again", resourceVersion: "11" });
    await statuses.reconcile(key);
    expect(writes.at(-1)?.metadata.resourceVersion).toBe("11");
  });

  it("goes on from what the informer holds when its own last write is not what the API server has", async () => {
    const key = add("p");
    let time = 0;
    const statuses = writer({ now: () => time });
    await statuses.reconcile(key);
    // Somebody has changed the policy right after our write, and the informer never had the version in between.
    add("p", { resourceVersion: "15", generation: 2 });
    answer = 409;
    time += 1_000;
    expect(await statuses.reconcile(key)).toEqual({ requeueAfterMs: 1_000 });
    answer = 200;
    time += 1_000;
    await statuses.reconcile(key);
    expect(writes.map(({ metadata }) => metadata.resourceVersion)).toEqual(["7", "w1", "15"]);
  });

  it("writes nothing while a namespace of the policy's pods is unseen, and with it the posture there", async () => {
    const key = add("p");
    unseen = true;
    const statuses = writer();
    expect(await statuses.reconcile(key)).toEqual({ requeueAfterMs: 1_000 });
    expect(writes).toEqual([]);
    unseen = false;
    await statuses.reconcile(key);
    expect(writes).toHaveLength(1);
  });

  it("says nothing of a policy without nodes while pods may not have been seen, and looks again", async () => {
    const key = add("p");
    const statuses = writer();
    current = false;
    expect(await statuses.reconcile(key)).toEqual({ requeueAfterMs: 1_000 });
    expect(writes).toEqual([]);
    current = true;
    await statuses.reconcile(key);
    expect(writes).toHaveLength(1);
  });

  it("lets Enforced stand for two seconds while a node proves that it holds what a new pod needs, and then says that it waits", async () => {
    const key = add("p");
    const [ledger, health] = [new Ledger(), new NodeHealth()];
    let time = 0;
    const statuses = writer({ ledger, health, now: () => time });
    const said = () => writes.at(-1)?.enforced;
    const publish = (revision: bigint, pods: Record<string, number>) => {
      ledger.want("n1", carried(key, pods));
      ledger.publish("n1", { digest: `sha256:${revision}` });
    };
    const hear = (revision: bigint) =>
      health.hear("n1", nodeStatus("n1", { held: { epoch: 0n, revision, digest: `sha256:${revision}` } }));
    publish(1n, { a: 1 });
    hear(1n);
    await statuses.reconcile(key);
    expect(said()).toBe("True");
    time = 10_000;
    publish(2n, { a: 1, b: 1 });
    expect(await statuses.reconcile(key)).toEqual({ requeueAfterMs: 2_000 });
    time = 11_500;
    hear(2n);
    await statuses.reconcile(key);
    expect(writes).toHaveLength(1);
    publish(3n, { a: 1, b: 1, c: 1 });
    expect(await statuses.reconcile(key)).toEqual({ requeueAfterMs: 2_000 });
    time = 12_000;
    expect(await statuses.reconcile(key)).toEqual({ requeueAfterMs: 1_500 });
    time = 13_500;
    await statuses.reconcile(key);
    expect(said()).toBe("False");
    // What was not enforced before waits for nothing.
    time = 20_000;
    hear(3n);
    await statuses.reconcile(key);
    expect(said()).toBe("True");
    add("p", { generation: 2 });
    time = 30_000;
    await statuses.reconcile(key);
    expect(said()).toBe("False");
  });

  it("times how long a change took to be enforced everywhere, and nothing that waits for a workload", async () => {
    const key = add("p");
    const [ledger, health, took] = [new Ledger(), new NodeHealth(), [] as number[]];
    let time = 0;
    const statuses = writer({ ledger, health, now: () => time, enforcedAfter: (seconds) => took.push(seconds) });
    statuses.changed(key);
    time = 60_000;
    await statuses.reconcile(key);
    // It had no workload for a minute. That is over with the next change.
    const held = { epoch: 0n, revision: 3n, digest: "sha256:3" };
    ledger.want("n1", carried(key, {}));
    ledger.publish("n1", held);
    statuses.changed(key);
    time = 61_000;
    await statuses.reconcile(key);
    expect(took).toEqual([]);
    health.hear("n1", nodeStatus("n1", { held }));
    time = 62_500;
    await statuses.reconcile(key);
    time = 64_000;
    await statuses.reconcile(key);
    expect(took).toEqual([2.5]);
  });

  it("is in no hurry when thousands of policies change at once, and writes every one", async () => {
    const keys = Array.from({ length: 105 }, (_, n) => add(`p${n}`));
    const statuses = writer({ writesPerSecond: 0.5 });
    const end = new AbortController();
    const all = Promise.all(keys.map((key) => statuses.reconcile(key, end.signal)));
    await until("a hundred at once", () => writes.length === 100);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(writes).toHaveLength(100); // the next one in two seconds
    end.abort(); // nobody waits any more
    await all;
    expect(new Set(writes.map(({ path }) => path)).size).toBe(105);
  });

  it("does not stand still when the clock of the machine is set back", async () => {
    const key = add("p");
    const statuses = writer({ intervalMs: 50 });
    const wall = Date.now;
    try {
      await statuses.reconcile(key);
      Date.now = () => wall() - 3_600_000;
      await new Promise((resolve) => setTimeout(resolve, 60));
      add("p", { generation: 2 });
      expect(await statuses.reconcile(key)).toBeUndefined();
      expect(writes).toHaveLength(2);
    } finally {
      Date.now = wall;
    }
  });

  it("takes a policy that was changed meanwhile for no failure, and tells nothing of what was not written", async () => {
    const told: unknown[] = [];
    answer = 409;
    const statuses = writer({ tell: (...news) => told.push(news) });
    expect(await statuses.reconcile(add("p"))).toEqual({ requeueAfterMs: 1_000 });
    expect(writes).toHaveLength(1);
    expect(told).toEqual([]);
    expect(statuses.counters.written).toBe(0);
    answer = 200;
    await statuses.reconcile(keyOf("p"));
    expect(told).toHaveLength(2);
  });
});
