import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import { admissionFile } from "../scripts/generate.ts";
import { group, kinds, version } from "../src/names.ts";
import { type ApiServer, noServer, startApiServer } from "./api-server.ts";
import { type Data, definitionFiles, sampleFiles } from "./definitions.ts";

if (noServer !== undefined) process.stderr.write(`the definitions on a real API server: ${noServer}\n`);

const policy = (spec: Data, name = "p", kind = "KubeArmorPolicy") =>
  stringify({
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name, ...(kind === "KubeArmorPolicy" && { namespace: "default" }) },
    spec,
  });
const filePath = (path: string) => ({ file: { matchPaths: [{ path }] } });

(noServer === undefined ? describe : describe.skip)("the definitions on a real API server", () => {
  let server: ApiServer;
  const dryRun = (text: string) => server.kubectl(["create", "--dry-run=server", "-o", "json", "-f", "-"], text);

  beforeAll(async () => {
    server = await startApiServer();
    for (const file of definitionFiles) {
      const applied = await server.kubectl(["apply", "--server-side", "-f", file]);
      expect([applied.stderr, applied.code]).toEqual(["", 0]);
    }
    const names = Object.values(kinds).map(({ plural }) => `crd/${plural}.security.kubearmor.com`);
    const ready = await server.kubectl(["wait", "--for=condition=Established", "--timeout=30s", ...names]);
    expect(ready.code).toBe(0);
    expect((await server.kubectl(["get", ...names, "-o", "json"])).stdout).not.toContain("NonStructuralSchema");
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
  }, 30_000);

  it("accept every sample", async () => {
    await server.kubectl(["create", "namespace", "vault"]);
    const applied = await server.kubectl(["apply", "--dry-run=server", ...sampleFiles.flatMap((file) => ["-f", file])]);
    expect([applied.stderr.replace(/^Warning: .*\n/gm, ""), applied.code]).toEqual(["", 0]);
  }, 30_000);

  it.each([
    ["a relative path", filePath("etc/passwd"), 'path "etc/passwd" is not absolute: begin it with /'],
    ["a path that ends in /", filePath("/etc/"), 'path "/etc/" ends in /: drop the slash'],
    ["an empty component", filePath("/a//b"), 'spec.file.matchPaths[0].path: Invalid value: "/a//b"'],
    ["a .. component", filePath("/a/../b"), 'spec.file.matchPaths[0].path: Invalid value: "/a/../b"'],
    ["a . component at the end", { file: { matchDirectories: [{ dir: "/a/./" }] } }, 'dir: Invalid value: "/a/./"'],
    ["a relative directory", { process: { matchDirectories: [{ dir: "a/" }] } }, 'dir "a/" is not absolute'],
    ["path and execname", { process: { matchPaths: [{ path: "/a", execname: "a" }] } }, "give either path"],
    ["neither path nor execname", { process: { matchPaths: [{ ownerOnly: true }] } }, "give either path"],
    ["a source of nothing", { file: { matchPaths: [{ path: "/a", fromSource: [{}] }] } }, "fromSource[0]"],
    ["an unknown capability", { capabilities: { matchCapabilities: [{ capability: "net_rwa" }] } }, '"net_rwa"'],
    ["an unknown protocol", { network: { matchProtocols: [{ protocol: "tpc" }] } }, '"tpc"'],
    ["a lower-case action", { action: "block" }, 'Unsupported value: "block"'],
    ["a severity of 11", { severity: 11 }, "less than or equal to 10"],
    ["an unknown preset", { presets: [{ name: "protectAll" }] }, 'Unsupported value: "protectAll"'],
  ])("refuse %s and name the field and the value", async (_what, spec, message) => {
    const created = await dryRun(policy(spec));
    expect(created.code).not.toBe(0);
    expect(created.stderr).toContain(message);
  });

  it.each([
    ["a path of 4095 bytes", filePath(`/${"abcdefghijklmno/".repeat(255)}abcdefghijklmn`)],
    ["names with dots", filePath("/..a/.b/c../...")],
    ["the root directory", { file: { matchDirectories: [{ dir: "/", recursive: true }] } }],
    ["a directory without its last slash", { file: { matchDirectories: [{ dir: "/usr/bin" }] } }],
    ["an empty fromSource", { file: { matchPaths: [{ path: "/a", fromSource: null }] } }],
    ["every severity", { severity: 10, file: { severity: 1 } }],
    [
      "capabilities with and without cap_",
      { capabilities: { matchCapabilities: [{ capability: "cap_bpf,perfmon" }] } },
    ],
  ])("accept %s", async (_what, spec) => {
    const created = await dryRun(policy(spec));
    expect([created.stderr, created.code]).toEqual(["", 0]);
  });

  it("hold ten thousand rules in a policy", async () => {
    const matchPaths = Array.from({ length: 10_000 }, (_, i) => ({ path: `/srv/application/file${i}` }));
    const created = await dryRun(
      JSON.stringify({
        apiVersion: `${group}/${version}`,
        kind: "KubeArmorPolicy",
        metadata: { name: "many" },
        spec: { file: { matchPaths } },
      }),
    );
    expect([created.stderr, created.code]).toEqual(["", 0]);
    expect(JSON.parse(created.stdout).spec.file.matchPaths).toHaveLength(10_000);
  }, 30_000);

  it("keep a key nobody knows, so that the controller can name it", async () => {
    const spec = { proces: {}, process: { matchPaths: [{ path: "/a", fromSorce: [{ path: "/b" }] }] } };
    const created = await dryRun(policy(spec));
    expect(JSON.parse(created.stdout).spec).toEqual(spec);
  });

  it("refuse a key nobody knows where the admission policies are applied, and name it", async () => {
    expect((await server.kubectl(["apply", "-f", admissionFile])).code).toBe(0);
    const source = { path: "/b", recursiv: true };
    const typo = policy({ process: { matchPaths: [{ path: "/a", fromSource: [source] }] } });
    const message =
      "spec.process.matchPaths[].fromSource[] has a key that is not known: recursiv; remove or correct it";
    let refused = await dryRun(typo);
    for (let tries = 0; refused.code === 0 && tries < 60; tries += 1) {
      await new Promise((done) => setTimeout(done, 250));
      refused = await dryRun(typo);
    }
    expect(refused.stderr).toContain(message);
    expect((await dryRun(policy({ proces: {} }))).stderr).toContain("spec has a key that is not known: proces");
    const host = policy({ nodeSelector: {}, presets: [] }, "h", "KubeArmorHostPolicy");
    expect((await dryRun(host)).stderr).toContain("spec has a key that is not known: presets");
    expect((await dryRun(policy({ file: { matchPaths: [{ path: "/a", fromSource: null }] } }))).code).toBe(0);
    const applied = await server.kubectl(["apply", "--dry-run=server", ...sampleFiles.flatMap((file) => ["-f", file])]);
    expect(applied.code).toBe(0);
  }, 60_000);

  it("show the status in kubectl get and keep it apart from the spec", async () => {
    await server.kubectl(
      ["create", "-f", "-"],
      policy({ action: "Audit", selector: { matchLabels: { app: "x" } } }, "shown"),
    );
    const time = "2024-01-01T00:00:00Z";
    const accepted = { type: "Accepted", status: "True", reason: "Accepted", message: "", lastTransitionTime: time };
    const ready = { type: "Ready", status: "False", reason: "NodeFailed", message: "", lastTransitionTime: time };
    const status = {
      observedGeneration: 1,
      conditions: [accepted, ready],
      nodes: { desired: 3, distributed: 3, enforced: 2, summary: "2/3", failures: [{ node: "n", reason: "x" }] },
      problems: [{ origin: "spec.file", reason: "UnsupportedFeature", message: "m" }],
    };
    const patch = JSON.stringify({ status, spec: { action: "Block" } });
    await server.kubectl(["patch", "ksp", "shown", "--subresource=status", "--type=merge", "-p", patch]);
    const stored = JSON.parse((await server.kubectl(["get", "ksp", "shown", "-o", "json"])).stdout);
    expect([stored.status, stored.spec.action, stored.metadata.generation]).toEqual([status, "Audit", 1]);
    const shown = (await server.kubectl(["get", "ksp", "shown", "-o", "wide"])).stdout.split("\n");
    expect(shown[0]).toMatch(/^NAME +ACCEPTED +ENFORCED +READY +REASON +AGE +ACTION +SELECTOR *$/);
    expect(shown[1]).toMatch(/^shown +True +2\/3 +False +NodeFailed +\S+ +Audit +\{"app":"x"\} *$/);
  });
});
