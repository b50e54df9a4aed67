/**
 * A cluster of any size, object by object: each is made when it is asked for, so that a hundred and fifty thousand pods take no memory here. A pod is
 * as large as those of real clusters are on the wire, some six kilobytes, most of which the controller does not want.
 */

export interface Sizes {
  readonly nodes: number;
  readonly pods: number;
  readonly policies: number;
}

const deployments = 3_000;
const tenants = 200;
const made = "2026-11-22T10:11:12Z";
const uid = (kind: number, i: number) => `8c1f0d0e-5d0a-4f5c-${9000 + kind}-${String(i).padStart(12, "0")}`;
const hash = "7c966b5d85";

export const nodeName = (i: number): string => `node-${i}.example`;
/** One pod of this label is on each node: what selects it touches them all. */
const everywhere = { app: "agent" };
const everywhereNamespace = "team-0";

const meta = (name: string, id: string, version: number, more: object = {}) => ({
  ...{ name, uid: id, resourceVersion: String(version), creationTimestamp: made },
  ...more,
});

export const nodeObject = (i: number, labels: object = {}) => ({
  ...{ apiVersion: "v1", kind: "Node" },
  metadata: meta(nodeName(i), uid(1, i), 1, {
    labels: {
      ...labels,
      "kubernetes.io/hostname": nodeName(i),
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
    },
    annotations: { "node.alpha.kubernetes.io/ttl": "0" },
  }),
});

export const namespaceCount = tenants;
export const namespaceObject = (i: number) => ({
  ...{ apiVersion: "v1", kind: "Namespace" },
  metadata: meta(`team-${i}`, uid(2, i), 1, { labels: { "kubernetes.io/metadata.name": `team-${i}` } }),
});

export const replicaSetCount = deployments;
export const replicaSetObject = (i: number) => ({
  ...{ apiVersion: "apps/v1", kind: "ReplicaSet" },
  metadata: meta(`web-${i}-${hash}`, uid(3, i), 1, {
    namespace: `team-${i % tenants}`,
    labels: { app: `web-${i}`, "pod-template-hash": hash },
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "Deployment", name: `web-${i}`, uid: uid(4, i), controller: true },
    ],
  }),
});

/** The first of each node is the one that is everywhere; the rest belong to deployments. */
export function podObject(i: number, { nodes }: Sizes, version = 1): object {
  const agent = i < nodes;
  const of = i % deployments;
  const app = agent ? everywhere.app : `web-${of}`;
  const owner = agent
    ? { apiVersion: "apps/v1", kind: "DaemonSet", name: app, uid: uid(5, 0), controller: true }
    : { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${app}-${hash}`, uid: uid(3, of), controller: true };
  const metadata = meta(`${app}-${agent ? "" : `${hash}-`}${i.toString(36)}`, uid(6, i), version, {
    namespace: agent ? everywhereNamespace : `team-${of % tenants}`,
    labels: {
      ...{ app, "pod-template-hash": hash, "app.kubernetes.io/name": app, "app.kubernetes.io/part-of": "shop" },
      ...{ team: `t${of % tenants}`, tier: "web" },
    },
    annotations: { "kubectl.kubernetes.io/restartedAt": made, "prometheus.io/scrape": "true" },
    ownerReferences: [{ ...owner, blockOwnerDeletion: true }],
    managedFields,
  });
  const names = ["web", "sidecar"];
  return {
    ...{ apiVersion: "v1", kind: "Pod", metadata },
    spec: { ...podSpec, nodeName: nodeName(i % nodes), containers: names.map((name) => containerOf(name, i)) },
    status: { ...podStatus, containerStatuses: names.map((name) => containerStatusOf(name, i)) },
  };
}

/** The pod of a node's enforcer, whose token the node logs in with. */
export const enforcerPod = (i: number) => ({ name: `portcullis-enforcer-${i}`, uid: uid(8, i), node: nodeName(i) });

export function enforcerPodObject(i: number): object {
  const { name, uid, node } = enforcerPod(i);
  return {
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: meta(name, uid, 1, { namespace: "portcullis", labels: { app: "portcullis-enforcer" }, managedFields }),
    spec: { ...podSpec, nodeName: node, containers: [containerOf("enforcer", i)] },
    status: { ...podStatus, containerStatuses: [containerStatusOf("enforcer", i)] },
  };
}

const containerOf = (name: string, i: number) => ({
  ...{ name, image: `registry.example.com/shop/${name}:1.2.${i % 100}`, ...containerSpec },
});

const containerStatusOf = (name: string, i: number) => ({
  ...{ name, state: { running: { startedAt: made } }, lastState: {}, ready: true, restartCount: 0, started: true },
  image: `registry.example.com/shop/${name}:1.2.${i % 100}`,
  imageID: "registry.example.com/shop/x@sha256:6216f64ab88fc51d311e38c7f69ca3f9aaba621492b4f1fa93ddf63093768845",
  containerID: `containerd://${i.toString(16).padStart(64, "0")}`,
});

