import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { decodeAlert, encodeAlert } from "../src/messages/alert.ts";
import { alertHead } from "../src/messages/alert-head.ts";
import { anyAlert } from "./arbitrary.ts";

it("the head of an encoded alert is what decoding gives, for any alert", () => {
  fc.assert(
    fc.property(anyAlert, (alert) => {
      const bytes = encodeAlert(alert);
      const { id, hostName, namespaceName, podName, policyName, operation } = decodeAlert(bytes);
      expect(alertHead(bytes)).toEqual({ id, hostName, namespaceName, podName, policyName, operation });
    }),
  );
});

it.each([
  ["nothing", new Uint8Array()],
  ["text", Buffer.from("no alert at all")],
  [
    "a torn one",
    encodeAlert(decodeAlert(encodeAlert(fc.sample(anyAlert, { numRuns: 1, seed: 1 })[0]!))).subarray(0, 9),
  ],
])("%s has none", (_, bytes) => {
  expect(() => alertHead(bytes)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^BUS_MESSAGE_/) }));
});
