/** kubectl and helm, run natively on the host with a cluster's kubeconfig. */
import { join } from "node:path";
import { run } from "../host-command.ts";

export type ClusterCommand = (
  args: readonly string[],
  options?: { stdin?: string; timeoutMs?: number },
) => Promise<string>;

/** A kubectl of one cluster. Its cache of the API's kinds lies beside the kubeconfig. */
export function kubectl(program: string, kubeconfig: string): ClusterCommand {
  const cache = join(kubeconfig, "..", "kubectl-cache");
  return (args, options = {}) =>
    run(program, ["--kubeconfig", kubeconfig, "--cache-dir", cache, ...args], {
      stdin: options.stdin,
      timeoutMs: options.timeoutMs ?? 60_000,
    });
}

/** A helm of one cluster. Nothing of the user's own helm set-up is read or written. */
export function helm(program: string, kubeconfig: string): ClusterCommand {
  const home = (name: string) => join(kubeconfig, "..", "helm", name);
  const environment = {
    HELM_CACHE_HOME: home("cache"),
    HELM_CONFIG_HOME: home("config"),
    HELM_DATA_HOME: home("data"),
  };
  return (args, options = {}) =>
    run(program, ["--kubeconfig", kubeconfig, ...args], {
      stdin: options.stdin,
      timeoutMs: options.timeoutMs ?? 180_000,
      environment,
    });
}
