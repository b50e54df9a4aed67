import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { called } from "./command.ts";

const explain = (...args: string[]) => called(["explain", ...args]);
const shell = ["--policy", "examples/no-shell.yaml"];
const asked = async (...args: string[]) => JSON.parse((await explain(...args, "--format", "json")).stdout);

describe("portcullis explain", () => {
  it("ends with 1 where the operation is denied and with 0 where it is allowed", async () => {
    expect((await explain("--process", "/bin/sh", ...shell)).status).toBe(1);
    expect((await explain("--process", "/bin/ls", ...shell)).status).toBe(0);
  });

  it("names the deciding rule with its place, and each other rule with why it did not decide", async () => {
    const { outcome, alerts, decided, candidates } = await asked("--process", "/bin/sh", ...shell);
    expect({ outcome, alerts }).toEqual({ outcome: "denied", alerts: ["no-shell"] });
    expect([decided.origin, decided.place]).toEqual(["spec.process.matchPaths[0]", "examples/no-shell.yaml:11"]);
    const others = candidates.slice(1).map(({ origin, standing }: Record<string, string>) => [origin, standing]);
    expect(others).toEqual([["spec.process.matchDirectories[0]", "lessSpecific"]]);
  });

  it("knows the acting program", async () => {
    const by = async (program: string) =>
      (await asked("--process", "/bin/cat", "--source", program, ...shell)).decided.origin;
    expect(await by("/bin/bash")).toBe("spec.process.matchPaths[1]");
    expect(await by("/bin/dash")).toBe("spec.process.matchDirectories[0]");
  });

  it("leaves the rest of an allow-list to the posture", async () => {
    const { outcome, alerts, decided } = await asked("--process", "/opt/x", "--posture", "block", ...shell);
    expect({ outcome, alerts, decided }).toEqual({ outcome: "denied", alerts: ["DefaultPosture"], decided: undefined });
    expect((await asked("--process", "/opt/x", ...shell)).outcome).toBe("allowed");
  });

  it("leaves out policies that do not select the container, and untracked namespaces", async () => {
    const selected = async (...args: string[]) => (await asked("--process", "/bin/sh", ...args, ...shell)).outcome;
    expect(await selected("--namespace", "shop", "--labels", "app=till,tier=x")).toBe("denied");
    expect(await selected("--namespace", "shop", "--labels", "app=other")).toBe("allowed");
    expect(await selected("--namespace", "other", "--labels", "app=till")).toBe("allowed");
    const till = ["--namespace", "shop", "--labels", "app=till"];
    const { stdout, status } = await explain("--process", "/bin/sh", ...till, "--untracked", "a, shop", ...shell);
    expect(status).toBe(0);
    expect(stdout).toMatch("decided by: nothing: no policy concerns the namespace shop");
  });

  it("explains what a pod gets that has opted out by its namespace's leave", async () => {
    const till = ["--process", "/opt/x", "--namespace", "shop", "--labels", "app=till", "--posture", "block", ...shell];
    const audited = await explain(...till, "--opt-out", "audited");
    expect([audited.status, audited.stdout]).toEqual([0, expect.stringContaining("the posture (audit)")]);
    expect(audited.stdout).toMatch("alerts: DefaultPosture");
    const disabled = await explain(...till, "--opt-out", "disabled");
    expect([disabled.status, disabled.stdout]).toEqual([0, expect.stringContaining("its pod has opted out")]);
    const { status, stderr } = await explain(...till, "--opt-out", "allowed");
    expect([status, stderr]).toEqual([2, expect.stringContaining("--opt-out allowed: use disabled, audited")]);
    expect((await explain(...till, "--host", "--opt-out", "audited")).status).toBe(2);
  });

  it("explains what is without the base allowance", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-explain-"));
    try {
      const spec = "{action: Allow, file: {matchPaths: [{path: /etc/hosts}]}}";
      const text = `apiVersion: security.kubearmor.com/v1\nkind: KubeArmorPolicy\nmetadata: {name: hosts}\nspec: ${spec}\n`;
      writeFileSync(join(folder, "hosts.yaml"), text);
      const cache = ["--file", "/etc/ld.so.cache", "--posture", "block", "--policy", folder];
      expect((await explain(...cache)).status).toBe(0);
      expect((await explain(...cache, "--no-base-allowance")).status).toBe(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("says what the same file under its other usual name would come to", async () => {
    const { stdout } = await explain("--process", "/usr/bin/sh", ...shell);
    expect(stdout).toMatch("  where /bin/sh is the same file, and in rules its name is resolved to that: denied");
  });

  it("asks whom a socket speaks with by --address", async () => {
    const policies = ["--policy", "../../e2e/conformance/policies/network-addresses.yaml"];
    const to = (...args: string[]) => explain("--network", "tcp", ...args, ...policies);
    const denied = await to("--address", "127.0.0.2:8005");
    expect(denied.status).toBe(1);
    expect(denied.stdout).toMatch("that speaks with 127.0.0.2, port 8005 by a program that is no source: denied");
    expect(denied.stdout).toMatch("Block 127.0.0.2/32 tcp 8000-8010");
    expect((await to("--address", "[::ffff:127.0.0.2]:80")).status).toBe(1);
    expect((await to("--address", "127.0.0.2:8011")).status).toBe(0);
    expect((await to("--address", "127.0.0.1:2222", "--ingress")).status).toBe(1);
  });

  it("asks about a node's own process by --host, of host policies alone", async () => {
    const policies = ["block", "one-name", "allow-list"].map(
      (name) => `../../e2e/conformance/policies/host-${name}.yaml`,
    );
    const files = policies.flatMap((file) => ["--policy", file]);
    expect(await asked("--file", "/etc/shells", "--host", ...files)).toMatchObject({ outcome: "denied" });
    expect(await asked("--file", "/etc/shells", ...files)).toMatchObject({ outcome: "allowed", alerts: [] });
    const labels = ["--labels", "pool=edge,kubernetes.io/hostname=edge-2"];
    const selected = await asked("--file", "/etc/shells", "--host", ...labels, "--policy", policies[1]!);
    expect(selected).toMatchObject({ outcome: "denied", alerts: ["host-one-name"] });
    // An allow-list of a host is audited whatever the posture is.
    const listed = await asked("--network", "tcp", "--host", "--posture", "block", ...files);
    expect(listed).toMatchObject({ outcome: "allowed", alerts: ["DefaultPosture"] });
    expect((await explain("--file", "/a", "--host", "--namespace", "shop", ...files)).status).toBe(2);
  });

  it("explains what base-allowance.yaml of the conformance cases says of a library", async () => {
    const policy = ["--policy", "../../e2e/conformance/policies/base-allowance.yaml", "--posture", "block"];
    const { stdout } = await explain("--file", "/usr/lib/libx.so", ...policy);
    expect(stdout).toMatch("decided by: the base allowance, /usr/lib/**\n");
    expect((await explain("--file", "/usr/lib/libx.so", "--write", ...policy)).status).toBe(1);
  });

  it("explains sockets and capabilities", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-explain-"));
    const file = join(folder, "network.yaml");
    const spec =
      "network: {matchProtocols: [{protocol: 'udp,icmp'}]}\n  capabilities: {matchCapabilities: [{capability: net_raw}]}";
    writeFileSync(
      file,
      `apiVersion: security.kubearmor.com/v1\nkind: KubeArmorPolicy\nmetadata: {name: net, namespace: default}\nspec:\n  ${spec}\n  action: Block\n`,
    );
    const udp = await explain("--network", "udp", "--policy", file);
    expect([udp.status, udp.stdout]).toEqual([
      1,
      expect.stringContaining("use a socket of domain=AF_INET type=SOCK_DGRAM protocol=0 by a program"),
    ]);
    expect(udp.stdout).toContain(`decided by: Block udp (KubeArmorPolicy default/net, spec.network.matchProtocols[0]`);
    expect((await explain("--network", "tcp", "--policy", file)).status).toBe(0);
    const raw = await explain("--capability", "CAP_NET_RAW", "--policy", file);
    expect([raw.status, raw.stdout]).toEqual([1, expect.stringContaining("decided by: Block CAP_NET_RAW")]);
    expect((await explain("--network", "tcp,udp", "--policy", file)).status).toBe(2);
    rmSync(folder, { recursive: true });
  });

  it("explains system calls, with a path and without", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-explain-"));
    const file = join(folder, "syscalls.yaml");
    const spec =
      "syscalls: {matchSyscalls: [{syscall: [rmdir]}], matchPaths: [{path: /home/, recursive: true, syscall: [unlink]}]}";
    writeFileSync(
      file,
      `apiVersion: security.kubearmor.com/v1\nkind: KubeArmorPolicy\nmetadata: {name: calls, namespace: default}\nspec:\n  ${spec}\n`,
    );
    const inside = await explain("--syscall", "unlink", "--file", "/home/a/b", "--policy", file);
    expect([inside.status, inside.stdout]).toEqual([
      0,
      expect.stringContaining("use the system call unlink of /home/a/b by a program that is no source: allowed"),
    ]);
    expect(inside.stdout).toContain("alerts: calls");
    expect(inside.stdout).toContain("Audit unlink of /home/** (KubeArmorPolicy default/calls");
    expect((await explain("--syscall", "unlink", "--policy", file)).stdout).toContain("alerts: none");
    expect((await explain("--syscall", "rmdir", "--policy", file)).stdout).toContain("alerts: calls");
    const unknown = await explain("--syscall", "unlnik", "--policy", file);
    expect([unknown.status, unknown.stderr]).toEqual([2, expect.stringContaining("did you mean unlink?")]);
    rmSync(folder, { recursive: true });
  });

  it("ends with 2 for a question that cannot be answered", async () => {
    const cases: [RegExp, string[]][] = [
      [/one of --process, --file, --network, --dns, --capability and --syscall/, [...shell]],
      [
        /one of --process, --file, --network, --dns, --capability and --syscall/,
        ["--process", "/a", "--file", "/a", ...shell],
      ],
      [/--address "x": write it as/, ["--network", "tcp", "--address", "x", ...shell]],
      [/--address belongs to --network/, ["--process", "/a", "--address", "10.0.0.1", ...shell]],
      [/--write to --file/, ["--process", "/a", "--write", ...shell]],
      [/--process "a" is not absolute/, ["--process", "a", ...shell]],
      [/--labels app: write each as key=value/, ["--process", "/a", "--labels", "app", ...shell]],
      [/--posture deny: use audit, block/, ["--process", "/a", "--posture", "deny", ...shell]],
      [/name policies by --policy, or --pod/, ["--process", "/a"]],
      [/examples\/refused.yaml:7: the key "matchPath"/, ["--process", "/a", "--policy", "examples/refused.yaml"]],
      [/no policy in package.json/, ["--process", "/a", "--policy", "package.json"]],
    ];
    for (const [says, args] of cases) {
      const { status, stdout, stderr } = await explain(...args);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(says);
    }
  });
});
