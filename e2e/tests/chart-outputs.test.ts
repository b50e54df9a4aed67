/** Promise: the chart sends alerts on where its values say so, with what is in a Secret and not in the values, and refuses what would send a login in clear. */
import { describe, expect, it, jest } from "@jest/globals";
import { containersOf, environmentOf, find, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

const controller = (...set: string[]) => find(render(...set), "Deployment", /controller/);
const outputsIn = (environment: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => /^(FALCOSIDEKICK|OTLP|REPORTS)_/.test(name)));

describe("outputs", () => {
  it("are none by default, and nothing is mounted for them", () => {
    const deployment = controller();
    expect(outputsIn(environmentOf(deployment))).toEqual({});
    expect(containersOf(deployment)[0]?.volumeMounts).toBeUndefined();
  });

  it("are told to the controller, each with its Secret as files", () => {
    const deployment = controller(
      'outputs.falcosidekick.url="http://falcosidekick.falco:2801"',
      'outputs.otlp={"endpoint":"https://collector:4318","secret":"otlp","ca":true,"auth":"basic","user":"portcullis"}',
    );
    expect(outputsIn(environmentOf(deployment))).toEqual({
      FALCOSIDEKICK_URL: "http://falcosidekick.falco:2801",
      OTLP_ENDPOINT: "https://collector:4318",
      OTLP_CA_FILE: "/etc/portcullis/outputs/otlp/ca.crt",
      OTLP_USER: "portcullis",
      OTLP_PASSWORD_FILE: "/etc/portcullis/outputs/otlp/password",
    });
    expect(containersOf(deployment)[0]?.volumeMounts).toEqual([
      { name: "output-otlp", mountPath: "/etc/portcullis/outputs/otlp", readOnly: true },
    ]);
    expect(deployment.spec.template.spec.volumes).toEqual([
      { name: "output-otlp", secret: { secretName: "otlp", optional: true } },
    ]);
  });

  it("have their mounts beside that of an external NATS", () => {
    const deployment = controller(
      'nats={"enabled":false,"url":"tls://nats:4222","tls":{"ca":"-----BEGIN CERTIFICATE-----"},"auth":{"enabled":false}}',
      'outputs.falcosidekick={"url":"https://falcosidekick","secret":"sidekick","auth":"bearer"}',
    );
    const names = (list: { name: string }[] | undefined) => list?.map(({ name }) => name);
    expect(names(containersOf(deployment)[0]?.volumeMounts)).toEqual(["nats-ca", "output-falcosidekick"]);
    expect(names(deployment.spec.template.spec.volumes)).toEqual(["nats-ca", "output-falcosidekick"]);
    expect(environmentOf(deployment).FALCOSIDEKICK_TOKEN_FILE).toBe("/etc/portcullis/outputs/falcosidekick/token");
  });

  it("give the controller a right to write reports only where those are wanted", () => {
    const rights = (...set: string[]) => JSON.stringify(find(render(...set), "ClusterRole", /controller/));
    expect(rights()).not.toContain("openreports.io");
    const wanted = 'outputs.reports={"enabled":true,"minutes":10}';
    expect(rights(wanted)).toContain('"resources":["reports"],"verbs":["list","create"]');
    expect(rights(wanted)).toContain('"resourceNames":["portcullis"],"verbs":["patch","delete"]');
    expect(outputsIn(environmentOf(controller(wanted)))).toEqual({ REPORTS_MINUTES: "10" });
  });

  it.each([
    [
      'outputs.falcosidekick={"url":"http://falcosidekick","secret":"s","auth":"bearer"}',
      /outputs\/falcosidekick\/url/,
    ],
    ['outputs.falcosidekick={"url":"https://falcosidekick","auth":"bearer"}', /outputs\/falcosidekick\/secret/],
    ['outputs.otlp={"endpoint":"https://c","secret":"s","auth":"basic"}', /outputs\/otlp\/user/],
    ['outputs.reports={"enabled":true,"minutes":0}', /outputs\/reports\/minutes/],
    ['outputs.otlp={"endpoint":"https://user:secret@c"}', /outputs\/otlp\/endpoint/],
  ])("are refused: %s", (set, fault) => {
    expect(() => render(set)).toThrow(fault);
  });
});
