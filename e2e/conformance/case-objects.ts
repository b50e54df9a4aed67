/**
 * From a case to Kubernetes objects. Every case gets namespaces of its own, so that several run side by side: a
 * namespace `x` of the case is `x-<suffix>` in the cluster, wherever the case and its policies name it.
 */
import { configKeys } from "@portcullis/api";
import type { Case, CaseVolume, CaseWorkload, Expectation, Matcher, PolicyDocument } from "./case.ts";
import { internetResolver } from "./internet.ts";
import type { KubeObject } from "./target.ts";

/** Maps the case's namespace names to the cluster's. */
export interface Naming {
  namespace(name: string): string;
}

export function naming(suffix: string): Naming {
  return { namespace: (name) => `${name.slice(0, 50)}-${suffix}` };
}

/** Namespaces that the case's workloads and policies name, with their annotations. */
export function namespaces(c: Case, names: Naming, defaults: Readonly<Record<string, string>>): KubeObject[] {
  const pods = c.workloads.filter((w) => !w.host);
  const all = new Set([...pods.map((w) => w.namespace), ...Object.keys(c.namespaceAnnotations)]);
  return [...all].map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: names.namespace(name),
      labels: { "portcullis.dev/conformance": "case" },
      annotations: { ...defaults, ...c.namespaceAnnotations[name] },
    },
  }));
}

/** Whether the case has a global configuration of its own, or changes it while it runs. There is one for all cases. */
export const changesConfig = (c: Case): boolean =>
  c.steps.some(({ setConfig }) => setConfig !== undefined) || onlyGlobal.some((key) => c.config[key] !== undefined);

/** What no annotation of a namespace can say. */
const onlyGlobal: readonly string[] = [
  configKeys.dropsProcessResources,
  configKeys.hostVisibility,
  ...Object.values(configKeys.hostPosture),
  ...Object.values(configKeys.throttling),
];

/** Whether alerts are throttled at some time of the case. */
export const throttlesAlerts = ({ config, steps }: Case): boolean =>
  [config, ...steps.map(({ setConfig }) => setConfig)].some(
    (one) => String(one?.[configKeys.throttling.on]) === "true",
  );

/** What of a case's configuration is the product's global one. */
export function globalConfig(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const known: readonly string[] = Object.values(configKeys).flatMap((key) =>
    typeof key === "string" ? [key] : Object.values(key),
  );
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => (known.includes(key) ? [[key, String(value)]] : [])),
  );
}

export interface PodPlace {
  readonly image: string;
  /** The working directory that the workload's steps ask for. */
  readonly cwd: string | undefined;
  /** The address of what stands for the internet, where the case needs it. */
  readonly internet: string | undefined;
}

/** A sysctl of the pod that a case requires: `sysctl:ping_group_range=1 0`, below net.ipv4. */
const requiredSysctls = (c: Case): { name: string; value: string }[] =>
  c.requires.flatMap((required) => {
    const [, name, value] = /^sysctl:(\w+)=(.*)$/.exec(required) ?? [];
    return name === undefined || value === undefined ? [] : [{ name: `net.ipv4.${name}`, value }];
  });

