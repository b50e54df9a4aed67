/** What a policy's status warns of. */

import { describe, expect, it } from "@jest/globals";
import type { NodeStatus } from "@portcullis/model";
import { Ledger } from "../src/status/ledger.ts";
import { NodeHealth } from "../src/status/node-health.ts";
import { policyStatus, sameStatus } from "../src/status/policy-status.ts";
import type { PolicyObject } from "../src/watch/objects.ts";
import { prepare } from "../src/watch/prepared.ts";
import { condition, nodeStatus } from "./cluster.ts";

const allowing = { process: { matchPaths: [{ path: "/bin/cat", action: "Allow" }] } };
const globbed = { action: "Block", file: { matchPaths: [{ path: "/etc/*.key" }] } };

/** The status of a policy with containers of these pods on each node, and how many of each; one node for each thing said. */
function statusWith(
  spec: object,
  pods: Record<string, number>,
  {
    untracked = false,
    kind = "KubeArmorPolicy",
    audited = 0,
    nodes: says = [{}] as Partial<NodeStatus>[],
    overridden = [] as (Map<string, string> | undefined)[],
  } = {},
) {
  const policy = prepare({
    ...{ apiVersion: "security.kubearmor.com/v1", kind, spec },
    metadata: { name: "p", namespace: "shop", uid: "uid-p", resourceVersion: "1", generation: 1 },
  } as unknown as PolicyObject);
  const ledger = new Ledger();
  const carried = {
    uid: "uid-p",
    generation: 1,
    ruleSets: ["sha256:aa"],
    pods: new Map(Object.entries(pods)),
    audited,
  };
  const health = new NodeHealth(() => 0);
  for (const [i, said] of says.entries()) {
    if (Object.keys(pods).length > 0)
      ledger.want(
        `n${i}`,
        new Map([[policy.key, { ...carried, ...(overridden[i] && { overridden: overridden[i] }) }]]),
      );
    health.hear(`n${i}`, nodeStatus(`n${i}`, said));
  }
  const nodes = ledger.nodesOf(policy.key);
  return policyStatus({ ...{ policy, nodes, health, untracked, before: undefined }, now: "2026-11-22T10:00:00Z" });
}

const messages = (...given: Parameters<typeof statusWith>) =>
  statusWith(...given).warnings?.map(({ message }) => message);

describe("the warnings of a status", () => {
  it("say in how many containers its Allow rules make an allow-list, and of what", () =>
    expect(statusWith(allowing, { web: 1, till: 2 }).warnings).toEqual([
      {
        origin: "spec.process",
        reason: "AllowList",
        message:
          "its Allow rules make an allow-list of programs in 3 containers: what no Allow rule matches there is decided by the posture",
      },
    ]));

  it("say in how many containers it reports alone, because their pods have opted out", () => {
    const blocking = { action: "Block", file: { matchPaths: [{ path: "/etc/passwd" }] } };
    expect(messages(blocking, { web: 2 }, { audited: 1 })).toEqual([
      expect.stringMatching(/denies nothing in 1 container,/),
    ]);
  });

  it("say of a host policy on how many nodes", () =>
    expect(messages(allowing, { host: 1 }, { kind: "KubeArmorHostPolicy" })).toEqual([
      expect.stringMatching(/ in 1 node: /),
    ]));

  it("say it of each category that is one", () => {
    const network = {
      action: "Allow",
      matchProtocols: [{ protocol: "tcp" }],
      matchDNSQueries: [{ domain: "example.org" }],
    };
    const capabilities = { action: "Allow", matchCapabilities: [{ capability: "net_raw" }] };
    const list = statusWith({ ...allowing, network, capabilities }, { web: 1 }).warnings;
    expect(list?.map(({ origin }) => origin)).toEqual([
      "spec.process",
      "spec.network",
      "spec.network",
      "spec.capabilities",
    ]);
  });

  it("say of many containers a round number, so that a pod more is no new status", () => {
    expect(messages(allowing, { web: 21 })).toEqual(messages(allowing, { web: 49 }));
    expect(messages(allowing, { web: 21 })).toEqual([expect.stringMatching(/ in 20 or more containers: /)]);
    expect(messages(allowing, { web: 1_999 })).toEqual([expect.stringMatching(/ in 1000 or more containers: /)]);
  });

  it.each<[where: string, ...Parameters<typeof statusWith>]>([
    ["nothing is allowed", { action: "Block", file: { matchPaths: [{ path: "/etc/passwd" }] } }, { web: 1 }],
    ["nothing is selected", allowing, {}],
    ["the namespace is not tracked", allowing, { web: 1 }, { untracked: true }],
  ])("are absent where %s", (_where, ...given) => expect(statusWith(...given)).not.toHaveProperty("warnings"));

  it("say of a glob under path that it stands for itself, and the policy is accepted", () => {
    const status = statusWith(globbed, {});
    expect(status.warnings).toMatchObject([{ origin: "spec.file.matchPaths[0]", reason: "LiteralGlob" }]);
    expect(condition(status, "Accepted")).toMatchObject({ status: "True" });
  });

  it("are a hundred at most, the last of which says how many are left out", () => {
    const matchPaths = Array.from({ length: 150 }, (_, i) => ({ path: `/etc/*.${i}` }));
    const list = statusWith({ action: "Block", file: { matchPaths } }, {}).warnings ?? [];
    expect(list).toHaveLength(100);
    expect(list.at(-1)).toMatchObject({ origin: "spec", message: "and 51 more warnings" });
  });

  it("say which rules another policy keeps from deciding, unless they decide on some node", () => {
    const spec = { action: "Block", file: { matchPaths: [{ path: "/a" }, { path: "/b" }] } };
    const [a, b] = ["spec.file.matchPaths[0]", "spec.file.matchPaths[1]"] as const;
    const rules = (by: string, ...origins: string[]) => new Map(origins.map((origin) => [origin, by]));
    const warned = (of: object, ...overridden: (Map<string, string> | undefined)[]) =>
      (statusWith(of, { web: 1 }, { nodes: overridden.map(() => ({})), overridden }).warnings ?? []).filter(
        ({ reason }) => reason === "NeverDecides",
      );
    expect(warned(spec, rules("spec.y of q", a, b), rules("spec.x of q", b))).toEqual([
      {
        ...{ origin: b, reason: "NeverDecides" },
        message: expect.stringMatching(
          /^it decides in no container that the policy selects: spec\.x of q is .*; remove one of them$/,
        ),
      },
    ]);
    expect(warned(spec, rules("spec.x of q", a), undefined)).toEqual([]);
    expect(warned(spec, undefined, rules("spec.x of q", a))).toEqual([]);
    const allow = { action: "Allow", file: { matchPaths: [{ path: "/a" }] } };
    expect(warned(allow, rules("spec.x of q", a))[0]?.message).toMatch(/keep an Allow rule if you remove this one$/);
  });

  it("make a status another one", () => {
    const status = statusWith(globbed, {});
    expect(sameStatus(status, statusWith(globbed, {}))).toBe(true);
    expect(sameStatus(status, { ...status, warnings: [] })).toBe(false);
  });
});
