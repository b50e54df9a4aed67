/** The controller's world on an API server in memory, for tests of what a change touches. */
import { encodeBundle } from "@portcullis/bus";
import { silentLog } from "@portcullis/daemon/testing";
import {
  type Answer,
  type ApiRequest,
  collectionPath,
  type KubeClient,
  type KubeObject,
  type Resource,
} from "@portcullis/kube";
import type { Bundle } from "@portcullis/model";
import { allInformers, type Informers, makeInformers } from "../src/watch/informers.ts";
import { World } from "../src/watch/world.ts";

const json = "application/json";

/** An API server in memory: empty lists, and watches that carry what a test puts into them. */
export class FakeApi {
  readonly #waiting = new Map<string, ((line: string) => void)[]>();
  readonly #queued = new Map<string, string[]>();
  readonly #held = new Map<string, KubeObject>();
  #version = 1;

  async answer({ path }: ApiRequest): Promise<Answer> {
    const list = { apiVersion: "v1", kind: `${path}List`, metadata: { resourceVersion: "1" }, items: [] };
    return { name: `GET ${path}`, type: json, bytes: Buffer.from(JSON.stringify(list)) };
  }

  async *chunks({ path, signal }: ApiRequest, opened: (type: string) => void): AsyncGenerator<Uint8Array> {
    opened(json);
    while (!signal?.aborted) {
      const line = this.#queued.get(path)?.shift();
      if (line !== undefined) yield Buffer.from(`${line}\n`);
      else {
        await new Promise<unknown>((resolve) => {
          signal?.addEventListener("abort", resolve, { once: true });
          this.#waiting.set(path, [...(this.#waiting.get(path) ?? []), resolve]);
        });
      }
    }
  }

  /** Adds or changes an object; `undefined` deletes it. */
  put(resource: Resource, name: string, namespace: string | undefined, content: object | undefined): void {
    const path = collectionPath(resource);
    const key = `${path} ${namespace} ${name}`;
    const old = this.#held.get(key);
    if (old === undefined && content === undefined) return;
    const version = String(++this.#version);
    const { metadata = {}, ...rest } = (content ?? old) as { metadata?: object };
    const uid = old?.metadata.uid ?? `uid-${version}`;
    const object = {
      apiVersion: "v1",
      kind: resource.kind,
      ...rest,
      metadata: { ...metadata, name, namespace, uid, resourceVersion: version, generation: Number(version) },
    } as KubeObject;
    if (content === undefined) this.#held.delete(key);
    else this.#held.set(key, object);
    const type = content === undefined ? "DELETED" : old ? "MODIFIED" : "ADDED";
    this.#queued.set(path, [...(this.#queued.get(path) ?? []), JSON.stringify({ type, object })]);
    for (const wake of this.#waiting.get(path)?.splice(0) ?? []) wake("");
  }

  /** Another one that holds what this one holds. */
  copy(): FakeApi {
    const copy = new FakeApi();
    for (const [key, object] of this.#held) {
      const [path = ""] = key.split(" ");
      copy.#queued.set(path, [...(copy.#queued.get(path) ?? []), JSON.stringify({ type: "ADDED", object })]);
    }
    return copy;
  }

  get drained(): boolean {
    return [...this.#queued.values()].every((lines) => lines.length === 0);
  }
}

/** A world on a fake API server, and which nodes it has named as touched. */
export class WatchedWorld {
  readonly api: FakeApi;
  readonly touched = new Set<string>();
  /** Pods whose opting out was told to be without effect. */
  readonly toldOptOuts: string[] = [];
  readonly world: World;
  readonly #informers: Informers;
  readonly #stop = new AbortController();
  #runs: Promise<void>[] = [];

  constructor(api = new FakeApi()) {
    this.api = api;
    this.#informers = makeInformers(api as unknown as KubeClient, silentLog);
    this.world = new World(
      this.#informers,
      { cluster: "test", untrackedNamespaces: new Set(["kube-system"]) },
      {
        node: (name) => this.touched.add(name),
        policy: (_, nodes) => {
          for (const node of nodes()) this.touched.add(node);
        },
        annotations: () => undefined,
        optOut: ({ metadata }) => this.toldOptOuts.push(metadata.name),
      },
    );
  }

  async start(): Promise<this> {
    const informers = allInformers(this.#informers);
    this.#runs = informers.map((informer) => informer.run(this.#stop.signal));
    await Promise.all(informers.map((informer) => informer.whenSynced(AbortSignal.timeout(5_000))));
    return this;
  }

  /** Until everything that the API server has sent is seen. */
  async settle(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (!this.api.drained);
  }

  /** Which nodes were touched since the last call. */
  takeTouched(): string[] {
    const nodes = [...this.touched];
    this.touched.clear();
    return nodes;
  }

  /** The node's bundle, built anew. */
  bytes(node: string): string {
    const content = this.world.build(node).content as Bundle;
    return Buffer.from(encodeBundle({ ...content, revision: 1n })).toString("hex");
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#runs);
  }
}
