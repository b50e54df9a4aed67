/** The keys of bundles, on a real API server. Long because it is the life of one key, from the first start to what an emergency does. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { PublicKeys, signBundle, verifySignature } from "@portcullis/bus";
import { sleep } from "@portcullis/daemon";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { type KubeObject, objectPath } from "@portcullis/kube";
import { configMapResource, rotateAnnotation, secretResource } from "../src/named-object.ts";
import type { BundleKeys, KeyUse } from "../src/signing/bundle-keys.ts";
import { blocking, Cluster } from "./cluster.ts";

const namespace = "default";
let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start();
}, 120_000);
afterAll(() => cluster?.stop());

let installs = 0;
/** One release's keys, under names of its own. */
class Release {
  readonly names = { secret: `key-${++installs}`, configMap: `public-${installs}` };
  readonly log = new MemoryLog();
  #abort = new AbortController();
  #leading: Promise<void> = Promise.resolve();
  /** Whether every node holds a bundle of this key, as the publisher would know. */
  resigned: KeyUse["resigned"] = () => false;
  changes = 0;

  /** The keys of another controller's process. */
  replica(delayMs = 200): BundleKeys {
    return cluster.keys(cluster.client, { ...this.names, log: this.log, delayMs, lookMs: 20 });
  }

