/** The tests' subscription to alerts, against a real server, with the client that enforcers publish by. */

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Bus, connect, encodeAlert } from "@portcullis/bus";
import { type NatsServer, startNatsServer } from "@portcullis/bus/testing";
import { silentLog } from "@portcullis/daemon/testing";
import type { Alert } from "@portcullis/model";
import { until } from "../wait.ts";
import { AlertSubscription } from "./alerts.ts";

let published = 0;

const alert = (podName: string, more: Partial<Alert> = {}): Alert => ({
  id: `test-${++published}`,
  timestampNs: BigInt(Date.now()) * 1_000_000n,
  clusterName: "e2e",
  hostName: "node-1",
  namespaceName: "default",
  podName,
  labels: {},
  containerId: "c",
  containerName: "main",
  containerImage: "localhost/box:1",
  hostPpid: 1,
  hostPid: 2,
  ppid: 1,
  pid: 2,
  uid: 0,
  parentProcessName: "/bin/sh",
  processName: "/bin/sleep",
  policyName: "no-sleep",
  severity: "1",
  tags: [],
  message: "",
  type: "MatchedPolicy",
  source: "/bin/sh",
  operation: "Process",
  resource: "/bin/sleep 1",
  data: "",
  eventData: {},
  enforcer: "BPFLSM",
  action: "Block",
  result: "Permission denied",
  cwd: "/",
  tty: "",
  nodeId: "node-1",
  ...more,
});

describe("a subscription to alerts", () => {
  let server: NatsServer;
  let bus: Bus;
  let alerts: AlertSubscription;
  const end = new AbortController();

  beforeAll(async () => {
    server = await startNatsServer();
    bus = await connect({ servers: server.url, name: "test", signal: end.signal, log: silentLog });
    await bus.ensure();
    alerts = new AlertSubscription(async () => ({ servers: server.url }));
    await alerts.ready;
  }, 30_000);
  afterAll(async () => {
    await alerts?.close();
    await bus?.close();
    await server?.dispose();
  });

  it("gives the alert that matches, whether it came before or comes later", async () => {
    await bus.publishAlert(encodeAlert(alert("early")));
    expect(await alerts.wait({ PodName: "early", Resource: /sleep/ })).toMatchObject({ PolicyName: "no-sleep" });
    const later = alerts.wait((seen) => seen.PodName === "late");
    await bus.publishAlert(encodeAlert(alert("late")));
    expect(await later).toMatchObject({ PodName: "late", Action: "Block" });
  });

  it("looks only at what came after a mark", async () => {
    await bus.publishAlert(encodeAlert(alert("marked")));
    await alerts.wait({ PodName: "marked" });
    const mark = await alerts.mark();
    expect(alerts.since(mark)).toEqual([]);
    await expect(alerts.wait({ PodName: "marked" }, 200, mark)).rejects.toMatchObject({ code: "E2E_TIMEOUT" });
  });

  it("says what did come when the wanted alert did not", async () => {
    await bus.publishAlert(encodeAlert(alert("other")));
    await alerts.wait({ PodName: "other" });
    await expect(alerts.wait({ PodName: /^absent$/ }, 200)).rejects.toThrow(
      /absent[\s\S]*default\/other\/main no-sleep/,
    );
  });

  it("tells of an alert that was not to come", async () => {
    await alerts.none({ PodName: "never" }, 200);
    await bus.publishAlert(encodeAlert(alert("surprise")));
    const none = alerts.none({ PodName: "surprise" }, 5000);
    await expect(none).rejects.toMatchObject({ code: "E2E_UNEXPECTED_ALERT" });
  });

  it("goes on after the server was away", async () => {
    await server.stop();
    await server.start();
    await until("the publisher's connection", () => bus.connected, { timeoutMs: 20_000 });
    const later = alerts.wait({ PodName: "after" }, 20_000);
    await bus.publishAlert(encodeAlert(alert("after")));
    expect(await later).toMatchObject({ PodName: "after" });
  }, 40_000);
});

it("a subscription that nobody answers says so", async () => {
  const alerts = new AlertSubscription(async () => {
    throw new Error("no such bus");
  });
  await expect(alerts.mark()).rejects.toThrow(/no such bus/);
  await alerts.close();
});
