/** What the scenarios apply: namespaces, pods, policies, each in a line. */
import type { KubernetesObject } from "@kubernetes/client-node";

export interface PodOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  /** A folder of the node to see at the same place in the container. */
  readonly hostFolder?: string;
}

export const namespaceObject = (
  name: string,
  annotations: Readonly<Record<string, string>> = {},
): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, annotations },
});

export function podObject(namespace: string, name: string, o: PodOptions = {}): KubernetesObject {
  const folder = o.hostFolder;
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: o.labels ?? { app: name } },
    spec: {
      ...(o.node === undefined ? {} : { nodeName: o.node }),
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: "main",
          image: o.image ?? "localhost/box:1",
          imagePullPolicy: "Never",
          command: o.command ?? ["/bin/sleep", "100000"],
          ...(folder === undefined ? {} : { volumeMounts: [{ name: "folder", mountPath: folder, readOnly: true }] }),
        },
      ],
      ...(folder === undefined ? {} : { volumes: [{ name: "folder", hostPath: { path: folder } }] }),
    },
  };
  return pod;
}

/** A KubeArmorPolicy for the pods with `app: <app>`. */
export const policyObject = (namespace: string, name: string, app: string, spec: object): KubernetesObject =>
  ({
    apiVersion: "security.kubearmor.com/v1",
    kind: "KubeArmorPolicy",
    metadata: { name, namespace },
    spec: { selector: { matchLabels: { app } }, ...spec },
  }) as KubernetesObject;

/** A pod that sleeps in the namespace `default`; `more` goes into its spec, `container` into its container. */
export const sleepingPod = (name: string, more: object = {}, container: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default", labels: { app: name } },
  spec: {
    containers: [
      {
        name: "main",
        image: "localhost/box:1",
        imagePullPolicy: "Never",
        command: ["/bin/sleep", "3600"],
        ...container,
      },
    ],
    ...more,
  },
});
