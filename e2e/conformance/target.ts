/** What the runner needs of a cluster with Portcullis in it; cluster-target.ts makes one of a cluster. */
import type { ObservedAlert, Outcome } from "./match.ts";

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** An alert with the pod it came from. */
export type ArrivedAlert = ObservedAlert & { PodName?: string };

export interface Target {
  apply(objects: readonly KubeObject[]): Promise<void>;
  /** Asks for the deletion and does not wait for it. An object that is not there is no error. */
  remove(objects: readonly KubeObject[]): Promise<void>;
  read(object: KubeObject): Promise<KubeObject | undefined>;
  exec(
    where: { namespace: string; pod: string; container: string },
    argv: readonly string[],
    options: { tty: boolean; timeoutMs: number },
  ): Promise<Outcome>;
  /** Everything that arrived so far, oldest first; grows. */
  readonly alerts: readonly ArrivedAlert[];
  /** Resolves when another alert has arrived or the time is over. */
  nextAlert(timeoutMs: number): Promise<void>;
}
