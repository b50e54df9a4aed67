/** Promise: values of former releases, and values that do not go together, are refused with the field, the value and the remedy. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { parse } from "yaml";
import { chart, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

const renamed = parse(readFileSync(join(chart, "files", "renamed-values.yaml"), "utf8")) as Record<string, string>;

describe("values that the chart refuses", () => {
  it.each(Object.entries(renamed))("says what became of %s", (old, instead) => {
    expect(() => render(`${old}="x"`)).toThrow(`- ${old}: ${instead}`);
  });

  it("has no value any more that it calls renamed, and has those that it names instead", () => {
    const values = parse(readFileSync(join(chart, "values.yaml"), "utf8")) as object;
    const at = (path: string): unknown =>
      path.split(".").reduce<unknown>((object, key) => (object as Record<string, unknown> | undefined)?.[key], values);
    for (const [old, instead] of Object.entries(renamed)) {
      expect([old, at(old)]).toEqual([old, undefined]);
      const name = /^is called (\S+) now$/.exec(instead)?.[1];
      if (name !== undefined) expect([name, at(name)]).not.toEqual([name, undefined]);
    }
  });

  it.each([
    ["alerts that are kept shorter than NATS takes to sync", "enforcer.spoolKeepSeconds=120", "(2m)", "more than 120"],
    [
      "an interval that is as long as alerts are kept",
      'nats.jetstream.syncInterval="180s"',
      "180",
      "a shorter interval",
    ],
    [
      "a login of the enforcers' without one of the controller's",
      'nats={"enabled":false,"url":"nats://x:4222","auth":{"enabled":true,"existingEnforcerSecret":"y"}}',
      'nats.auth.existingEnforcerSecret: "y"',
      "give nats.auth.existingSecret",
    ],
    [
      "a Secret with a login that nobody uses",
      'nats.auth={"enabled":false,"existingSecret":"x"}',
      'nats.auth.existingSecret: "x"',
      "leave the Secret out",
    ],
    [
      "an issuer for a server without TLS",
      'nats.tls={"enabled":false,"names":[],"ca":"","certManager":{"issuer":"mine"}}',
      'nats.tls.certManager.issuer: "mine"',
      "leave it out",
    ],
    [
      "an authority for a server that is not encrypted",
      'nats={"enabled":false,"url":"nats://x:4222","tls":{"ca":"-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n"}}',
      'nats.url "nats://x:4222"',
      "tls://",
    ],
    ["a port of the nodes that no Service has", "nats.service.nodePort=30422", "30422", "set the type to NodePort"],
    [
      "a port of the nodes behind which nobody is let in",
      'nats.service.type="NodePort"',
      "networkPolicy.readersFrom lets in none",
      "set networkPolicy.enabled to false",
    ],
    [
      "a storage class for alerts that are not stored",
      'nats.persistence.storageClass="fast"',
      'nats.persistence.storageClass: "fast"',
      "leave the class out",
    ],
    [
      "more replicas of a stream than there are servers",
      'nats={"replicas":3,"jetstream":{"replicas":5}}',
      "5 of 3 servers",
      "raise nats.replicas",
    ],
    [
      "streams and buckets that NATS could not make",
      'nats.jetstream={"maxFileStore":"1Gi","alerts":{"maxSize":"700Mi"}}',
      "are 1092 MiB together, and maxFileStore is 1024 MiB",
      "lower a maxSize",
    ],
    [
      "a volume that is smaller than what is to lie on it",
      'nats={"persistence":{"enabled":true,"size":"2Gi"},"jetstream":{"maxFileStore":"3Gi"}}',
      "nats.persistence.size: 2Gi",
      "give more",
    ],
  ])("refuses %s", (_, value, fault, remedy) => {
    expect(() => render(value)).toThrow(fault);
    expect(() => render(value)).toThrow(remedy);
  });

  it("names every fault at once", () => {
    const both = () => render('posture={"file":"block"}', "enforcer.spoolKeepSeconds=60");
    expect(both).toThrow("- posture:");
    expect(both).toThrow("- enforcer.spoolKeepSeconds:");
  });

  it("takes an alert's time on disk as it is where NATS syncs at once, or is not the release's", () => {
    render('nats.jetstream.syncInterval="always"', "enforcer.spoolKeepSeconds=0");
    render('nats={"enabled":false,"url":"nats://x:4222"}', "enforcer.spoolKeepSeconds=0");
  });
});
