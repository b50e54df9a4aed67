/** Counts by policy and rule: what is believed, what begins anew, and what is bounded. */
import { describe, expect, it } from "@jest/globals";
import { exampleAlert } from "@portcullis/bus/testing";
import type { Alert } from "@portcullis/model";
import { type KnownPolicy, PolicyHits } from "../src/alerts/policy-hits.ts";

const first = "spec.process.matchPaths[0]";
const second = "spec.process.matchPaths[1]";
const key = "KubeArmorPolicy/default/no-sleep";
const policy = { kind: "KubeArmorPolicy", namespace: "default", name: "no-sleep" } as const;
const there: KnownPolicy = {
  ...{ uid: "u-1", generation: 1, namespace: "default" },
  lowered: { rules: [{ origin: first }, { origin: second }] },
};
const delivered = (more: Partial<Alert> = {}) => ({
  ...{ ...exampleAlert, rule: { policy, origin: first }, stream: { created: "then", sequence: 1, missed: 0 } },
  ...more,
});
const known = (policies: Record<string, KnownPolicy>) => (of: string) => policies[of];

describe("counts of a policy's rules", () => {
  it("are of operations, with when the last one was; the rule with the most stands first", () => {
    const hits = new PolicyHits();
    const knows = known({ [key]: there });
    expect(hits.add(delivered(), knows)).toBe(key);
    hits.add(
      delivered({ rule: { policy, origin: second }, count: 41, firstTimestampNs: 1n, timestampNs: 9_000_000_000n }),
      knows,
    );
    expect(hits.of(key)).toEqual({
      ...{ uid: "u-1", generation: 1, since: expect.stringMatching(/^\d{4}-.*:\d\dZ$/), total: 42 },
      rules: [
        { origin: second, total: 41, last: 9 },
        { origin: first, total: 1, last: 1_767_323_045 },
      ],
    });
  });

  it("are of no alert that names no rule, or that says of no operation that it happened", () => {
    const hits = new PolicyHits();
    for (const more of [{ rule: undefined }, { type: "SystemEvent" as const }])
      expect(hits.add(delivered(more), known({ [key]: there }))).toBeUndefined();
    expect(hits.keys()).toEqual([]);
  });

  it("are of no policy that is not there, of none of another namespace, and of no rule that it does not have", () => {
    const hits = new PolicyHits();
    expect(hits.add(delivered(), known({}))).toBeUndefined();
    expect(hits.add(delivered({ namespaceName: "other" }), known({ [key]: there }))).toBeUndefined();
    const made = { policy, origin: "spec.file.matchPaths[7]" };
    expect(hits.add(delivered({ rule: made }), known({ [key]: there }))).toBeUndefined();
    const cluster = { kind: "KubeArmorClusterPolicy", namespace: "", name: "all" } as const;
    const anywhere = known({ "KubeArmorClusterPolicy//all": { ...there, namespace: undefined } });
    const of = delivered({ namespaceName: "other", rule: { policy: cluster, origin: first } });
    expect(hits.add(of, anywhere)).toBe("KubeArmorClusterPolicy//all");
  });

  it("begin anew with a generation, whose rules are others, and a workload's first denial stays its first", () => {
    const hits = new PolicyHits();
    for (let i = 0; i < 3; i++) hits.add(delivered(), known({ [key]: there }));
    hits.told(hits.untold()[0]!);
    hits.add(delivered(), known({ [key]: { ...there, generation: 2 } }));
    expect(hits.of(key)).toMatchObject({ generation: 2, total: 1 });
    expect(hits.untold()).toEqual([]);
  });

  it("begin anew, first denials too, with a policy that was deleted and made again; one that is gone is forgotten", () => {
    const hits = new PolicyHits();
    hits.add(delivered(), known({ [key]: there }));
    hits.told(hits.untold()[0]!);
    hits.add(delivered(), known({ [key]: { ...there, uid: "u-2" } }));
    expect(hits.of(key)).toMatchObject({ uid: "u-2", total: 1 });
    expect(hits.untold()).toHaveLength(1);
    expect(hits.prune(known({ [key]: { ...there, uid: "u-2" } }))).toBe(false);
    expect(hits.prune(known({}))).toBe(true);
    expect(hits.keys()).toEqual([]);
  });

  it("know the first denial in a workload, which is the pod's owner, else the pod, else the node", () => {
    const hits = new PolicyHits();
    const knows = known({ [key]: there, "KubeArmorHostPolicy//h": { ...there, namespace: undefined } });
    hits.add(delivered({ action: "Audit", result: "Passed" }), knows);
    expect(hits.untold()).toEqual([]);
    const { owner: _, ...bare } = delivered();
    for (let i = 0; i < 2; i++) for (const alert of [delivered(), bare]) hits.add(alert, knows);
    const host = { kind: "KubeArmorHostPolicy", namespace: "", name: "h" } as const;
    const ofHost = { namespaceName: "", podName: "", owner: undefined };
    hits.add(delivered({ ...ofHost, rule: { policy: host, origin: second }, operation: "File" }), knows);
    expect(hits.untold()).toEqual([
      { key, workload: "StatefulSet default/web", what: `Process by ${first}` },
      { key, workload: "Pod default/web-0", what: `Process by ${first}` },
      { key: "KubeArmorHostPolicy//h", workload: "Node node-1", what: `File by ${second}` },
    ]);
  });

  it("are the same when they were kept", () => {
    const hits = new PolicyHits();
    for (const origin of [first, second]) hits.add(delivered({ rule: { policy, origin } }), known({ [key]: there }));
    const again = new PolicyHits(JSON.parse(JSON.stringify(hits.toKeep())));
    expect(again.of(key)).toEqual(hits.of(key));
    expect(again.untold()).toEqual(hits.untold());
  });

  it("are bounded: the total goes on, rules and workloads beyond are not kept apart", () => {
    const hits = new PolicyHits([], 1);
    for (const origin of [first, second]) hits.add(delivered({ rule: { policy, origin } }), known({ [key]: there }));
    hits.add(delivered({ owner: undefined }), known({ [key]: there }));
    expect(hits.of(key)).toMatchObject({ total: 3, rules: [{ origin: first, total: 2 }] });
    expect(hits.untold()).toHaveLength(1);
    expect(hits.unremembered).toBe(1);
  });
});
