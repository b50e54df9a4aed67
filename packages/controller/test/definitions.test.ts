/** Beside foreign definitions of the policies nothing is silent: the log and the readiness of the controller name what they lack. */

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { Definitions } from "../src/watch/definitions.ts";
import { Cluster } from "./cluster.ts";

describe("the definitions of the policies", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
  }, 120_000);
  afterAll(async () => {
    await cluster?.stop();
  });

  const look = async () => {
    const log = new MemoryLog();
    const own = new AbortController();
    const looked = new Definitions({ client: cluster.client, log });
    const watching = looked.watch(own.signal);
    await new Promise((resolve) => setTimeout(resolve, 500));
    own.abort();
    await watching;
    return { problem: looked.problem, errors: log.lines.filter(({ level }) => level === "error") };
  };

  it("are right as they are in this repository", async () => {
    expect(await look()).toEqual({ problem: "", errors: [] });
  }, 60_000);

  it("that do not keep a status are named, with the kind and what is missing", async () => {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/kubearmorhostpolicies.security.kubearmor.com`;
    await cluster.client.request({
      method: "PATCH",
      path,
      contentType: "application/json-patch+json",
      body: [
        {
          op: "replace",
          path: "/spec/versions/0/schema/openAPIV3Schema/properties/status",
          value: { type: "object", properties: { status: { type: "string" } } },
        },
      ],
    });
    const found = await until("they are published", async () => {
      const looked = await look();
      return looked.problem === "" ? undefined : looked;
    });
    expect(found.problem).toContain("status.conditions of KubeArmorHostPolicy");
    expect(found.problem).not.toContain("of KubeArmorPolicy");
    expect(found.errors).toHaveLength(1);
    expect(String(found.errors[0]?.fields?.error)).toContain("crds.install=true");
  }, 60_000);
});
