/** Promise: the chart installs what it says and no more, and refuses values that cannot be. Long because each of its objects has a case. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, jest } from "@jest/globals";
import { parse } from "yaml";
import {
  type Container,
  chart,
  containersOf,
  environmentOf,
  find,
  helm,
  type Rendered,
  render,
} from "./rendered-chart.ts";

jest.setTimeout(60_000);

describe("the chart", () => {
  let objects: Rendered[];
  let workloads: Rendered[];
  beforeAll(() => {
    objects = render();
    workloads = objects.filter(({ kind }) => ["Deployment", "DaemonSet", "StatefulSet"].includes(kind));
  });

  it("passes helm's strict lint", () => {
    expect(helm("lint", "--strict", chart)).toMatch(/0 chart\(s\) failed/);
  });

  it("is the same each time it is rendered: nothing of it is left to chance", () => {
    expect(render()).toEqual(objects);
  });

  it("makes no two objects of one name", () => {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
    expect(names).toEqual([...new Set(names)]);
  });

  it("names every image with a fixed tag, by default the chart's own version", () => {
    const { appVersion } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8")) as { appVersion: string };
    const images = workloads.flatMap(containersOf).map(({ image }) => image);
    expect(images.sort()).toEqual(
      ["controller", "enforcer", "nats"].map((name) => `localhost/portcullis-${name}:${appVersion}`),
    );
  });

  it("makes all of its objects selectable, each by its component", () => {
    for (const { kind, metadata } of objects)
      expect([kind, metadata.labels]).toEqual([
        kind,
        expect.objectContaining({
          "app.kubernetes.io/name": "portcullis",
          "app.kubernetes.io/component": expect.stringMatching(
            /^(controller|enforcer|nats|crds|admission|quota|test)$/,
          ),
        }),
      ]);
    for (const { spec } of workloads) expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  });

  it("lets no container write its own files or gain privileges, and grants only what it must", () => {
    const granted = workloads.flatMap(containersOf).map(({ name, securityContext }) => {
      expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
      expect(securityContext.privileged).toBeUndefined();
      expect(securityContext.capabilities.drop).toEqual(["ALL"]);
      return [name, securityContext.capabilities.add?.toSorted() ?? []];
    });
    const enforcer = [
      "BPF",
      "DAC_READ_SEARCH",
      "MAC_ADMIN",
      "NET_ADMIN",
      "PERFMON",
      "SYS_ADMIN",
      "SYS_PTRACE",
      "SYS_RESOURCE",
    ];
    expect(Object.fromEntries(granted)).toEqual({ controller: [], nats: [], enforcer });
  });

  it("explains every capability and mount of the enforcer in its README", () => {
    const readme = readFileSync(join(chart, "README.md"), "utf8");
    const [{ securityContext, volumeMounts = [] }] = containersOf(find(objects, "DaemonSet")) as [Container];
    for (const capability of securityContext.capabilities.add ?? []) expect(readme).toContain(`| \`${capability}\` |`);
    for (const { mountPath } of volumeMounts) expect(readme).toContain(`| \`${mountPath}\``);
  });

  it("puts an enforcer on every node, with no access to the API server", () => {
    const { template } = find(objects, "DaemonSet").spec;
    expect(template.spec).toMatchObject({
      tolerations: [{ operator: "Exists" }],
      hostPID: true,
      automountServiceAccountToken: false,
      priorityClassName: "system-node-critical",
    });
    expect(template.spec.hostNetwork).toBeUndefined();
    const subjects = objects.filter(({ kind }) => kind.endsWith("RoleBinding")).flatMap((binding) => binding.subjects);
    expect(new Set(subjects.map(({ name }: { name: string }) => name))).toEqual(
      new Set(["portcullis-controller", "portcullis-test"]),
    );
  });

  it("mounts of the node what the enforcer writes, and the rest to read", () => {
    const [{ volumeMounts = [] }] = containersOf(find(objects, "DaemonSet")) as [Container];
    const writable = volumeMounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath);
    expect(writable).toEqual(["/sys/fs/bpf", "/var/lib/portcullis"]);
  });

  it("gives the controller these rights and no others", () => {
    const read = ["get", "list", "watch"];
    const policies = ["kubearmorpolicies", "kubearmorclusterpolicies", "kubearmorhostpolicies"];
    expect(find(objects, "ClusterRole").rules).toEqual([
      { apiGroups: ["security.kubearmor.com"], resources: policies, verbs: read },
      { apiGroups: ["security.kubearmor.com"], resources: policies.map((name) => `${name}/status`), verbs: ["patch"] },
      { apiGroups: [""], resources: ["pods", "namespaces", "nodes"], verbs: read },
      { apiGroups: ["apps"], resources: ["replicasets"], verbs: read },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: read },
      { nonResourceURLs: ["/openid/v1/jwks", "/.well-known/openid-configuration"], verbs: ["get"] },
      { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
    ]);
    const environment = environmentOf(find(objects, "Deployment"));
    const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
    expect(find(objects, "Role", /-controller$/).rules).toEqual([
      { ...leases, verbs: ["create"] },
      { ...leases, resourceNames: [environment.LEASE_NAME], verbs: ["get", "update"] },
      {
        ...{ apiGroups: [""], resources: ["secrets"] },
        ...{ resourceNames: [environment.SIGNING_SECRET], verbs: ["get", "update"] },
      },
      {
        ...{ apiGroups: [""], resources: ["configmaps"] },
        ...{ resourceNames: [environment.SIGNING_CONFIG_MAP], verbs: ["get", "update"] },
      },
      { ...{ apiGroups: [""], resources: ["configmaps"] }, resourceNames: [environment.CONFIG_MAP], verbs: read },
      ...["NATS_LOGIN_SECRET", "NODE_LOGIN_SECRET", "NATS_CERTIFICATE_SECRET", "NATS_SYSTEM_SECRET"].map((name) => ({
        ...{ apiGroups: [""], resources: ["secrets"] },
        ...{ resourceNames: [environment[name]], verbs: ["get", "update"] },
      })),
      {
        ...{ apiGroups: [""], resources: ["configmaps"] },
        ...{ resourceNames: [environment.NATS_CA_CONFIG_MAP], verbs: ["get", "update"] },
      },
    ]);
  });

  it("takes everything out of the nodes when asked to, in place of enforcing", () => {
    const { spec } = find(render("enforcer.remove=true"), "DaemonSet").spec.template as {
      spec: Record<string, Container[]>;
    };
    expect(spec.initContainers?.map(({ args }) => args)).toEqual([["--remove"]]);
    expect(spec.initContainers?.[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toContain("/sys/fs/bpf");
    expect(spec.containers?.map(({ name, volumeMounts }) => [name, volumeMounts])).toEqual([["removed", undefined]]);
  });

  it("hands its values to the processes", () => {
    const other = render(
      'clusterName="prod"',
      'defaultPosture={"file":"block","network":"audit","capabilities":"block"}',
      'hostDefaultPosture={"file":"audit","network":"block","capabilities":"audit"}',
      'untrackedNamespaces=["kube-system","security","infra"]',
      'visibility=["process","network"]',
      "baseAllowance=false",
      "alertThrottling=true",
      "throttleSec=60",
      'enforcer.criSocket="/run/k3s/containerd/containerd.sock"',
    );
    expect(environmentOf(find(other, "Deployment"))).toMatchObject({
      CLUSTER_NAME: "prod",
      NATS_URL: "tls://portcullis-nats.security.svc:4222",
      CONFIG_MAP: "portcullis-config",
      UNTRACKED_NAMESPACES: "kube-system,security,infra",
      BASE_ALLOWANCE: "false",
      POD_NAME: { fieldRef: { fieldPath: "metadata.name" } },
    });
    expect(other.find(({ metadata }) => metadata.name === "portcullis-config")?.data).toEqual({
      defaultFilePosture: "block",
      defaultNetworkPosture: "audit",
      defaultCapabilitiesPosture: "block",
      hostDefaultFilePosture: "audit",
      hostDefaultNetworkPosture: "block",
      hostDefaultCapabilitiesPosture: "audit",
      visibility: "process,network",
      hostVisibility: "none",
      dropResourceFromProcessLogs: "false",
      alertThrottling: "true",
      maxAlertPerSec: "10",
      throttleSec: "60",
    });
    expect(environmentOf(find(other, "DaemonSet"))).toMatchObject({
      CLUSTER_NAME: "prod",
      NODE_NAME: { fieldRef: { fieldPath: "spec.nodeName" } },
      CRI_SOCKET: "/proc/1/root/run/k3s/containerd/containerd.sock",
    });
  });

  it("makes no password: the controller fills the Secrets, and what the chart holds of them is empty", () => {
    const secrets = objects.filter(({ kind }) => kind === "Secret");
    const names = [
      "portcullis-nats",
      "portcullis-nats-node-logins",
      "portcullis-nats-system",
      "portcullis-nats-tls",
      "portcullis-signing-key",
    ];
    expect(secrets.map(({ metadata }) => metadata.name).sort()).toEqual(names);
    for (const { data, stringData } of secrets) expect([data, stringData]).toEqual([undefined, undefined]);
    const { NATS_LOGIN_SECRET, NATS_USER, NATS_PASSWORD } = environmentOf(find(objects, "Deployment"));
    expect([NATS_LOGIN_SECRET, NATS_USER, NATS_PASSWORD]).toEqual(["portcullis-nats", undefined, undefined]);
    // A node's kubelet may read whatever its pods name.
    for (const name of names.map((name) => `"${name}"`))
      expect(JSON.stringify(find(objects, "DaemonSet"))).not.toContain(name);
  });

  it("gives each enforcer a token of its own for NATS and for nothing else, and no password", () => {
    const audience = "portcullis-nats.security";
    for (const values of [[], ["enforcer.remove=true"]]) {
      const { spec } = find(render(...values), "DaemonSet").spec.template as {
        spec: { volumes: { name: string }[] } & Record<string, Container[]>;
      };
      expect(spec.volumes.find(({ name }) => name === "node-token")).toMatchObject({
        projected: { sources: [{ serviceAccountToken: { audience, path: "token" } }] },
      });
      const [{ env = [], volumeMounts = [] }] = (spec.initContainers ?? spec.containers) as [Container];
      expect(env.map(({ name }) => name)).not.toContain("NATS_PASSWORD");
      const { mountPath } = volumeMounts.find(({ name }) => name === "node-token") ?? {};
      expect(env).toContainEqual({ name: "NATS_TOKEN_FILE", value: `${mountPath}/token` });
    }
    expect(environmentOf(find(objects, "Deployment"))).toMatchObject({
      NODE_LOGIN_AUDIENCE: audience,
      NODE_LOGIN_ACCOUNT: find(objects, "ServiceAccount", /-enforcer$/).metadata.name,
      NODE_LOGIN_SECRET: "portcullis-nats-node-logins",
    });
  });

  it("leaves the keys of bundles to the controller, and mounts the public ones alone into the enforcers", () => {
    const environment = environmentOf(find(objects, "Deployment"));
    const secret = find(objects, "Secret", /-signing-key$/);
    const configMap = find(objects, "ConfigMap", /-bundle-keys$/);
    expect([secret.metadata.name, configMap.metadata.name]).toEqual([
      environment.SIGNING_SECRET,
      environment.SIGNING_CONFIG_MAP,
    ]);
    expect([secret.data, secret.stringData, configMap.data]).toEqual([undefined, undefined, undefined]);
    for (const workload of workloads)
      expect(JSON.stringify(workload.spec.template.spec.volumes ?? [])).not.toContain(secret.metadata.name);
    const { volumes } = find(objects, "DaemonSet").spec.template.spec as { volumes: { name: string }[] };
    const mounted = volumes.find(({ name }) => name === "bundle-keys");
    expect(mounted).toMatchObject({ configMap: { name: configMap.metadata.name, optional: true } });
    const [{ volumeMounts = [] }] = containersOf(find(objects, "DaemonSet")) as [Container];
    const { mountPath } = volumeMounts.find(({ name }) => name === "bundle-keys") ?? {};
    expect(environmentOf(find(objects, "DaemonSet")).BUNDLE_KEYS).toBe(`${mountPath}/keys.json`);
  });

  it("keeps alerts on a volume when asked to", () => {
    const other = render('nats.persistence={"enabled":true,"size":"5Gi"}');
    const [claim] = find(other, "StatefulSet").spec.volumeClaimTemplates;
    expect(claim.spec.resources.requests.storage).toBe("5Gi");
  });

  it.each([
    ["a typo", 'controler={"replicas":2}', "controler"],
    ["a typo below", 'enforcer.criSockt="/run/x"', "criSockt"],
    ["a posture that does not exist", 'defaultPosture.file="deny"', "defaultPosture/file"],
    ["no NATS at all", "nats.enabled=false", "nats/url"],
    [
      "a login of the controller's without one of the enforcers', where the server is external",
      'nats={"enabled":false,"url":"nats://x:4222","auth":{"enabled":true,"existingSecret":"x"}}',
      "existingEnforcerSecret",
    ],
    [
      "a login that all enforcers share, where each has its own",
      'nats.auth={"enabled":true,"existingSecret":"x","existingEnforcerSecret":"y"}',
      "existingEnforcerSecret",
    ],
    ["two NATS", 'nats.url="nats://x:4222"', "nats/url"],
    ["an authority of the release's own NATS", 'nats.tls.ca="-----BEGIN CERTIFICATE-----"', "nats/tls/ca"],
    [
      "an authority that is none",
      'nats={"enabled":false,"url":"tls://x:4222","tls":{"ca":"/etc/ca.crt"}}',
      "nats/tls/ca",
    ],
    ["a name that cannot be", 'nats.tls.names=["a b"]', "nats/tls/names/0"],
    ["the tag latest", 'enforcer.image.tag="latest"', "enforcer/image/tag"],
    ["a path that is not absolute", 'enforcer.stateDir="var/lib"', "enforcer/stateDir"],
    ["a namespace that cannot be", 'untrackedNamespaces=["A_B"]', "untrackedNamespaces/0"],
  ])("refuses %s and names it", (_, value, named) => {
    expect(() => render(value)).toThrow(named);
  });
});