  async opened(delayMs?: number): Promise<BundleKeys> {
    const keys = this.replica(delayMs);
    await keys.open(this.#abort.signal);
    return keys;
  }

  async lead(keys: BundleKeys): Promise<void> {
    const changed = () => void this.changes++;
    this.#leading = keys.lead({ changed, resigned: (keyId) => this.resigned(keyId) }, this.#abort.signal);
  }

  async end(): Promise<void> {
    this.#abort.abort();
    await this.#leading;
    this.#abort = new AbortController();
  }

  async secret(): Promise<KubeObject & { data?: Record<string, string> }> {
    return cluster.client.request({ method: "GET", path: objectPath(secretResource, this.names.secret, namespace) });
  }

  async patchSecret(body: object): Promise<void> {
    await this.#patch(objectPath(secretResource, this.names.secret, namespace), body);
  }

  async patchPublic(body: object): Promise<void> {
    await this.#patch(objectPath(configMapResource, this.names.configMap, namespace), body);
  }

  async rotate(value: string): Promise<void> {
    await this.patchSecret({ metadata: { annotations: { [rotateAnnotation]: value } } });
  }

  async published(): Promise<readonly string[]> {
    return (await cluster.publicKeys(namespace, this.names.configMap)).ids;
  }

  async #patch(path: string, body: object): Promise<void> {
    await cluster.client.request({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
  }
}

const releases: Release[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release.end();
});
function install(): Release {
  const release = new Release();
  releases.push(release);
  return release;
}

describe("the keys of bundles", () => {
  it("are made by the first controller that starts, and are the same for all, also when they start together", async () => {
    const release = install();
    const opened = await Promise.all([release.opened(), release.opened(), release.opened()]);
    const ids = new Set(opened.map(({ signer }) => signer.key.id));
    expect(ids.size).toBe(1);
    expect(await release.published()).toEqual([...ids]);
    expect(opened.reduce((sum, { counters }) => sum + counters.made, 0)).toBe(1);
    expect((await release.opened()).signer.key.id).toBe([...ids][0]);
  });

  it("lie in the Secret and in no log, and the ConfigMap has the public ones alone", async () => {
    const release = install();
    const { signer } = await release.opened();
    const secret = signer.key.secret();
    const { data } = await release.secret();
    expect(Buffer.from(data?.["keys.json"] ?? "", "base64").toString()).toContain(secret);
    expect(String(await cluster.publicKeys(namespace, release.names.configMap))).not.toContain(secret);
    expect(JSON.stringify(release.log.lines)).not.toContain(secret);
  });

  it("fill objects that the chart has made", async () => {
    const release = install();
    for (const [resource, name] of [
      [secretResource, release.names.secret],
      [configMapResource, release.names.configMap],
    ] as const) {
      const body = { apiVersion: "v1", kind: resource.kind, metadata: { name, labels: { made: "by-the-chart" } } };
      const path = objectPath(resource, "", namespace).replace(/\/$/, "");
      await cluster.client.request({ method: "POST", path, body });
    }
    const { signer } = await release.opened();
    expect(await release.published()).toEqual([signer.key.id]);
    expect((await release.secret()).metadata.labels).toEqual({ made: "by-the-chart" });
  });

  it("are exchanged without a gap when it is asked for: published, then used, then alone", async () => {
    const release = install();
    const delayMs = 600;
    const keys = await release.opened(delayMs);
    const old = keys.signer.key.id;
    await release.lead(keys);
    await release.rotate("2026-01-01");
    await until("the next key is published", async () => (await release.published()).length === 2);
    const publishedAt = performance.now();
    expect(keys.signer.key.id).toBe(old);
    await until("it signs", () => keys.signer.key.id !== old);
    // The look that published it was at most some milliseconds before we saw it.
    expect(performance.now() - publishedAt).toBeGreaterThan(delayMs / 2);
    expect([await release.published(), release.changes]).toEqual([[old, keys.signer.key.id].sort(), 1]);
    expect(keys.signer.accepted.get(old)).toBeDefined();
    // While a node holds a bundle of the old key it stays, however long that takes.
    await sleep(delayMs + 200);
    expect(await release.published()).toHaveLength(2);
    release.resigned = (keyId) => keyId === keys.signer.key.id;
    await until("the old one is gone", async () => (await release.published()).join() === keys.signer.key.id);
    // The same request is not followed twice.
    await sleep(100);
    expect(keys.counters).toMatchObject({ switched: 1, retired: 1, failed: 0 });
    expect((await release.opened()).signer.key.id).toBe(keys.signer.key.id);
  }, 20_000);

  it("are exchanged by the next leader when one dies in between, which waits the whole delay again", async () => {
    const release = install();
    const first = await release.opened(60_000);
    await release.lead(first);
    await release.rotate("now");
    await until("the next key is published", async () => (await release.published()).length === 2);
    await release.end();
    const second = await release.opened(200);
    expect(second.signer.key.id).toBe(first.signer.key.id);
    await release.lead(second);
    await until("it signs", () => second.signer.key.id !== first.signer.key.id);
    expect(await release.published()).toHaveLength(2);
  });

  it("wait anew for the delay when somebody has taken the next one away from the nodes meanwhile", async () => {
    const release = install();
    const keys = await release.opened(1_000);
    const old = keys.signer.key.id;
    const alone = String(new PublicKeys([keys.signer.key.publicKey]));
    await release.lead(keys);
    await release.rotate("now");
    await until("the next key is published", async () => (await release.published()).length === 2);
    for (let i = 0; i < 4; i++) {
      await sleep(500);
      await release.patchPublic({ data: { "keys.json": alone } });
      await until("it is put back", async () => (await release.published()).length === 2);
      expect(keys.signer.key.id).toBe(old);
    }
    await until("it signs", () => keys.signer.key.id !== old);
  }, 20_000);

  it("that somebody else has put into the ConfigMap are taken out again", async () => {
    const release = install();
    const keys = await release.opened();
    await release.lead(keys);
    const stranger = await install().opened();
    const both = String(new PublicKeys([keys, stranger].map(({ signer }) => signer.key.publicKey)));
    await release.patchPublic({ data: { "keys.json": both } });
    await until("put right", async () => (await release.published()).join() === keys.signer.key.id);
    await release.patchPublic({ data: null });
    await until("put back", async () => (await release.published()).join() === keys.signer.key.id);
  });

  it("are new at once when somebody has emptied the Secret, and the old one is accepted no more", async () => {
    const release = install();
    const keys = await release.opened(600_000);
    const stolen = keys.signer.key;
    await release.lead(keys);
    await release.patchSecret({ data: null });
    await until("another one signs", () => keys.signer.key.id !== stolen.id);
    expect([await release.published(), release.changes]).toEqual([[keys.signer.key.id], 1]);
    expect(keys.signer.accepted.get(stolen.id)).toBeUndefined();
  });

  it("are not made anew over something that is no key, and that is said", async () => {
    const release = install();
    await release.opened();
    const data = { "keys.json": Buffer.from('{"signing": "rubbish"}').toString("base64") };
    await release.patchSecret({ data });
    const keys = release.replica();
    const abort = new AbortController();
    const opening = keys.open(abort.signal);
    await until("said", () => JSON.stringify(release.log.lines).includes("CONTROLLER_KEYS_UNREADABLE"));
    expect(() => keys.signer).toThrow(expect.objectContaining({ code: "CONTROLLER_KEYS_UNREADABLE" }));
    abort.abort();
    await opening;
    expect((await release.secret()).data).toEqual(data);
    expect(JSON.stringify(release.log.lines)).not.toContain("rubbish");
  });
});

describe("a controller with its keys", () => {
  it("signs every bundle anew after a rotation, and gives up the old key when the nodes that enforce hold that", async () => {
    const release = install();
    await cluster.node("node-1");
    await cluster.namespace("shop");
    await cluster.pod({ namespace: "shop", name: "web", node: "node-1" });
    await cluster.policy({ kind: "KubeArmorPolicy", namespace: "shop", name: "p", spec: blocking("/bin/sh") });
    const stop = new AbortController();
    const keys = release.replica();
    const lease = { namespace, name: "signing" };
    const { controller } = await cluster.controller("signing", stop.signal, { keys, lease, sweepMs: 50 });
    const run = controller.run(stop.signal);
    try {
      const signedBy = async (accepted: PublicKeys) => {
        const bytes = await cluster.bundleBytes("node-1");
        if (bytes !== undefined) verifySignature(bytes, accepted);
        return bytes;
      };
      const before = await until("the bundle", () => signedBy(keys.signer.accepted));
      await until("the node holds it", async () => {
        await cluster.report("node-1");
        return controller.publisher.resigned(keys.signer.key.id);
      });
      const old = keys.signer.key;
      await release.rotate("once");
      await until("another key signs", () => keys.signer.key.id !== old.id);
      const after = await until("the bundle again", () => signedBy(new PublicKeys([keys.signer.key.publicKey])));
      expect(signBundle(after, old)).not.toEqual(before);
      await sleep(500);
      // The node holds the old one still.
      expect(await release.published()).toHaveLength(2);
      await until("the old key is given up", async () => {
        await cluster.report("node-1");
        return (await release.published()).join() === keys.signer.key.id;
      });
    } finally {
      stop.abort();
      await run;
    }
  }, 60_000);
});
