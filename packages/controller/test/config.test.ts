import { describe, expect, it } from "@jest/globals";
import { parseConfig } from "../src/config.ts";

const least = { NATS_URL: "nats://user:secret@nats:4222", POD_NAMESPACE: "portcullis", POD_NAME: "controller-0" };

describe("the controller's configuration", () => {
  it("needs three variables, and has a default for every other", () => {
    expect(parseConfig(least)).toMatchObject({
      cluster: "default",
      leaseName: "portcullis-controller",
      leaseDurationMs: 15_000,
      configMap: undefined,
      untrackedNamespaces: new Set(["kube-system", "portcullis"]),
      baseAllowance: true,
      http: { host: "0.0.0.0", port: 9464 },
      kubeconfig: undefined,
    });
  });

  it("switches the base allowance off, and takes no other word for it", () => {
    expect(parseConfig({ ...least, BASE_ALLOWANCE: "false" }).baseAllowance).toBe(false);
    expect(() => parseConfig({ ...least, BASE_ALLOWANCE: "off" })).toThrow(/BASE_ALLOWANCE.*use true or false/);
  });
  it("takes the untracked namespaces as they are given", () => {
    const { untrackedNamespaces } = parseConfig({ ...least, UNTRACKED_NAMESPACES: " a, b ,,c" });
    expect([...untrackedNamespaces]).toEqual(["a", "b", "c"]);
    expect(parseConfig({ ...least, UNTRACKED_NAMESPACES: "" }).untrackedNamespaces.size).toBe(0);
  });

  it.each([
    [{ CONFIG_MAP: "" }, "CONFIG_MAP: is empty; leave it unset where nobody configures anything"],
    [{ STORAGE_ALERTS_SIZE: "1 GB" }, 'STORAGE_ALERTS_SIZE "1 GB": is no size such as 256Mi'],
    [{ STORAGE_ALERTS_AGE: "1w" }, 'STORAGE_ALERTS_AGE "1w": is no time such as 90m, 12h or 7d'],
    [{ LOG_LEVEL: "loud" }, 'LOG_LEVEL "loud": use debug, info, warn or error'],
    [{ HTTP_ADDRESS: "9464" }, 'HTTP_ADDRESS "9464": is not host:port, such as 0.0.0.0:9464'],
    [{ POD_NAME: undefined }, "POD_NAME: is not set; set it to a name that no other replica has"],
    [{ UNTRACKED_NAMESPACES: "Kube_System" }, 'UNTRACKED_NAMESPACES: "Kube_System" is no name of a namespace'],
  ])("names the variable, the value and the remedy: %o", (wrong, message) => {
    expect(() => parseConfig({ ...least, ...wrong })).toThrow(message);
    expect(() => parseConfig({ ...least, ...wrong })).toThrow(
      expect.objectContaining({ code: "CONTROLLER_CONFIG_INVALID" }),
    );
  });

  it("says where alerts are sent on to, and sends a login over TLS alone", () => {
    expect(parseConfig(least).outputs).toEqual({});
    const { otlp, falcosidekick } = parseConfig({
      ...least,
      OTLP_ENDPOINT: "https://collector:4318/base/",
      OTLP_TOKEN_FILE: "/t",
      FALCOSIDEKICK_URL: "http://falcosidekick:2801",
    }).outputs;
    expect(parseConfig({ ...least, REPORTS_MINUTES: "10" }).outputs.reports).toEqual({ everyMs: 600_000 });
    expect(() => parseConfig({ ...least, REPORTS_MINUTES: "often" })).toThrow(
      /REPORTS_MINUTES "often": is no whole number of minutes/,
    );
    expect([otlp?.url.href, otlp?.tokenFile]).toEqual(["https://collector:4318/base/v1/logs", "/t"]);
    expect(falcosidekick?.url.href).toBe("http://falcosidekick:2801/");
    const wrong = (more: object) => () => parseConfig({ ...least, OTLP_ENDPOINT: "http://c", ...more });
    expect(wrong({ OTLP_TOKEN_FILE: "/t" })).toThrow("OTLP_ENDPOINT: has to be https://");
    expect(wrong({ OTLP_USER: "u" })).toThrow("OTLP_USER, OTLP_PASSWORD_FILE: set both or none");
    expect(wrong({ OTLP_USER: "u:secret" })).toThrow(/^(?!.*secret).*OTLP_USER: must be a name without a colon/);
    expect(wrong({ OTLP_ENDPOINT: "https://u:secret@c" })).toThrow(/^(?!.*secret).*OTLP_ENDPOINT: must be a URL/);
  });

  it("does not repeat a URL that may hold a password", () => {
    expect(() => parseConfig({ ...least, NATS_URL: "http://user:secret@nats" })).toThrow(
      /^(?!.*secret).*NATS_URL: must be a URL such as tls/,
    );
  });
});
