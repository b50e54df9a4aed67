/** The demo's scenes: what is done in the cluster, what has to be seen, each told in a line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AlertDocument, type AlertMatcher, type Cluster, DemoFailedError } from "../cluster/index.ts";

const namespace = "demo";
const manifest = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");

export interface Told {
  heading(text: string): void;
  line(text: string): void;
}

/** Plays every scene in order; rejects with DemoFailedError (or the cluster's own error) at the first that is not as promised. */
export async function play(cluster: Cluster, told: Told): Promise<void> {
  const alerts = cluster.alerts();
  await alerts.ready;
  const scene = { cluster, told, alerts };

  told.heading("Two workloads in the namespace demo");
  await cluster.apply(manifest("manifests.yaml"));
  const [web] = await cluster.podReady(namespace, { app: "web" });
  const [vault] = await cluster.podReady(namespace, { app: "vault" });
  if (!web || !vault) throw new DemoFailedError("the workloads have no pods");
  await allowed(scene, web, "sleep 0.1");

  told.heading("A policy: group-1 may not run /bin/sleep");
  await applied(scene, "policy-process.yaml", "ksp-group-1-proc-path-block");
  await denied(scene, web, "sleep 0.1", { PolicyName: "ksp-group-1-proc-path-block", PodName: web });
  await allowed(scene, web, "date");
  await allowed(scene, vault, "sleep 0.1");

  told.heading("A file policy with an allow-list, and the namespace's posture: block what nothing allows");
  await cluster.kubectl(["annotate", "--overwrite", "namespace", namespace, "kubearmor-file-posture=block"]);
  told.line("kubectl annotate namespace demo kubearmor-file-posture=block");
  await applied(scene, "policy-file.yaml", "vault-credentials");
  await allowed(scene, vault, "cat /credentials/password");
  await denied(scene, vault, "head /credentials/password", { PolicyName: "vault-credentials", PodName: vault });
  await denied(scene, vault, "cat /secret.txt", {
    PolicyName: "DefaultPosture",
    PodName: vault,
    Resource: "/secret.txt",
  });

  told.heading("The policy removed: sleep runs again");
  await cluster.delete(manifest("policy-process.yaml"));
  told.line("kubectl delete ksp ksp-group-1-proc-path-block");
  await cluster.until("sleep to run again", async () => (await run(cluster, web, "sleep 0.1")).exitCode === 0, 10_000);
  await allowed(scene, web, "sleep 0.1");
}

interface Scene {
  readonly cluster: Cluster;
  readonly told: Told;
  readonly alerts: ReturnType<Cluster["alerts"]>;
}

async function applied({ cluster, told }: Scene, file: string, policy: string): Promise<void> {
  await cluster.apply(manifest(file));
  told.line(`kubectl apply -f e2e/demo/${file}`);
  const read = async () =>
    JSON.parse(await cluster.kubectl(["-n", namespace, "get", "ksp", policy, "-o", "json"])) as Policy;
  const seen = await cluster.until(`status of ${policy} to say Enforced`, async () => {
    const now = await read();
    const enforced = now.status?.conditions?.find((c) => c.type === "Enforced");
    return enforced?.status === "True" && enforced.observedGeneration === now.metadata.generation && now;
  });
  for (const c of seen.status?.conditions ?? [])
    told.line(`  status: ${c.type}=${c.status} ${c.reason}: ${c.message ?? ""}`);
}

interface Policy {
  metadata: { generation: number };
  status?: {
    conditions?: { type: string; status: string; reason: string; message?: string; observedGeneration?: number }[];
  };
}

const run = (cluster: Cluster, pod: string, command: string) =>
  cluster.exec({ namespace, pod }, ["bash", "-c", command]);

async function allowed({ cluster, told }: Scene, pod: string, command: string): Promise<void> {
  const { exitCode, stdout, stderr } = await run(cluster, pod, command);
  told.line(
    `kubectl exec ${pod} -- ${command}\n    ${(stdout + stderr).trim() || "(no output)"}   [exit ${exitCode}, allowed]`,
  );
  if (exitCode !== 0) throw new DemoFailedError(`${command} in ${pod} should be allowed; exit ${exitCode}: ${stderr}`);
}

async function denied(
  { cluster, told, alerts }: Scene,
  pod: string,
  command: string,
  alert: AlertMatcher,
): Promise<void> {
  const mark = await alerts.mark();
  const { exitCode, stdout, stderr } = await run(cluster, pod, command);
  told.line(`kubectl exec ${pod} -- ${command}\n    ${(stdout + stderr).trim()}   [exit ${exitCode}]`);
  if (exitCode === 0 || !/Permission denied/.test(stderr + stdout))
    throw new DemoFailedError(`${command} in ${pod} should be denied; exit ${exitCode}: ${stdout}${stderr}`);
  told.line(`  alert: ${shown(await alerts.wait(alert, 10_000, mark))}`);
}

const fields = [
  "NamespaceName",
  "PodName",
  "PolicyName",
  "Severity",
  "Operation",
  "Source",
  "Resource",
  "Action",
  "Result",
];
const shown = (a: AlertDocument): string =>
  fields
    .filter((f) => a[f] !== undefined)
    .map((f) => `${f}=${a[f]}`)
    .join(" ");
