/** Promise: the chart puts its pods where they outlive a node, a drain and a full node, and each of that can be decided otherwise. */
import { describe, expect, it, jest } from "@jest/globals";
import { find, type Rendered, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

const podOf = (objects: readonly Rendered[], kind: string) => find(objects, kind).spec.template.spec;
const kindsOf = (objects: readonly Rendered[]): string[] => objects.map(({ kind }) => kind);
const selector = {
  "app.kubernetes.io/name": "portcullis",
  "app.kubernetes.io/instance": "portcullis",
  "app.kubernetes.io/component": "controller",
};

describe("where the chart's pods run", () => {
  it("keeps the controller's replicas on different nodes and zones where there are such, and starts them where there are not", () => {
    const spread = podOf(render(), "Deployment").topologySpreadConstraints as Record<string, unknown>[];
    expect(spread).toEqual(
      ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway" },
        ...{ labelSelector: { matchLabels: selector }, matchLabelKeys: ["pod-template-hash"] },
      })),
    );
  });

  it("takes other constraints as they are, and gives those without a selector the controller's", () => {
    const given = { maxSkew: 2, topologyKey: "rack", whenUnsatisfiable: "DoNotSchedule" };
    const labelSelector = { matchLabels: { app: "x" } };
    const constraints = JSON.stringify([given, { ...given, labelSelector }]);
    const pod = podOf(render(`controller.topologySpreadConstraints=${constraints}`), "Deployment");
    expect(pod.topologySpreadConstraints).toEqual([
      { ...given, labelSelector: { matchLabels: selector }, matchLabelKeys: ["pod-template-hash"] },
      { ...given, labelSelector },
    ]);
    expect(podOf(render("controller.topologySpreadConstraints=[]"), "Deployment")).not.toHaveProperty(
      "topologySpreadConstraints",
    );
  });

  it("lets a drain take one of several replicas at a time, and says nothing about a single one", () => {
    expect(kindsOf(render())).not.toContain("PodDisruptionBudget");
    const { spec } = find(render("controller.replicas=2"), "PodDisruptionBudget");
    expect(spec).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
      selector: { matchLabels: selector },
    });
    const without = render("controller.replicas=2", "controller.podDisruptionBudget=false");
    expect(kindsOf(without)).not.toContain("PodDisruptionBudget");
  });

  it("binds controller and enforcer to nodes by affinity", () => {
    const term = { matchExpressions: [{ key: "trusted", operator: "Exists" }] };
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } },
    };
    for (const [component, kind] of [
      ["controller", "Deployment"],
      ["enforcer", "DaemonSet"],
    ] as const) {
      expect(podOf(render(), kind)).not.toHaveProperty("affinity");
      expect(podOf(render(`${component}.affinity=${JSON.stringify(affinity)}`), kind).affinity).toEqual(affinity);
    }
  });

  it("lets its critical pods into a namespace of its own where the cluster asks for a quota, without limiting them", () => {
    const { spec } = find(render(), "ResourceQuota");
    expect(spec.hard).toEqual({ pods: "1G" });
    const [{ values }] = spec.scopeSelector.matchExpressions;
    for (const kind of ["Deployment", "DaemonSet", "StatefulSet"])
      expect(values).toContain(podOf(render(), kind).priorityClassName);
    expect(kindsOf(render("priorityClassQuota=false"))).not.toContain("ResourceQuota");
  });

  it("takes the names of other priority classes, or none", () => {
    const pods = render('controller.priorityClassName="high"', 'enforcer.priorityClassName=""');
    expect(podOf(pods, "Deployment").priorityClassName).toBe("high");
    expect(podOf(pods, "DaemonSet")).not.toHaveProperty("priorityClassName");
  });

  it.each([
    ["a tenth of the nodes at a time", [], { rollingUpdate: { maxUnavailable: "10%", maxSurge: 0 } }],
    [
      "so many nodes",
      ["enforcer.updateStrategy.maxUnavailable=3"],
      { rollingUpdate: { maxUnavailable: 3, maxSurge: 0 } },
    ],
    ["nodes whose pods somebody deletes", ['enforcer.updateStrategy.type="OnDelete"'], { type: "OnDelete" }],
    [
      "all nodes at once where it is being removed",
      ['enforcer.updateStrategy.type="OnDelete"', "enforcer.remove=true"],
      { rollingUpdate: { maxUnavailable: "100%", maxSurge: 0 } },
    ],
  ])("rolls the enforcer out to %s", (_, values, strategy) => {
    expect(find(render(...values), "DaemonSet").spec.updateStrategy).toEqual(strategy);
  });
});
