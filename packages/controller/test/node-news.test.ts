/** Which policies a status of a node is news for: those of which the node says something else than before, and no others. */

import { describe, expect, it } from "@jest/globals";
import type { NodeStatus, PolicyRef } from "@portcullis/model";
import { Ledger } from "../src/status/ledger.ts";
import { NodeHealth, silenceMs } from "../src/status/node-health.ts";
import { hearNode } from "../src/status/node-news.ts";
import { keyOfRef } from "../src/watch/objects.ts";
import { nodeStatus } from "./cluster.ts";

const ref = (name: string): PolicyRef => ({ kind: "KubeArmorPolicy", namespace: "shop", name });
const key = (name: string) => keyOfRef(ref(name));
const all = [key("p"), key("q"), key("r")];

/** A node with three policies, each of generation 1, in the bundle `sha256:1`. */
function setting() {
  const ledger = new Ledger();
  let time = 0;
  const health = new NodeHealth(() => time);
  let updates = 0;
  const publish = (bundle: number, generations: Record<string, number> = {}) => {
    const carried = new Map(
      all.map((policy) => [
        policy,
        {
          uid: policy,
          generation: generations[policy] ?? 1,
          ruleSets: [`sha256:${policy}`],
          pods: new Map<string, number>(),
        },
      ]),
    );
    ledger.want("n1", carried);
    ledger.publish("n1", { digest: `sha256:${bundle}` });
  };
  const hear = (bundle: number, more: Partial<NodeStatus> = {}) => {
    const held = { epoch: 0n, revision: BigInt(bundle), digest: `sha256:${bundle}` };
    const status = nodeStatus("n1", { held, updatedAt: `2026-11-22T10:00:00.${++updates}Z`, ...more });
    return hearNode({ ledger, health }, "n1", status, false);
  };
  publish(1);
  return { publish, hear, health, pass: (ms: number) => (time += ms) };
}

describe("a status of a node", () => {
  it("is news for all of its policies when it is the first, and for none when it only says that the node lives", () => {
    const { hear } = setting();
    expect(hear(1)).toEqual(all);
    expect(hear(1)).toEqual([]);
    expect(hear(1, { counters: { events: 7 } })).toEqual([]);
  });

  it("is news for the policy whose rules a new bundle brings, and for none of the others in it", () => {
    const { publish, hear } = setting();
    hear(1);
    publish(2, { [key("q")]: 2 });
    expect(hear(2)).toEqual([key("q")]);
  });

  it("is news for the policy of whose names it notices something", () => {
    const { hear } = setting();
    hear(1);
    const names = [{ origin: "spec.file", name: "/x", why: "" }];
    const nothing = { policy: ref("q"), namesNothing: names, unprotectedSources: [] };
    const source = { policy: ref("p"), namesNothing: [], unprotectedSources: names };
    expect(hear(1, { notices: [nothing] })).toEqual([key("q")]);
    expect(hear(1, { notices: [source, nothing] })).toEqual([key("p")]);
    expect(hear(1, { notices: [source, { ...nothing, pending: true }] })).toEqual([key("q")]);
    expect(hear(1, { notices: [source, nothing], noticesCut: true })).toEqual([key("q"), key("r")]);
    expect(hear(1)).toEqual(all);
  });

  it("is news when it says why it cannot take its bundle, though it enforces nothing before and after", () => {
    const { publish, hear } = setting();
    const starting = { enforcing: false, held: undefined };
    hear(1, starting);
    publish(2, { [key("q")]: 2 });
    expect(hear(1, { ...starting, bundleProblem: "ENFORCER_BUNDLE_SIGNATURE: changed" })).toEqual(all);
    expect(hear(1, starting)).toEqual(all);
  });

  it("is news for the policy that it names as unbound or as waiting, and again when it names it no more", () => {
    const { hear } = setting();
    hear(1);
    const unenforced = [{ policy: ref("p"), origin: "spec", reason: "no room" }];
    expect(hear(1, { unenforced, unenforcedInAll: { parts: 1, policies: 1 } })).toEqual([key("p")]);
    const waiting = [{ policy: ref("r"), reason: "it is being bound" }];
    expect(hear(1, { waiting, waitingPolicies: 1 })).toEqual([key("p"), key("r")]);
    expect(hear(1)).toEqual([key("r")]);
  });

  it("is news for all of its policies when its list is cut, when it cannot enforce, and when it was silent", () => {
    const { hear, health, pass } = setting();
    hear(1);
    const unenforced = [{ policy: ref("other"), origin: "spec", reason: "no room" }];
    expect(hear(1, { unenforced, unenforcedInAll: { parts: 300, policies: 300 } })).toEqual(all);
    expect(hear(1, { enforcing: false, problems: ["no BPF LSM"] })).toEqual(all);
    expect(hear(1)).toEqual(all);
    pass(silenceMs);
    expect(health.fallenSilent()).toEqual(["n1"]);
    expect(hear(1)).toEqual(all);
  });
});
