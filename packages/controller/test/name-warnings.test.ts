/** What a policy's status warns of because nodes noticed it. */

import { describe, expect, it } from "@jest/globals";
import type { PolicyStatus } from "@portcullis/api";
import type { NodeStatus, NoticedName, PolicyNotices } from "@portcullis/model";
import { nameWarnings } from "../src/status/name-warnings.ts";
import { NodeHealth, silenceMs } from "../src/status/node-health.ts";
import type { PolicyObject } from "../src/watch/objects.ts";
import { prepare } from "../src/watch/prepared.ts";
import { nodeStatus } from "./cluster.ts";

const ref = { kind: "KubeArmorPolicy", namespace: "shop", name: "p" } as const;
const origin = "spec.file.matchPaths[0]";
const source = [{ path: "/data/tool" }];

const policyOf = (action: string, generation = 1) =>
  prepare({
    ...{ apiVersion: "security.kubearmor.com/v1", kind: "KubeArmorPolicy" },
    metadata: { name: "p", namespace: "shop", uid: "uid-p", resourceVersion: "1", generation },
    spec: { action, file: { matchPaths: [{ path: "/etc/pass", fromSource: source }, { path: "/etc/shadow" }] } },
  } as unknown as PolicyObject);

const noticed = (more: Partial<PolicyNotices>): Partial<NodeStatus> => ({
  notices: [{ policy: ref, namesNothing: [], unprotectedSources: [], ...more }],
});
const nothing = (name = "/etc/pass", at = origin) => noticed({ namesNothing: [{ origin: at, name, why: "" }] });
const written = (why: string, name = "/data/tool") =>
  noticed({ unprotectedSources: [{ origin, name, why } satisfies NoticedName] });
/** It has looked, and there is nothing to say. */
const calm: Partial<NodeStatus> = {};
const pending: Partial<NodeStatus> = noticed({ pending: true });

interface Setting {
  readonly action?: string;
  readonly generation?: number;
  readonly before?: PolicyStatus;
  readonly silent?: boolean;
}

function warnings(
  nodes: readonly Partial<NodeStatus>[],
  { action = "Block", generation, before, silent }: Setting = {},
) {
  let now = 0;
  const health = new NodeHealth(() => now);
  for (const [i, said] of nodes.entries()) health.hear(`n${i}`, nodeStatus(`n${i}`, said));
  if (silent) now += silenceMs;
  if (silent) health.fallenSilent();
  const policy = policyOf(action, generation);
  const notices = nodes.map((_, i) => health.notices(`n${i}`, policy.key));
  return nameWarnings(policy, notices, before);
}
const stating = (given: ReturnType<typeof warnings>, generation = 1): PolicyStatus => ({
  ...{ observedGeneration: generation, conditions: [], warnings: given },
});
const reasons = (...given: Parameters<typeof warnings>) => warnings(...given).map(({ reason }) => reason);

describe("a name that nothing has", () => {
  it("is warned of when every node says so, with its place, and not while one knows better or does not know", () => {
    expect(warnings([nothing(), nothing()])).toEqual([
      {
        ...{ origin, reason: "NamesNothing" },
        message: expect.stringMatching(/^nothing in the containers that it selects has had the name "\/etc\/pass" /),
      },
    ]);
    expect(warnings([nothing(), calm])).toEqual([]);
    expect(warnings([calm, nothing()])).toEqual([]);
    expect(warnings([nothing(), pending])).toEqual([]);
    expect(warnings([nothing(), nothing("/etc/shadow", "spec.file.matchPaths[1]")])).toEqual([]);
    expect(warnings([])).toEqual([]);
  });

  it("stays in the status while a node does not know, and goes when one knows better", () => {
    const before = stating(warnings([nothing()]));
    for (const nodes of [[pending], [nothing(), pending], [nothing(), { noticesCut: true }]])
      expect(reasons(nodes, { before })).toEqual(["NamesNothing"]);
    expect(reasons([nothing()], { before, silent: true })).toEqual(["NamesNothing"]);
    expect(reasons([calm, pending], { before })).toEqual([]);
    expect(reasons([pending], { before, generation: 2 })).toEqual([]);
  });

  it("is no warning when the policy has not that name, or not there", () => {
    expect(warnings([nothing("/etc/other")])).toEqual([]);
    expect(warnings([nothing("/etc/pass", "spec.file.matchPaths[1]")])).toEqual([]);
  });

  it("may have others beside it, where a node had no room, and that is said", () => {
    const cut = noticed({ namesNothing: [{ origin, name: "/etc/pass", why: "" }], cut: true });
    expect(warnings([cut, nothing()]).map((one) => one.origin)).toEqual([origin, "spec"]);
  });
});

describe("a source that nothing protects", () => {
  it("is warned of when one node says so, once, with what that means for the rule", () => {
    const message = (action: string) =>
      warnings([calm, written("on b"), written("on a")], { action }).map((one) => one.message);
    expect(message("Block")).toEqual([
      expect.stringMatching(/^nothing protects the source "\/data\/tool" where on a: /),
    ]);
    expect(message("Allow")).toEqual([expect.stringMatching(/^the source "\/data\/tool" does not count where on a: /)]);
  });

  it("stays in the status while a node does not know, and goes when all know better", () => {
    const before = stating(warnings([written("on a")]));
    expect(reasons([calm, pending], { before })).toEqual(["UnprotectedSource"]);
    expect(reasons([calm, calm], { before })).toEqual([]);
  });

  it("is none when the policy has not that source", () => {
    expect(warnings([written("on a", "/data/other")])).toEqual([]);
    expect(warnings([written("on a", "/etc/pass")])).toEqual([]);
  });
});
