import { describe, expect, it } from "@jest/globals";
import { containerNames, selectorOf } from "../src/select/select.ts";
import { policy } from "./build.ts";

const pod = (labels: Record<string, string>, namespace = "default") => ({ namespace, labels });
const csp = { kind: "KubeArmorClusterPolicy" };
const hsp = { kind: "KubeArmorHostPolicy" };

describe("a namespaced policy", () => {
  it("without a selector selects every pod of its namespace and no other", () => {
    const selector = selectorOf(policy("{}"));
    expect(selector.selectsPod(pod({}))).toBe(true);
    expect(selector.selectsPod(pod({ app: "x" }, "other"))).toBe(false);
    expect(selector.selectsContainer("any")).toBe(true);
    expect(selectorOf(policy("selector: {matchLabels: {}}")).selectsPod(pod({}))).toBe(true);
  });

  it("needs every label of matchLabels", () => {
    const selector = selectorOf(policy("selector: {matchLabels: {app: web, tier: front}}"));
    expect(selector.selectsPod(pod({ app: "web", tier: "front", more: "1" }))).toBe(true);
    expect(selector.selectsPod(pod({ app: "web" }))).toBe(false);
    expect(selector.selectsPod(pod({ app: "web", tier: "back" }))).toBe(false);
  });

  it("limits itself to the containers of the pseudo-label, which is no label of the pod", () => {
    const selector = selectorOf(policy('selector: {matchLabels: {app: web, kubearmor.io/container.name: "[a, b]"}}'));
    expect(selector.selectsPod(pod({ app: "web" }))).toBe(true);
    expect(["a", "b", "c"].map((name) => selector.selectsContainer(name))).toEqual([true, true, false]);
  });

  it.each([
    ["[a]", ["a"]],
    ["[a,,]", ["a"]],
    ["[ a , b ]", ["a", "b"]],
    ["a", ["a"]],
    ["nginx", ["nginx"]],
    ["a, b", ["a", "b"]],
    ["[a", ["a"]],
  ])("reads the container names %j as %j", (value, names) => {
    expect([...(containerNames(value) ?? [])]).toEqual(names);
  });

  it.each(["", "[]", "[ ]", "[,]", undefined])("takes container names %j for every container", (value) => {
    expect(containerNames(value)).toBeUndefined();
  });

  it.each([
    ["any In, then NotIn", "[{key: label, operator: In, values: [a=1]}, {key: label, operator: NotIn, values: [b=1]}]"],
    ["NotIn first", "[{key: label, operator: NotIn, values: [b=1]}, {key: label, operator: In, values: [a=1]}]"],
  ])("always lets NotIn exclude: %s", (_order, expressions) => {
    const selector = selectorOf(policy(`selector: {matchExpressions: ${expressions}}`));
    expect(selector.selectsPod(pod({ a: "1" }))).toBe(true);
    expect(selector.selectsPod(pod({ a: "1", b: "1" }))).toBe(false);
    expect(selector.selectsPod(pod({ b: "2" }))).toBe(false);
  });

  it("takes all In of a key together, ANDed with matchLabels", () => {
    const both = "[{key: label, operator: In, values: [a=1]}, {key: label, operator: In, values: [a=2, c=3]}]";
    const selector = selectorOf(policy(`selector: {matchLabels: {app: web}, matchExpressions: ${both}}`));
    const of = (labels: Record<string, string>) => selector.selectsPod(pod({ app: "web", ...labels }));
    expect([of({ a: "1" }), of({ a: "2" }), of({ c: "3" }), of({ a: "3" }), of({})]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(selector.selectsPod(pod({ a: "1" }))).toBe(false);
  });

  it("compares values that contain = whole, and never with inherited keys", () => {
    const selector = selectorOf(
      policy("selector: {matchExpressions: [{key: label, operator: In, values: [a=b=c, constructor=x]}]}"),
    );
    expect(selector.selectsPod(pod({ a: "b=c" }))).toBe(true);
    expect(selector.selectsPod(pod({ a: "b" }))).toBe(false);
  });

  it.each([
    ["a value without =", "matchExpressions: [{key: label, operator: NotIn, values: [app]}]", "key=value"],
    ["an unknown key", "matchLabel: {app: x}", '"matchLabel" is not known'],
    ["an unknown operator", "matchExpressions: [{key: label, operator: Exists, values: [a=b]}]", "use In or NotIn"],
    ["no values", "matchExpressions: [{key: label, operator: In, values: []}]", "at least one value"],
    ["a label of the roll-out", "matchLabels: {pod-template-hash: abc}", "select by a label of your own"],
  ])("selects nothing and says why with %s", (_what, selector, message) => {
    const prepared = selectorOf(policy(`selector: {${selector}}`));
    expect(prepared.selectsPod(pod({ "pod-template-hash": "abc", app: "x" }))).toBe(false);
    expect(prepared.problems).toHaveLength(1);
    expect(prepared.problems[0]?.message).toContain(message);
    expect(prepared.problems[0]?.origin).toMatch(/^spec\.selector\./);
  });
});

describe("a cluster policy", () => {
  it("without a selector selects every pod of every namespace", () => {
    expect(selectorOf(policy("{}", csp)).selectsPod(pod({}, "anywhere"))).toBe(true);
  });

  it("selects the union of the namespaces named In, without those named NotIn, ANDed with labels", () => {
    const expressions = `[{key: namespace, operator: In, values: [a, b]}, {key: namespace, operator: In, values: [c]},
      {key: namespace, operator: NotIn, values: [b]}, {key: label, operator: In, values: [app=web]}]`;
    const selector = selectorOf(policy(`selector: {matchExpressions: ${expressions}}`, csp));
    const of = (namespace: string, app = "web") => selector.selectsPod(pod({ app }, namespace));
    expect([of("a"), of("b"), of("c"), of("d"), of("a", "db")]).toEqual([true, false, true, false, false]);
  });

  it("with NotIn alone selects every other namespace", () => {
    const selector = selectorOf(
      policy("selector: {matchExpressions: [{key: namespace, operator: NotIn, values: [a]}]}", csp),
    );
    expect([selector.selectsPod(pod({}, "a")), selector.selectsPod(pod({}, "b"))]).toEqual([false, true]);
  });
});

describe("a host policy", () => {
  it("selects nodes by label, none with an empty selector, and never a pod", () => {
    const selector = selectorOf(policy("nodeSelector: {matchLabels: {disk: ssd}}", hsp));
    expect(selector.selectsNode({ disk: "ssd" })).toBe(true);
    expect(selector.selectsNode({ disk: "hdd" })).toBe(false);
    expect(selector.selectsPod(pod({ disk: "ssd" }))).toBe(false);
    expect(selectorOf(policy("nodeSelector: {matchLabels: {}}", hsp)).selectsNode({ a: "b" })).toBe(false);
  });

  it("takes comma lists and * for the host name", () => {
    const of = (value: string) =>
      selectorOf(policy(`nodeSelector: {matchLabels: {kubearmor.io/hostname: "${value}"}}`, hsp));
    expect(of("*").selectsNode({ "kubernetes.io/hostname": "n1" })).toBe(true);
    expect(of("n1, n2").selectsNode({ "kubernetes.io/hostname": "n2" })).toBe(true);
    expect(of("n1").selectsNode({ "kubernetes.io/hostname": "n2" })).toBe(false);
  });
});
