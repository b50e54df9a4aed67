/**
 * Which pods and containers a policy selects. A selector is prepared once for a policy and asked for every pod. A selector that
 * cannot be understood selects nothing and says so: half a selector would select more than was meant.
 */
import { type AnyPolicy, containerNameKey, hostNameKeys, reasons } from "@portcullis/api";
import { selectorFields, unknownKeys } from "../fields.ts";
import { type Problem, Problems } from "../problem.ts";
import { checkExpressions, type Expression, hasPair, valuesOf } from "./expressions.ts";

/** What selection needs to know of a pod. */
interface PodFacts {
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

/** Labels that Deployments and the like set on their pods. They change with every roll-out, so they select nothing. */
const generatedLabels = ["pod-template-hash", "pod-template-generation", "controller-revision-hash"];

type Labels = Readonly<Record<string, string>>;

/** A selector as the policy has it, checked. */
interface Parts {
  /** Without the pseudo-label that names containers. */
  readonly labels: Labels;
  /** Undefined: every container. */
  readonly containers: ReadonlySet<string> | undefined;
  readonly expressions: readonly Expression[];
  readonly problems: readonly Problem[];
}

/** Prepares the selector of `policy`. */
export function selectorOf(policy: AnyPolicy): Selector {
  const parts = partsOf(policy);
  const { problems } = parts;
  if (problems.length > 0) return { ...nothing, problems };
  if (policy.kind === "KubeArmorHostPolicy") return { ...nothing, selectsNode: nodeTest(parts.labels) };
  const namespace = policy.kind === "KubeArmorPolicy" ? (policy.metadata?.namespace ?? "default") : undefined;
  const { containers } = parts;
  return {
    ...nothing,
    selectsPod: podTest(namespace, parts),
    selectsContainer: (name) => containers === undefined || containers.has(name),
  };
}

const nothing: Selector = {
  selectsPod: () => false,
  selectsContainer: () => false,
  selectsNode: () => false,
  problems: [],
};

function partsOf(policy: AnyPolicy): Parts {
  const problems = new Problems();
  const host = policy.kind === "KubeArmorHostPolicy";
  const origin = host ? "spec.nodeSelector" : "spec.selector";
  const given = ((host ? policy.spec.nodeSelector : policy.spec.selector) ?? {}) as {
    matchLabels?: Labels | null;
    matchExpressions?: Expression[] | null;
  };
  for (const key of unknownKeys(given, selectorFields[policy.kind]))
    problems.add(`${origin}.${key}`, reasons.unknownField, `the key "${key}" is not known here: remove or correct it`);
  const { [containerNameKey]: names, ...labels } = given.matchLabels ?? {};
  const expressions = host ? [] : (given.matchExpressions ?? []);
  checkLabels(labels, `${origin}.matchLabels`, problems);
  checkExpressions(expressions, `${origin}.matchExpressions`, problems);
  return { labels, containers: containerNames(names), expressions, problems: problems.list };
}

/** `namespace`: the only one whose pods are selected; undefined: any. */
function podTest(namespace: string | undefined, { labels, expressions }: Parts): Selector["selectsPod"] {
  const wanted = Object.entries(labels);
  const inLabels = valuesOf(expressions, "label", "In");
  const notInLabels = valuesOf(expressions, "label", "NotIn");
  const inNamespaces = valuesOf(expressions, "namespace", "In");
  const notInNamespaces = valuesOf(expressions, "namespace", "NotIn");
  const namespaceFits = (name: string): boolean =>
    (namespace === undefined || name === namespace) &&
    (inNamespaces === undefined || inNamespaces.has(name)) &&
    !notInNamespaces?.has(name);
  const labelsFit = (given: Labels): boolean => {
    const has = (pair: string): boolean => hasPair(given, pair);
    return (
      wanted.every(([key, value]) => given[key] === value) &&
      (inLabels === undefined || [...inLabels].some(has)) &&
      (notInLabels === undefined || ![...notInLabels].some(has))
    );
  };
  return (pod) => namespaceFits(pod.namespace) && labelsFit(pod.labels);
}

function nodeTest(labels: Labels): Selector["selectsNode"] {
  const wanted = Object.entries(labels);
  return (node) => wanted.length > 0 && wanted.every(([key, value]) => nodeLabelFits(node, key, value));
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

function nodeLabelFits(node: Labels, key: string, value: string): boolean {
  if (!(hostNameKeys as readonly string[]).includes(key)) return node[key] === value;
  const wanted = value.split(",").map((name) => name.trim());
  if (wanted.includes("*")) return true;
  return hostNameKeys.some((hostKey) => node[hostKey] !== undefined && wanted.includes(node[hostKey] as string));
}

function checkLabels(labels: Labels, origin: string, problems: Problems): void {
  for (const key of Object.keys(labels))
    if (generatedLabels.includes(key))
      problems.add(
        `${origin}.${key}`,
        reasons.invalidSelector,
        `the label "${key}" changes with every roll-out and is not compared: select by a label of your own`,
      );
}
