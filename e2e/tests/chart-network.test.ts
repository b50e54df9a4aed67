/** Promise: who is not named reaches none of the release's pods, where the network plug-in enforces policies; and each pod that has to be reached is. */
import { describe, expect, it, jest } from "@jest/globals";
import { find, type Rendered, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

interface Peer {
  podSelector?: { matchLabels?: Record<string, string> };
  namespaceSelector?: object;
  ipBlock?: { cidr: string };
}
type Labels = Readonly<Record<string, string>>;
const own = { "app.kubernetes.io/name": "portcullis", "app.kubernetes.io/instance": "portcullis" };
const of = (component: string): Labels => ({ ...own, "app.kubernetes.io/component": component });

/** Whether a pod with these labels is let in by a policy of the chart; `foreign`: it is in another namespace. */
function letsIn(policy: Rendered, port: string, labels: Labels, foreign = false): boolean {
  const rules = (policy.spec.ingress ?? []) as { from: Peer[]; ports?: { port: string }[] }[];
  return rules.some(({ from, ports }) => {
    const meant = ports === undefined || ports.some((one) => one.port === port);
    return meant && from.some((peer) => names(peer, labels, foreign));
  });
}

function names({ podSelector, namespaceSelector }: Peer, labels: Labels, foreign: boolean): boolean {
  if (podSelector === undefined && namespaceSelector === undefined) return false;
  if (foreign && namespaceSelector === undefined) return false;
  return Object.entries(podSelector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value);
}

const policy = (objects: readonly Rendered[], component: string) =>
  find(objects, "NetworkPolicy", new RegExp(`-${component}$`));

describe("the chart's network policies", () => {
  const objects = render();

  it("select every pod of the release that runs, each by its component, and limit only who comes in", () => {
    for (const [kind, component] of [
      ["Deployment", "controller"],
      ["DaemonSet", "enforcer"],
      ["StatefulSet", "nats"],
    ] as const) {
      const { spec } = policy(objects, component);
      expect(spec.policyTypes).toEqual(["Ingress"]);
      expect(find(objects, kind).spec.template.metadata.labels).toMatchObject(spec.podSelector.matchLabels);
      const ports = find(objects, kind).spec.template.spec.containers[0].ports as { name: string }[];
      expect(ports.map(({ name }) => name)).toContain(component === "nats" ? "nats" : "http");
    }
  });

  it("let to NATS its clients of the release, readers of any namespace, and nobody else", () => {
    const nats = policy(objects, "nats");
    for (const component of ["controller", "enforcer", "test"]) {
      expect([component, letsIn(nats, "nats", of(component))]).toEqual([component, true]);
      expect([component, letsIn(nats, "monitor", of(component))]).toEqual([component, false]);
    }
    expect(letsIn(nats, "nats", { "portcullis.dev/alerts": "reader" }, true)).toBe(true);
    expect(letsIn(nats, "monitor", { "portcullis.dev/alerts": "reader" }, true)).toBe(false);
    expect(letsIn(nats, "routes", of("nats"))).toBe(false);
    expect(letsIn(nats, "nats", { app: "web" }, true)).toBe(false);
    expect(letsIn(nats, "nats", of("controller"), true)).toBe(false);
  });

  it("let Prometheus to the metrics, `helm test` to the controller, and nobody else", () => {
    const prometheus = { "app.kubernetes.io/name": "prometheus" };
    for (const component of ["controller", "enforcer"]) {
      expect(letsIn(policy(objects, component), "http", prometheus, true)).toBe(true);
      expect(letsIn(policy(objects, component), "http", { app: "web" }, true)).toBe(false);
      expect(letsIn(policy(objects, component), "http", of("test"))).toBe(component === "controller");
    }
  });

  it("let in whom the values name, in place of Prometheus and beside the readers", () => {
    const block = { ipBlock: { cidr: "10.0.0.0/8" } };
    const other = render(
      `networkPolicy.scrapersFrom=${JSON.stringify([block])}`,
      `networkPolicy.readersFrom=${JSON.stringify([block])}`,
      'nats.service={"type":"NodePort","nodePort":30422}',
    );
    expect(policy(other, "enforcer").spec.ingress[0].from).toEqual([block]);
    expect(policy(other, "nats").spec.ingress[0].from).toContainEqual(block);
    expect(letsIn(policy(other, "nats"), "nats", of("enforcer"))).toBe(true);
  });

  it("let nobody in where nobody is named, which is something else than a rule without names", () => {
    const other = render("networkPolicy.scrapersFrom=[]");
    expect(policy(other, "enforcer").spec.ingress ?? []).toEqual([]);
    expect(policy(other, "controller").spec.ingress).toHaveLength(1);
  });

  it("can be left out, and the one of NATS is where there is no NATS", () => {
    expect(render("networkPolicy.enabled=false").filter(({ kind }) => kind === "NetworkPolicy")).toEqual([]);
    const external = render('nats={"enabled":false,"url":"nats://x:4222"}');
    expect(external.filter(({ kind }) => kind === "NetworkPolicy")).toHaveLength(2);
  });
});