/** Each selects the pods of one deployment, and the last those that are everywhere. */
export function policyObject(i: number, { policies }: Sizes, generation = 1): object {
  const last = i === policies - 1;
  const namespace = last ? everywhereNamespace : `team-${(i % deployments) % tenants}`;
  return {
    ...{ apiVersion: "security.kubearmor.com/v1", kind: "KubeArmorPolicy" },
    metadata: meta(`policy-${i}`, uid(7, i), generation, { namespace, generation }),
    spec: {
      selector: { matchLabels: last ? everywhere : { app: `web-${i % deployments}` } },
      process: { matchPaths: [{ path: "/bin/sleep" }, { path: `/usr/bin/tool-${generation}` }] },
      file: { matchDirectories: [{ dir: "/etc/ssl/private/", recursive: true }] },
      action: "Block",
    },
  };
}

const managedFields = ["kube-controller-manager", "kubelet"].map((manager) => ({
  ...{ manager, operation: "Update", apiVersion: "v1", time: made, fieldsType: "FieldsV1" },
  fieldsV1: {
    "f:metadata": { "f:labels": { ".": {}, "f:app": {}, "f:tier": {} }, "f:ownerReferences": { ".": {} } },
    "f:spec": Object.fromEntries(
      ["containers", "dnsPolicy", "enableServiceLinks", "restartPolicy", "schedulerName", "securityContext"].map(
        (field) => [`f:${field}`, { ".": {}, "f:name": {}, "f:image": {}, "f:resources": {} }],
      ),
    ),
  },
}));

const containerSpec = {
  ports: [{ containerPort: 8080, protocol: "TCP" }],
  env: Array.from({ length: 12 }, (_, k) => ({ name: `VAR_${k}`, value: "some-value-of-a-variable" })),
  resources: { limits: { cpu: "1", memory: "512Mi" }, requests: { cpu: "100m", memory: "128Mi" } },
  volumeMounts: [{ name: "token", readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }],
  livenessProbe: {
    httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" },
    ...{ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  },
  ...{ terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File" },
  imagePullPolicy: "IfNotPresent",
};

const podSpec = {
  volumes: [{ name: "token", projected: { sources: [{ serviceAccountToken: { path: "token" } }], defaultMode: 420 } }],
  ...{ restartPolicy: "Always", terminationGracePeriodSeconds: 30, dnsPolicy: "ClusterFirst", priority: 0 },
  ...{ serviceAccountName: "default", securityContext: {}, schedulerName: "default-scheduler" },
  tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" }],
};

const podStatus = {
  phase: "Running",
  conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
    ...{ type, status: "True", lastProbeTime: null, lastTransitionTime: made },
  })),
  ...{ hostIP: "10.0.0.1", podIP: "10.244.1.7", podIPs: [{ ip: "10.244.1.7" }], startTime: made },
  qosClass: "Burstable",
};
