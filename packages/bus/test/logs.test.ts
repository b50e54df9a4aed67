import { describe, expect, it } from "@jest/globals";
import { connect as natsConnect } from "@nats-io/transport-node";
import type { Alert } from "@portcullis/model";
import { encodeAlert } from "../src/messages/alert.ts";
import { BusBed, iterate, next } from "./bus-bed.ts";
import { exampleAlert } from "./examples.ts";

const bed = new BusBed();
const log: Alert = {
  ...exampleAlert,
  ...{ id: "node-1/boot/log", type: "ContainerLog", action: "Allow", result: "Passed", policyName: "", tags: [] },
};

describe("a log", () => {
  it("lies in a stream of its own, apart from alerts", async () => {
    const { controller, enforcer } = await bed.pair();
    const alerts = await bed.subscribe(controller);
    const end = new AbortController();
    const logs = iterate(controller.subscribeLogs({ signal: end.signal, from: "all" }));
    await enforcer.publishLog(encodeAlert(log));
    await enforcer.publishAlert(encodeAlert(exampleAlert));
    expect((await next(alerts, "the alert")).id).toBe(exampleAlert.id);
    const { stream, ...told } = await next(logs, "the log");
    expect(told).toEqual(log);
    expect(stream).toEqual({ created: expect.any(String), sequence: 1, missed: 0 });
    expect(await enforcer.alertStream()).toMatchObject({ lastSequence: 1 });
    expect(await enforcer.logStream()).toMatchObject({ lastSequence: 1 });
    expect(await enforcer.storedLogId(1)).toBe(log.id);
    end.abort();
  });

  it("is selected by namespace and pod, and sent as JSON by its operation", async () => {
    const { controller, enforcer } = await bed.pair();
    const end = new AbortController();
    const logs = iterate(controller.subscribeLogs({ signal: end.signal, from: "all", namespace: "other" }));
    const raw = await natsConnect({ servers: bed.server.url });
    const copies = raw.subscribe("portcullis.v1.json-logs.*.other.*.Process", { max: 1 });
    const alertCopies = raw.subscribe("portcullis.v2.json.>");
    await raw.flush();
    await enforcer.publishLog(encodeAlert(log));
    await enforcer.publishLog(
      encodeAlert({ ...log, id: "node-1/boot/other", namespaceName: "other", operation: "Process" }),
    );
    expect((await next(logs, "the log of the namespace")).id).toBe("node-1/boot/other");
    controller.sendLogCopy({ ...log, namespaceName: "other", operation: "Process" });
    for await (const copy of copies) expect(copy.json()).toMatchObject({ Type: "ContainerLog", Action: "Allow" });
    expect(alertCopies.getReceived()).toBe(0);
    await raw.close();
    end.abort();
  });
});
