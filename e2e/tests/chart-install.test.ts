/** Promise: a real API server accepts the chart whole, and removing it leaves only the definitions behind. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { findBinary } from "@portcullis/bus/testing";
import { TestApiServer } from "@portcullis/kube/testing";
import { chart, helm, home } from "./rendered-chart.ts";

jest.setTimeout(60_000);

describe("installed with a real API server", () => {
  const release = ["portcullis", "--namespace", "security", "--kubeconfig", join(home, "kubeconfig")];
  let server: TestApiServer;
  const kubectl = (...args: string[]): string =>
    execFileSync(findBinary("kubectl"), ["--kubeconfig", join(home, "kubeconfig"), ...args], { encoding: "utf8" });
  const password = (): string =>
    kubectl("-n", "security", "get", "secret", "portcullis-nats", "-o=jsonpath={.data.password}");

  beforeAll(async () => {
    server = await TestApiServer.start();
    writeFileSync(join(home, "kubeconfig"), server.kubeconfig(), { mode: 0o600 });
  });
  afterAll(() => server?.stop());

  it("is accepted whole, keeps its passwords and keys through an upgrade and leaves only the definitions behind", () => {
    const [name = "", ...flags] = release;
    helm("install", name, chart, ...flags, "--create-namespace", "--set", "networkPolicy.enabled=true");
    const first = password();
    // As the controller fills them: there is none here.
    const [key, publicKeys] = ["secret/portcullis-signing-key", "configmap/portcullis-bundle-keys"] as const;
    kubectl("-n", "security", "patch", key, "--type=merge", '--patch={"data":{"keys.json":"a2V5"}}');
    kubectl("-n", "security", "patch", publicKeys, "--type=merge", '--patch={"data":{"keys.json":"public"}}');
    const keys = () => [key, publicKeys].map((of) => kubectl("-n", "security", "get", of, "-o=jsonpath={.data}"));
    const filled = keys();
    expect(first).toMatch(/^[A-Za-z0-9+/]{50,}=*$/);
    helm("upgrade", name, chart, ...flags, "--set", "controller.replicas=2");
    expect(password()).toBe(first);
    expect(filled).toEqual(['{"keys.json":"a2V5"}', '{"keys.json":"public"}']);
    expect(keys()).toEqual(filled);
    expect(kubectl("-n", "security", "get", "deployment", "-o=jsonpath={.items[0].spec.replicas}")).toBe("2");
    helm("upgrade", name, chart, ...flags, "--reuse-values", "--set", "enforcer.remove=true");
    helm("uninstall", name, ...flags);
    const kinds = "all,secret,configmap,serviceaccount,role,rolebinding,networkpolicy,lease";
    const left = kubectl("-n", "security", "get", kinds, "-o", "name").split("\n").filter(Boolean);
    expect(left.filter((object) => !/\/(kube-root-ca\.crt|default)$/.test(object))).toEqual([]);
    const cluster = kubectl("get", "crd,clusterrole,clusterrolebinding,validatingadmissionpolicy", "-o", "name");
    const ours = cluster.split("\n").filter((object) => /portcullis|kubearmor/.test(object));
    expect(ours.map((object) => object.split("/")[0])).toEqual(
      Array(3).fill("customresourcedefinition.apiextensions.k8s.io"),
    );
  });
});
