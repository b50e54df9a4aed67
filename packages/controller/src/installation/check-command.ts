/**
 * The verb `check` of the controller's program: whether the installation works, for `helm test`. It tries for a while, because a release that was just installed is
 * not there at once, prints a line for each check, and ends with 1 when one does not hold.
 */
import { setTimeout as pause } from "node:timers/promises";
import { natsSettings, natsVariables } from "@portcullis/bus";
import { KubeClient, loadKubeConfig } from "@portcullis/kube";
import { z } from "zod";
import { checks, type Finding, type Installation, wordsOf } from "./installation-check.ts";

const environment = z.object({
  ...natsVariables,
  NATS_URL: natsVariables.NATS_URL.optional(),
  CONTROLLERS: z
    .string({ error: "set it to the controllers' host:port" })
    .regex(/^[^\s:]+:\d{1,5}$/, "is not host:port"),
  POD_NAMESPACE: z.string({ error: "set it to the release's namespace" }).min(1),
  ENFORCER_DAEMON_SET: z.string({ error: "set it to the name of the enforcers' DaemonSet" }).min(1),
  CHECK_SECONDS: z.coerce.number({ error: "is no number of seconds" }).min(0).max(3_600).default(60),
  KUBECONFIG: z.string().optional(),
});

const pauseMs = 2_000;

/** @returns the exit status */
export async function checkCommand(
  env: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Promise<number> {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues)
      print(`CONTROLLER_CONFIG_INVALID: ${String(path[0])}: ${message}`);
    return 2;
  }
  const values = parsed.data;
  const { CONTROLLERS: controllers, NATS_URL: url } = values;
  const separator = controllers.lastIndexOf(":");
  const kubeConfig = loadKubeConfig(values.KUBECONFIG === "" ? undefined : values.KUBECONFIG);
  const installation: Installation = {
    nats: url === undefined ? undefined : natsSettings({ ...values, NATS_URL: url }),
    controllers: { host: controllers.slice(0, separator), port: Number(controllers.slice(separator + 1)) },
    enforcers: { namespace: values.POD_NAMESPACE, daemonSet: values.ENFORCER_DAEMON_SET },
    client: new KubeClient(kubeConfig, "portcullis-check"),
  };
  try {
    const until = performance.now() + values.CHECK_SECONDS * 1_000;
    const found = await Promise.all(Object.keys(checks).map((name) => tried(name, installation, until)));
    for (const [name, { holds, says }] of found) print(`${holds ? "ok    " : "FAILED"} ${name}: ${says}`);
    return found.every(([, { holds }]) => holds) ? 0 : 1;
  } finally {
    await kubeConfig.close();
  }
}

/** The check's first finding that holds, or its last one. */
async function tried(name: string, installation: Installation, until: number): Promise<[string, Finding]> {
  for (;;) {
    const finding = await (checks[name]?.(installation) ?? Promise.reject(new Error(name))).catch(
      (error: unknown): Finding => ({ holds: false, says: wordsOf(error) }),
    );
    if (finding.holds || performance.now() > until) return [name, finding];
    await pause(pauseMs);
  }
}
