/** Whatever an attacker makes long, an alert comes through with its names. */

import { describe, expect, it } from "@jest/globals";
import type { Alert } from "@portcullis/model";
import { decodeAlert, encodeAlert } from "../src/messages/alert.ts";
import { fitAlert } from "../src/messages/alert-fit.ts";
import { exampleAlert } from "./examples.ts";

const long = "x".repeat(1 << 20);
const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`label-${n}`, "a label's value"]));

describe("an alert that is too large", () => {
  it.each<[string, Partial<Alert>, string]>([
    ["a command line", { source: long }, "Source"],
    ["two texts", { source: long, resource: long }, "Source,Resource"],
    ["characters of several bytes", { resource: "日本".repeat(1 << 18) }, "Resource"],
    ["a value of its data", { eventData: { Name: long } }, "EventData"],
    ["labels without number", { labels: many }, "Labels,Tags"],
    ["labels and a command line", { labels: many, source: long }, "Labels,Tags,Source"],
  ])("because of %s is cut there and says so", (_, more, cut) => {
    const whole = { ...exampleAlert, ...more };
    expect(() => encodeAlert(whole)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_OVERSIZED" }));
    const fitted = fitAlert(whole);
    expect(fitted.cut).toBe(true);
    expect(fitted.bytes.length).toBeLessThanOrEqual(384 * 1024);
    const { data, eventData, ...alert } = decodeAlert(fitted.bytes);
    expect(data).toMatch(new RegExp(` cut=${cut}$`));
    expect(eventData.Cut).toBe(cut);
    const { id, podName, namespaceName, policyName, timestampNs, action, containerName } = exampleAlert;
    expect(alert).toMatchObject({ id, podName, namespaceName, policyName, timestampNs, action, containerName });
    expect(JSON.stringify(alert, (_, value) => (typeof value === "bigint" ? "" : value))).not.toContain("\ufffd");
  });

  it("keeps as much as there is room for", () => {
    expect(fitAlert({ ...exampleAlert, source: long }).bytes.length).toBeGreaterThan(380 * 1024);
  });

  it("is left alone when it is not too large", () => {
    expect(fitAlert(exampleAlert)).toEqual({ alert: exampleAlert, bytes: encodeAlert(exampleAlert), cut: false });
  });
});
