/** A pod, its namespace's posture and the policies that may select it, read from the API server of the current kubeconfig. */
import { type AnyPolicy, group, kinds, type PolicyKind, version } from "@portcullis/api";
import { type OptOut, optOutAsked, type Posture, resolveOptOut, resolvePosture } from "@portcullis/policy";
import { GenericKind, K8s, kind, RegisterKind } from "kubernetes-fluent-client";
import { ClusterReadError, UsageError } from "../errors.ts";
import type { Container } from "./explain-operation.ts";

class NamespacedPolicy extends GenericKind {}
class ClusterPolicy extends GenericKind {}
const register = (model: typeof GenericKind, policyKind: PolicyKind) =>
  RegisterKind(model, { group, version, kind: policyKind, plural: kinds[policyKind].plural });
register(NamespacedPolicy, "KubeArmorPolicy");
register(ClusterPolicy, "KubeArmorClusterPolicy");

export interface ClusterQuestion {
  readonly pod: { readonly namespace: string; readonly name: string };
  /** May be absent where the pod has only one. */
  readonly container: string | undefined;
  /** Absent: as kubectl finds it. */
  readonly kubeconfig: string | undefined;
  /** What holds where the namespace says nothing. */
  readonly posture: Posture;
}

export interface ClusterFacts {
  readonly policies: readonly AnyPolicy[];
  readonly container: Container;
  readonly posture: Posture;
  /** Of the pod, where its namespace allows it. */
  readonly optOut: OptOut | undefined;
}

/** Throws ClusterReadError, and UsageError for a container that the pod has not. */
export async function readFromCluster(question: ClusterQuestion): Promise<ClusterFacts> {
  const { namespace, name } = question.pod;
  // The client looks for its configuration where kubectl does, and nowhere else.
  if (question.kubeconfig !== undefined) process.env.KUBECONFIG = question.kubeconfig;
  const pod = await reading(`the pod ${namespace}/${name}`, () => K8s(kind.Pod).InNamespace(namespace).Get(name));
  const { metadata } = await reading(`the namespace ${namespace}`, () => K8s(kind.Namespace).Get(namespace));
  const own = await policiesOf("KubeArmorPolicy", () => K8s(NamespacedPolicy).InNamespace(namespace).Get());
  const all = await policiesOf("KubeArmorClusterPolicy", () => K8s(ClusterPolicy).Get());
  return {
    policies: [...own, ...all],
    container: { namespace, labels: pod.metadata?.labels ?? {}, container: containerOf(pod, question.container) },
    posture: resolvePosture(metadata?.annotations, question.posture).posture,
    optOut: resolveOptOut(metadata?.annotations).allowed ? optOutAsked(pod.metadata?.annotations) : undefined,
  };
}

function containerOf({ spec, metadata }: kind.Pod, asked: string | undefined): string {
  const containers = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  const names = containers.map(({ name }) => name);
  const name = asked ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined && names.includes(name)) return name;
  const why = name === undefined ? "has several containers" : `has no container ${name}`;
  throw new UsageError(`the pod ${metadata?.namespace}/${metadata?.name} ${why}: --container ${names.join(" | ")}`);
}

async function policiesOf(policyKind: PolicyKind, list: () => Promise<{ items: GenericKind[] }>): Promise<AnyPolicy[]> {
  const { items } = await reading(`policies (${kinds[policyKind].plural}.${group})`, list);
  // The items of a list do not say what they are.
  return items.map((item) => ({ ...item, kind: policyKind }) as unknown as AnyPolicy);
}

/** The client throws the answer where it is a refusal. */
async function reading<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const { status, statusText, message } = cause as { status?: number; statusText?: string; message?: string };
    const why =
      status === undefined ? (message ?? String(cause)) : `the API server answered ${status} ${statusText ?? ""}`;
    throw new ClusterReadError(`${what} cannot be read: ${why.trim()}`, { cause });
  }
}
