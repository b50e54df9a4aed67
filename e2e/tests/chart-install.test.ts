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
  beforeAll(async () => {
    server = await TestApiServer.start();
    writeFileSync(join(home, "kubeconfig"), server.kubeconfig(), { mode: 0o600 });
  });
  afterAll(() => server?.stop());

  it("is accepted whole, keeps what the controller has made through an upgrade and leaves only the definitions behind", () => {
    const [name = "", ...flags] = release;
    helm("install", name, chart, ...flags, "--create-namespace");
    // As the controller fills them: there is none here.
    const made = {
      "secret/portcullis-signing-key": { "keys.json": "a2V5" },
      "configmap/portcullis-bundle-keys": { "keys.json": "public" },
      "secret/portcullis-nats": { password: "cE9uZQ==", "reader-password": "cFR3bw==" },
      "secret/portcullis-nats-node-logins": { issuer: "QUE=", key: "a2V5" },
      "secret/portcullis-nats-system": { password: "cFRocmVl" },
      "secret/portcullis-nats-tls": { "ca.crt": "Y2E=", "tls.crt": "Y3J0", "tls.key": "a2V5" },
      "configmap/portcullis-nats-ca": { "ca.crt": "ca" },
    };
    for (const [object, data] of Object.entries(made))
      kubectl("-n", "security", "patch", object, "--type=merge", `--patch=${JSON.stringify({ data })}`);
    const read = () =>
      Object.fromEntries(
        Object.keys(made).map((object) => [
          object,
          JSON.parse(kubectl("-n", "security", "get", object, "-o=jsonpath={.data}")),
        ]),
      );
    helm("upgrade", name, chart, ...flags, "--set", "controller.replicas=2");
    expect(read()).toEqual(made);
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
