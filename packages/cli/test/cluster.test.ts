import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { until } from "@portcullis/daemon/testing";
import type { KubeClient } from "@portcullis/kube";
import { TestApiServer, testBinary } from "@portcullis/kube/testing";
import { parse, parseAllDocuments } from "yaml";
import { bundle } from "../scripts/bundle.ts";
import { lint } from "../src/lint/lint.ts";
import { readPolicyTexts } from "../src/policies/policy-text.ts";
import { packageFolder, portcullis } from "./command.ts";
import { policyFile } from "./policy-yaml.ts";

const crds = join(import.meta.dirname, "../../../crds");
const read = (file: string): string => readFileSync(join(crds, file), "utf8");
const group = "/apis/security.kubearmor.com/v1";
const admission = "/apis/admissionregistration.k8s.io/v1";

/** The definitions, and the admission policies that refuse unknown keys. */
async function install(client: KubeClient): Promise<void> {
  const create = (path: string, body: unknown) => client.request({ method: "POST", path, body });
  for (const file of readdirSync(crds).filter((name) => name.endsWith(".yaml")))
    await create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", parse(read(file)));
  for (const document of parseAllDocuments(read("admission/unknown-fields.yaml"))) {
    const object = document.toJS();
    const plural = object.kind.endsWith("Binding")
      ? "validatingadmissionpolicybindings"
      : "validatingadmissionpolicies";
    await create(`${admission}/${plural}`, object);
  }
}

