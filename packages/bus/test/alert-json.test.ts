import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { alertJson } from "../src/messages/alert-json.ts";
import { anyAlert } from "./arbitrary.ts";
import { exampleAlert } from "./examples.ts";

const { severity: _severity, owner: _owner, ...bare } = exampleAlert;

it("is KubeArmor's document, field by field in its order", () => {
  const execEvent = { execId: "42", executableName: "sleep" };
  expect(alertJson({ ...exampleAlert, execEvent })).toBe(
    '{"Timestamp":1767323045,"UpdatedTime":"2026-01-02T03:04:05.123456Z","ClusterName":"default","HostName":"node-1",' +
      '"NamespaceName":"default","PodName":"web-0","Labels":"app=web,b=2",' +
      '"Owner":{"Ref":"StatefulSet","Name":"web","Namespace":"default"},' +
      '"ContainerID":"0123abcd","ContainerName":"web","ContainerImage":"localhost/web@sha256:00",' +
      '"HostPPID":4000000000,"HostPID":12346,"PPID":1,"PID":17,"UID":0,' +
      '"ParentProcessName":"/bin/bash","ProcessName":"/bin/sleep","PolicyName":"no-sleep","Severity":"5",' +
      '"Tags":"MITRE,T1059","ATags":["MITRE","T1059"],"Message":"no sleep","Type":"MatchedPolicy","Source":"/bin/bash",' +
      '"Operation":"Process","Resource":"/bin/sleep 1","Data":"syscall=SYS_EXECVE",' +
      '"EventData":{"Syscall":"SYS_EXECVE"},"Enforcer":"BPFLSM","Action":"Block","Result":"Permission denied",' +
      '"Cwd":"/","TTY":"pts0","NodeID":"abc","ExecEvent":{"ExecID":"42","ExecutableName":"sleep"}}',
  );
});

it("says how many operations it stands for and since when, where these are repetitions", () => {
  const json = alertJson({ ...exampleAlert, count: 41, firstTimestampNs: 1_767_323_035_999_999_999n });
  expect(json).toMatch(/,"NodeID":"abc","Count":41,"FirstTimestamp":1767323035}$/);
  expect(alertJson(exampleAlert)).not.toMatch(/Count|FirstTimestamp/);
});

it("says of a SystemEvent above how many alerts a second those of its rule are counted, and for how long", () => {
  const json = alertJson({
    ...exampleAlert,
    ...{ type: "SystemEvent", operation: "AlertThreshold", threshold: { alertsPerSecond: 10, seconds: 30 } },
  });
  expect(json).toMatch(/,"NodeID":"abc","MaxAlertsPerSec":10,"DroppingAlertsInterval":30}$/);
  expect(alertJson(exampleAlert)).not.toMatch(/MaxAlertsPerSec|DroppingAlertsInterval/);
});

it("has no Severity on DefaultPosture and no Owner for a bare pod", () => {
  const json = alertJson({ ...bare, policyName: "DefaultPosture", tags: [], message: "" });
  expect(JSON.parse(json)).toMatchObject({ PolicyName: "DefaultPosture", Tags: "", ATags: [], Message: "" });
  expect(json).not.toMatch(/Severity|Owner|ExecEvent/);
});

it("is the same text, whatever the order labels and event data came in", () => {
  const reversed = Object.fromEntries(Object.entries(exampleAlert.labels).reverse());
  expect(alertJson({ ...exampleAlert, labels: reversed })).toBe(alertJson(exampleAlert));
});

it("is one line of valid JSON with no number that is not a whole one, whatever the alert", () => {
  const inTime = fc.bigInt({ min: 1n, max: 4_000_000_000_000_000_000n });
  fc.assert(
    fc.property(anyAlert, inTime, (alert, timestampNs) => {
      const json = alertJson({ ...alert, timestampNs });
      expect(json).not.toMatch(/\n/);
      const numbers = Object.values(JSON.parse(json)).filter((value) => typeof value === "number");
      expect(numbers.every(Number.isSafeInteger)).toBe(true);
      expect(numbers).toHaveLength(6 + (alert.count === undefined ? 0 : 2) + (alert.threshold === undefined ? 0 : 2));
    }),
  );
});
