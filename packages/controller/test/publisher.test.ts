/** Until when a policy's status waits for the bundles that it touches. The bus is held up at its edge, so that changes meet a publication on its way. */

import { beforeEach, describe, expect, it } from "@jest/globals";
import type { BundleSigner } from "@portcullis/bus";
import { silentLog } from "@portcullis/daemon/testing";
import type { Carried } from "../src/bundle/bundle.ts";
import { Publisher } from "../src/bundle/publisher.ts";
import { Ledger } from "../src/status/ledger.ts";

const policy = "KubeArmorPolicy/shop/p";

describe("the publisher of bundles", () => {
  let ledger: Ledger;
  /** The policies that the world knows now. */
  let known: Map<string, Carried>;
  /** Lets the publication that is on its way arrive, or fail. */
  let answer: { readonly resolve: () => void; readonly reject: (error: Error) => void }[];
  let publisher: Publisher;

  beforeEach(() => {
    ledger = new Ledger();
    known = new Map();
    answer = [];
    let revision = 0n;
    publisher = new Publisher({
      bus: {
        publishBundle: async () => {
          await new Promise<void>((resolve, reject) => answer.push({ resolve, reject }));
          revision += 1n;
          return { epoch: 1n, revision, digest: `digest-${revision}`, sequence: Number(revision), written: true };
        },
        deleteBundle: async () => {},
        deleteNodeStatus: async () => {},
      },
      world: {
        synced: true,
        hasNode: () => true,
        nodeNames: () => ["n1"],
        build: (node) => ({
          content: {
            cluster: "c",
            node,
            containers: [],
            ruleSets: [...known.values()].flatMap(({ ruleSets }) => ruleSets),
          },
          encoded: new Map(),
          carried: new Map(known),
        }),
      },
      ledger,
      log: silentLog,
      isLeader: () => true,
      signer: () => ({ key: { id: "key" } }) as BundleSigner,
      heldBy: () => undefined,
      hears: () => true,
      touched: () => {},
    });
  });

  const change = (generation: number) => {
    const ruleSets = [`sha256:${String(generation).padStart(64, "0")}`];
    known.set(policy, { uid: "u", generation, ruleSets, pods: new Map() });
    publisher.expect(policy, ["n1"]);
  };
  const nodes = () => ledger.nodesOf(policy).map(({ published }) => published?.generation);

  it("takes a publication that was on its way when the policy came for no answer to it", async () => {
    const before = publisher.reconcile("n1");
    change(1);
    answer[0]?.resolve();
    await before;
    expect({ nodes: nodes(), pending: publisher.pending(policy) }).toEqual({ nodes: [], pending: true });
    const after = publisher.reconcile("n1");
    answer[1]?.resolve();
    await after;
    expect({ nodes: nodes(), pending: publisher.pending(policy) }).toEqual({ nodes: [1], pending: false });
  });

  it("waits again for a policy that changes while its bundle is on its way", async () => {
    change(1);
    const first = publisher.reconcile("n1");
    change(2);
    answer[0]?.resolve();
    await first;
    expect({ nodes: nodes(), pending: publisher.pending(policy) }).toEqual({ nodes: [1], pending: true });
  });

  it("no longer waits when what was built with the policy cannot be published, because the status says so", async () => {
    change(1);
    const failing = publisher.reconcile("n1");
    answer[0]?.reject(new Error("no server"));
    await expect(failing).rejects.toThrow("no server");
    expect(publisher.pending(policy)).toBe(false);
    expect(ledger.nodesOf(policy)[0]?.error).toBe("no server");
  });
});