/** The pod of a workload. */
export function pod(c: Case, w: CaseWorkload, names: Naming, { image, cwd, internet }: PodPlace): KubeObject {
  const alone = { name: w.id, privileged: false, capabilitiesAdd: [], mounts: [] };
  const containers = w.containers.length > 0 ? w.containers : [alone];
  // A container that a step ends is to come back.
  const isRestarted = c.steps.some((s) => s.restart === w.id);
  const sysctls = requiredSysctls(c);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...{ name: w.id, namespace: names.namespace(w.namespace), labels: w.labels },
      ...(Object.keys(w.annotations).length > 0 && { annotations: w.annotations }),
    },
    spec: {
      automountServiceAccountToken: c.requires.includes("mount:serviceaccount"),
      terminationGracePeriodSeconds: 0,
      enableServiceLinks: false,
      restartPolicy: isRestarted ? "Always" : "Never",
      ...(internet === undefined ? {} : internetResolver(internet)),
      ...(sysctls.length > 0 && { securityContext: { sysctls } }),
      ...(w.volumes.length > 0 && { volumes: w.volumes.map((v) => volumeObject(w, v)) }),
      ...(w.initContainers.length > 0 && {
        initContainers: w.initContainers.map(({ name, exec, mounts }) => ({
          ...{ name, image, imagePullPolicy: "Never", command: exec, volumeMounts: mounts.map(volumeMount) },
        })),
      }),
      containers: containers.map((k) => ({
        name: k.name,
        image,
        imagePullPolicy: "Never",
        ...(cwd === undefined ? {} : { workingDir: cwd }),
        securityContext: { privileged: k.privileged, capabilities: { add: k.capabilitiesAdd } },
        ...(k.mounts.length > 0 && { volumeMounts: k.mounts.map(volumeMount) }),
      })),
    },
  };
}

const volumeMount = (m: CaseWorkload["containers"][number]["mounts"][number]) => ({
  ...{ name: m.volume, mountPath: m.path, readOnly: m.readOnly },
  ...(m.subPath === undefined ? {} : { subPath: m.subPath }),
});

/** The ConfigMap or Secret of a volume is its own. */
const dataName = (w: CaseWorkload, volume: string): string => `${w.id}-${volume}`;

function volumeObject(w: CaseWorkload, { name, emptyDir, configMap, hostPath }: CaseVolume): object {
  if (emptyDir) return { name, emptyDir };
  if (hostPath !== undefined) return { name, hostPath: { path: hostPath, type: "DirectoryOrCreate" } };
  return configMap
    ? { name, configMap: { name: dataName(w, name) } }
    : { name, secret: { secretName: dataName(w, name) } };
}

/** The ConfigMaps and Secrets that a workload's volumes are made of; `changed`: files of some volumes, by volume. */
export function dataObjects(
  w: CaseWorkload,
  names: Naming,
  changed?: Readonly<Record<string, Readonly<Record<string, string>>>>,
): KubeObject[] {
  return w.volumes
    .filter((v) => (v.configMap ?? v.secret) !== undefined && (changed === undefined || changed[v.name] !== undefined))
    .map((v) => ({
      apiVersion: "v1",
      kind: v.configMap ? "ConfigMap" : "Secret",
      metadata: { name: dataName(w, v.name), namespace: names.namespace(w.namespace) },
      [v.configMap ? "data" : "stringData"]: changed?.[v.name] ?? v.configMap ?? v.secret,
    }));
}

/** The policy with the case's namespaces renamed: its own, and those that a cluster policy selects by name. */
export function policyObject(document: PolicyDocument, names: Naming): KubeObject {
  const copy = structuredClone(document) as KubeObject & { spec?: { selector?: { matchExpressions?: Expression[] } } };
  if (copy.kind === "KubeArmorPolicy") copy.metadata.namespace = names.namespace(copy.metadata.namespace ?? "default");
  if (copy.kind !== "KubeArmorPolicy") copy.metadata.name = copy.metadata.name.slice(0, 200);
  for (const e of copy.spec?.selector?.matchExpressions ?? [])
    if (e.key === "namespace") e.values = e.values.map((v) => names.namespace(v));
  return copy;
}

/** What is expected, with the namespaces that its alerts name renamed likewise. */
export function expectation(expect: Expectation, names: Naming): Expectation {
  const renamed = (m: Matcher): Matcher =>
    m.NamespaceName === undefined ? m : { ...m, NamespaceName: names.namespace(m.NamespaceName) };
  const { alerts, noAlertMatching, logs } = expect;
  return {
    ...expect,
    alerts: alerts.map(renamed),
    noAlertMatching: noAlertMatching.map(renamed),
    logs: logs.map(renamed),
  };
}

interface Expression {
  key: string;
  values: string[];
}
