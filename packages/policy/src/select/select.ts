/**
 * Which pods and containers a policy selects. A selector is prepared once per policy and asked for every pod. A selector that
 * cannot be understood selects nothing and says so: half a selector would select more than was meant.
 */
import { type AnyPolicy, containerNameKey, hostNameKeys, reasons } from "@portcullis/api";
import { expressionFields, selectorFields, unknownKeys } from "../lower/fields.ts";
import { type Problem, Problems } from "../lower/problem.ts";

/** What selection needs to know of a pod. */
export interface PodFacts {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A prepared selector; pure. */
export interface Selector {
  /** True if the policy concerns containers of this pod. Always false for host policies. */
  selectsPod(pod: PodFacts): boolean;
  /** True if, in a pod that is selected, this container is. */
  selectsContainer(name: string): boolean;
  /** True if the policy concerns the host of a node with these labels. Always false for the other kinds. */
  selectsNode(labels: Readonly<Record<string, string>>): boolean;
  /** Why the selector selects nothing although it was meant to. */
  readonly problems: readonly Problem[];
}

/** Labels the workload controllers set; they change with every roll-out and select nothing. */
const generatedLabels = ["pod-template-hash", "pod-template-generation", "controller-revision-hash"];

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Prepares the selector of `policy`. */
export function selectorOf(policy: AnyPolicy): Selector {
  const problems = new Problems();
  const host = policy.kind === "KubeArmorHostPolicy";
  const origin = host ? "spec.nodeSelector" : "spec.selector";
  const given = ((host ? policy.spec.nodeSelector : policy.spec.selector) ?? {}) as {
    matchLabels?: Record<string, string> | null;
    matchExpressions?: Expression[] | null;
  };
  for (const key of unknownKeys(given, selectorFields[policy.kind]))
    problems.add(`${origin}.${key}`, reasons.unknownField, `the key "${key}" is not known here: remove or correct it`);
  const labels = { ...given.matchLabels };
  const containers = containerNames(labels[containerNameKey]);
  delete labels[containerNameKey];
  const expressions = host ? [] : (given.matchExpressions ?? []);
  checkLabels(labels, `${origin}.matchLabels`, problems);
  checkExpressions(expressions, `${origin}.matchExpressions`, problems);

  const ok = problems.list.length === 0;
  const namespace = policy.kind === "KubeArmorPolicy" ? (policy.metadata?.namespace ?? "default") : undefined;
  const inLabels = valuesOf(expressions, "label", "In");
  const notInLabels = valuesOf(expressions, "label", "NotIn");
  const inNamespaces = valuesOf(expressions, "namespace", "In");
  const notInNamespaces = valuesOf(expressions, "namespace", "NotIn");
  const namespaceFits = (name: string): boolean =>
    (namespace === undefined || name === namespace) &&
    (inNamespaces === undefined || inNamespaces.has(name)) &&
    !notInNamespaces?.has(name);

  return {
    problems: problems.list,
    selectsPod(pod) {
      if (!ok || host || !namespaceFits(pod.namespace)) return false;
      for (const [key, value] of Object.entries(labels)) if (pod.labels[key] !== value) return false;
      const has = (pair: string): boolean => hasPair(pod.labels, pair);
      if (inLabels !== undefined && ![...inLabels].some(has)) return false;
      return notInLabels === undefined || ![...notInLabels].some(has);
    },
    selectsContainer: (name) => ok && !host && (containers === undefined || containers.has(name)),
    selectsNode: (node) =>
      ok &&
      host &&
      Object.keys(labels).length > 0 &&
      Object.entries(labels).every(([key, value]) => nodeLabelFits(node, key, value)),
  };
}

/**
 * The names in the pseudo-label's value: "[a, b]", "a, b" and "a" alike; undefined, every container, if it names none ("", "[]",
 * "[,]").
 */
export function containerNames(value: string | undefined): ReadonlySet<string> | undefined {
  const names = (value ?? "")
    .trim()
    .replace(/^\[/, "")
    .replace(/\]$/, "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return names.length === 0 ? undefined : new Set(names);
}

function hasPair(labels: Readonly<Record<string, string>>, pair: string): boolean {
  const at = pair.indexOf("=");
  const key = pair.slice(0, at);
  return Object.hasOwn(labels, key) && labels[key] === pair.slice(at + 1);
}

/** All values of the expressions with this key and operator; undefined if there is no such expression. */
function valuesOf(expressions: readonly Expression[], key: string, operator: string): Set<string> | undefined {
  const fitting = expressions.filter((e) => e.key === key && e.operator === operator);
  return fitting.length === 0 ? undefined : new Set(fitting.flatMap((e) => e.values));
}

function nodeLabelFits(node: Readonly<Record<string, string>>, key: string, value: string): boolean {
  if (!(hostNameKeys as readonly string[]).includes(key)) return node[key] === value;
  const wanted = value.split(",").map((name) => name.trim());
  if (wanted.includes("*")) return true;
  return hostNameKeys.some((hostKey) => node[hostKey] !== undefined && wanted.includes(node[hostKey] as string));
}

function checkLabels(labels: Readonly<Record<string, string>>, origin: string, problems: Problems): void {
  for (const key of Object.keys(labels))
    if (generatedLabels.includes(key))
      problems.add(
        `${origin}.${key}`,
        reasons.invalidSelector,
        `the label "${key}" changes with every roll-out and is not compared: select by a label of your own`,
      );
}

function checkExpressions(expressions: readonly Expression[], origin: string, problems: Problems): void {
  for (const [i, expression] of expressions.entries()) {
    const at = `${origin}[${i}]`;
    const wrong = (field: string, value: unknown, remedy: string): void =>
      problems.add(`${at}.${field}`, reasons.invalidSelector, `${field} ${JSON.stringify(value)} ${remedy}`);
    for (const key of unknownKeys(expression, expressionFields))
      problems.add(`${at}.${key}`, reasons.unknownField, `the key "${key}" is not known here: remove or correct it`);
    if (expression.key !== "label" && expression.key !== "namespace")
      wrong("key", expression.key, "is not known: use label or namespace");
    if (expression.operator !== "In" && expression.operator !== "NotIn")
      wrong("operator", expression.operator, "is not known: use In or NotIn");
    if (!Array.isArray(expression.values) || expression.values.length === 0)
      wrong("values", expression.values, "names nothing: give at least one value");
    else if (expression.key === "label")
      for (const value of expression.values)
        if (!(value.indexOf("=") > 0)) wrong("values", value, "is not of the form key=value");
  }
}
