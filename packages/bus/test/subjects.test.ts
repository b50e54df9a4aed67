import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { alertChannel, logChannel } from "../src/channels/alert-channels.ts";
import { fromToken, toToken } from "../src/channels/subjects.ts";

describe("a token", () => {
  it.each([
    ["default", "default"],
    ["", "_"],
    ["_", "=5F"],
    ["ip-10-0-0-1.ec2.internal", "ip-10-0-0-1=2Eec2=2Einternal"],
    ["a b*>", "a=20b=2A=3E"],
    ["=2E", "=3D2E"],
    ["ü", "=C3=BC"],
  ])("for %j is %s", (name, token) => {
    expect(toToken(name)).toBe(token);
    expect(fromToken(token)).toBe(name);
  });

  it("is valid in a subject and in a bucket's key, and stands for one name only", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        expect(toToken(name)).toMatch(/^[-=_A-Za-z0-9]+$/);
        expect(fromToken(toToken(name))).toBe(name);
      }),
    );
  });

  it.each(["", "a.b", "=2e", "=", "=41", "a_"])("is never %j", (token) => {
    expect(() => fromToken(token)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_INVALID" }));
  });
});

const place = {
  ...{ hostName: "n.1", namespaceName: "default", podName: "web-0", policyName: "a.b" },
  operation: "File" as const,
};

it("subjects hold node, namespace, pod and policy, for machines and for people", () => {
  expect(alertChannel.subject(place, "stored")).toBe("portcullis.v2.alerts.n=2E1.default.web-0.a=2Eb");
  expect(alertChannel.subject(place, "json")).toBe("portcullis.v2.json.n=2E1.default.web-0.a=2Eb");
  const host = { ...place, hostName: "n", namespaceName: "", podName: "", policyName: "h" };
  expect(alertChannel.subject(host, "stored")).toBe("portcullis.v2.alerts.n._._.h");
});

it("subjects of logs name the operation in the place of the policy", () => {
  expect(logChannel.subject(place, "stored")).toBe("portcullis.v1.logs.n=2E1.default.web-0.File");
  expect(logChannel.subject(place, "json")).toBe("portcullis.v1.json-logs.n=2E1.default.web-0.File");
});

it("a node with a login of its own publishes below its own subject, whatever the alert says of its node", () => {
  expect(alertChannel.publishSubject("me", place)).toBe("portcullis.v1.node.me.alert.default.web-0.a=2Eb");
  expect(logChannel.publishSubject("me", place)).toBe("portcullis.v1.node.me.log.default.web-0.File");
});

it("filters leave open what is not said", () => {
  expect(alertChannel.filter({})).toBe("portcullis.v2.alerts.*.*.*.*");
  expect(alertChannel.filter({ namespace: "", policy: "p" })).toBe("portcullis.v2.alerts.*._.*.p");
  expect(alertChannel.filter({ node: "a", namespace: "n" }, "json")).toBe("portcullis.v2.json.a.n.*.*");
  expect(logChannel.filter({ policy: "p" })).toBe("portcullis.v1.logs.*.*.*.*");
});
