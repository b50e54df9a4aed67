import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { parseConfig } from "../src/config.ts";
import { TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const least = { NODE_NAME: "node-1", NATS_URL: "nats://bus:4222" };

describe("the configuration", () => {
  it("needs the node's name and the bus, and has defaults for the rest", () => {
    expect(parseConfig(least)).toMatchObject({
      node: "node-1",
      cluster: "default",
      nats: { servers: ["nats://bus:4222"], auth: undefined },
      hostProc: "/proc",
      cgroupRoot: "/sys/fs/cgroup",
      pinDir: "/sys/fs/bpf/portcullis",
      http: { host: "0.0.0.0", port: 9464 },
    });
  });

  it.each([
    [{ NATS_URL: "nats://b" }, /^NODE_NAME is not set/],
    [{ ...least, NATS_URL: "http://b" }, /^NATS_URL is set: must be a URL such as/],
    [{ ...least, BPF_PIN_DIR: "pin" }, /^BPF_PIN_DIR is "pin": must be an absolute path/],
    [{ ...least, ALERT_COUNTS_SECONDS: "0" }, /^ALERT_COUNTS_SECONDS is "0"/],
    [{ ...least, SPOOL_MAX_BYTES: "12" }, /^SPOOL_MAX_BYTES is "12"/],
    [{ ...least, HTTP_ADDRESS: "9464" }, /^HTTP_ADDRESS is "9464": must be host:port/],
    [{ ...least, LOG_LEVEL: "loud" }, /^LOG_LEVEL is "loud"/],
    [{ NODE_NAME: "", NATS_URL: "x" }, /NODE_NAME is "".*; NATS_URL is set/],
  ])("%j is refused with the variable, its value and what it must be", (env, message) => {
    expect(() => parseConfig(env)).toThrow(
      expect.objectContaining({ code: "ENFORCER_CONFIG_INVALID", message: expect.stringMatching(message) }),
    );
  });

  it("repeats no secret", () => {
    const env = { ...least, NATS_NKEY_SEED: "", NATS_TOKEN: "", LOG_LEVEL: "x" };
    expect(() => parseConfig({ ...env, NATS_URL: "http://user:hunter2@bus" })).toThrow(/^(?!.*hunter2)/);
    expect(parseConfig({ ...least, NATS_TOKEN: "t" }).nats.auth).toEqual({ token: "t" });
  });

  it("takes the first of the usual runtimes' sockets that is there", () => {
    const root = directories.make();
    mkdirSync(join(root, "run/crio"), { recursive: true });
    writeFileSync(join(root, "run/crio/crio.sock"), "");
    expect(parseConfig({ ...least, HOST_ROOT: root }).criSocket).toBe(join(root, "run/crio/crio.sock"));
    expect(parseConfig({ ...least, HOST_ROOT: root, CRI_SOCKET: "/x.sock" }).criSocket).toBe("/x.sock");
  });
});