describe("portcullis beside a real API server", () => {
  let server: TestApiServer;
  let client: KubeClient;
  let kubeconfig: string;

  /** What the API server says to the policy; empty: it would take it. */
  const refusal = (policy: unknown): Promise<string> =>
    client
      .request({
        method: "POST",
        path: `${group}/namespaces/default/kubearmorpolicies`,
        query: { dryRun: "All", fieldValidation: "Strict" },
        body: policy,
      })
      .then(
        () => "",
        (error: Error) => error.message,
      );

  beforeAll(async () => {
    server = await TestApiServer.start();
    client = server.client();
    kubeconfig = server.kubeconfigFile();
    await install(client);
    const unknown = parse(policyFile("proces: {}").text);
    await until("unknown keys are refused", async () => (await refusal(unknown)).includes("proces"));
    const create = (path: string, body: unknown) => client.request({ method: "POST", path, body });
    const annotations = { "kubearmor-file-posture": "block" };
    await create("/api/v1/namespaces", { metadata: { name: "shop", annotations } });
    const containers = ["main", "side"].map((name) => ({ name, image: "none" }));
    const metadata = { name: "till", labels: { app: "till" } };
    await create("/api/v1/namespaces/shop/pods", { metadata, spec: { containers } });
    for (const [namespace, leave] of Object.entries({ lenient: "allowed", strict: "yes" })) {
      const own = { name: namespace, annotations: { "portcullis.dev/pod-opt-out": leave } };
      await create("/api/v1/namespaces", { metadata: own });
      const wishing = { name: "wishing", annotations: { "kubearmor-policy": "audited" } };
      const spec = { containers: containers.slice(0, 1) };
      await create(`/api/v1/namespaces/${namespace}/pods`, { metadata: wishing, spec });
    }
    await create(
      `${group}/namespaces/shop/kubearmorpolicies`,
      parse(readFileSync(join(crds, "../packages/cli/examples/no-shell.yaml"), "utf8")),
    );
    const wide = policyFile("file: {matchPaths: [{path: /etc/shadow}]}", {
      name: "wide",
      kind: "KubeArmorClusterPolicy",
    });
    await create(`${group}/kubearmorclusterpolicies`, parse(wide.text));
  }, 120_000);
  afterAll(() => server?.stop());

  const asked = async (...args: string[]) => {
    const { stdout, stderr } = await portcullis(["explain", ...args, "--kubeconfig", kubeconfig, "--format", "json"]);
    return stderr === "" ? JSON.parse(stdout) : stderr;
  };

  it("explains an operation of a running pod by the policies and the posture of the cluster", async () => {
    const shell = await asked("--pod", "shop/till", "--container", "main", "--process", "/bin/sh");
    expect([shell.outcome, shell.decided.policy.name, shell.posture]).toEqual(["denied", "no-shell", "block"]);
    expect(shell.container).toEqual({ namespace: "shop", labels: { app: "till" }, container: "main" });
    const shadow = await asked("--pod", "till", "--namespace", "shop", "--container", "side", "--file", "/etc/shadow");
    expect([shadow.outcome, shadow.decided.policy]).toEqual([
      "denied",
      { kind: "KubeArmorClusterPolicy", namespace: "", name: "wide" },
    ]);
    const miss = await asked("--pod", "shop/till", "--container", "main", "--process", "/opt/x");
    expect([miss.outcome, miss.alerts]).toEqual(["denied", ["DefaultPosture"]]);
  });

  it("explains that a pod has opted out where its namespace allows that, and nowhere else", async () => {
    const shadow = ["--file", "/etc/shadow"];
    const lenient = await asked("--pod", "lenient/wishing", ...shadow);
    expect([lenient.outcome, lenient.optOut, lenient.alerts]).toEqual(["allowed", "audited", ["wide"]]);
    const strict = await asked("--pod", "strict/wishing", ...shadow);
    expect([strict.outcome, strict.optOut]).toEqual(["denied", undefined]);
  });

  it("puts a policy of a file in the place of the cluster's own of that name", async () => {
    const pod = ["--pod", "shop/till", "--container", "main", "--process", "/bin/sh"];
    const { outcome, policies } = await asked(...pod, "--policy", "examples/no-shell.yaml");
    expect([outcome, policies.length]).toEqual(["denied", 2]);
  });

  it("says which containers there are, and what the API server has not", async () => {
    expect(await asked("--pod", "shop/till", "--process", "/x")).toMatch(
      "the pod shop/till has several containers: --container main | side (CLI_USAGE)",
    );
    expect(await asked("--pod", "shop/none", "--container", "main", "--process", "/x")).toMatch(
      /^portcullis: the pod shop\/none cannot be read: the API server answered 404 .*\(CLI_CLUSTER_UNREADABLE\)/,
    );
  });

  it("is a plug-in of kubectl, as one file that needs nothing beside it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portcullis-plugin-"));
    try {
      await bundle(join(folder, "kubectl-portcullis"));
      const path = [folder, dirname(process.execPath), process.env.PATH].join(delimiter);
      const env = { ...process.env, PATH: path, KUBECONFIG: kubeconfig };
      const call = (args: string) =>
        spawnSync(testBinary("kubectl"), ["portcullis", ...args.split(" ")], {
          cwd: packageFolder,
          env,
          encoding: "utf8",
        });
      const explained = call("explain --pod shop/till --container main --process /bin/sh");
      expect([explained.status, explained.stderr]).toEqual([1, ""]);
      expect(explained.stdout).toMatch("exec /bin/sh by a program that is no source in shop, container main: denied\n");
      expect(call("lint examples/no-shell.yaml").stdout).toMatch(
        "0 errors, 0 warnings, 1 note in 1 document of 1 file\n",
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);

  const specs = [
    "process: {matchPaths: [{path: /bin/ls}]}",
    "severity:\nprocess: {matchPaths: [{path: /bin/ls, fromSource: }]}",
    "file: {matchPaths: [{path: '/home/*/x'}]}\nselector: {}",
    "severity: '5'\nprocess: {matchPaths: [{path: /bin/ls}]}",
    "severity: 11\nprocess: {matchPaths: [{path: /bin/ls}]}",
    "action: block\nprocess: {matchPaths: [{path: /bin/ls}]}",
    "process: {matchPath: [{path: /bin/ls}]}",
    "process: {matchPaths: [{path: bin/ls}]}",
    "process: {matchPaths: [{path: /bin/ls/}]}",
    "process: {matchPaths: [{path: /a/../b}]}",
    "process: {matchPaths: [{path: /a, execname: a}]}",
    "process: {matchPaths: [{severity: 1}]}",
    "process: {matchPaths: {path: /a}}",
    "file: {matchDirectories: [{recursive: true}]}",
    "file: {matchPatterns: [{pattern: a*}]}",
    "file: {matchPatterns: [{pattern: '{/a,/b}/*'}]}",
    "file: {matchPaths: [{path: /x, fromSource: [{path: /a, dir: /b/}]}]}",
    "file: {matchPaths: [{path: /x, fromSource: [{recursive: true}]}]}",
    "selector: {app: web}\nfile: {matchPaths: [{path: /x}]}",
    "selector: {matchExpressions: [{key: label, operator: Is, values: [a=b]}]}\nfile: {matchPaths: [{path: /x}]}",
    "network: {matchProtocols: [{protocol: tpc}]}",
    "capabilities: {matchCapabilities: [{capability: net_raw}]}",
    "presets: [{name: exec}]\nprocess: {matchPaths: [null]}",
  ];
  it.each(specs)("calls an error what the API server refuses, and nothing else: %s", async (spec) => {
    const file = policyFile(spec);
    const errors = lint([file]).findings.filter(({ severity }) => severity === "error");
    const said = await refusal(readPolicyTexts(file)[0]?.value);
    expect({ errors: errors.length > 0, said }).toEqual({ errors: said !== "", said });
  });
});
