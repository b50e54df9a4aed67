/** What the runner needs of whatever runs Portcullis; cluster-target.ts makes it of a cluster, node/node-target.ts of one guest. */
import type { ObservedAlert, Outcome } from "./match.ts";

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
}

/** An alert with the pod it came from. */
export type ArrivedAlert = ObservedAlert & { PodName?: string };

export interface HostExec {
  readonly tty: boolean;
  readonly timeoutMs: number;
  readonly cwd: string | undefined;
}

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
  /** Runs a command as one of the node's own processes. */
  execOnHost(argv: readonly string[], options: HostExec): Promise<Outcome>;
  /** Gives the node these labels beside its own, in place of those that it was given before; absent where that cannot be. */
  labelNode?(labels: Readonly<Record<string, string>>): Promise<void>;
  /** Gives the controller this global configuration, whole, in place of the one that it was given before. */
  configure(config: Readonly<Record<string, string>>): Promise<void>;
  /** Ends a container and resolves when it runs again. */
  restart(where: { namespace: string; pod: string; container: string }): Promise<void>;
  /** Gives a ConfigMap or a Secret new contents and resolves when the volumes of this pod show them. */
  update(data: KubeObject, pod: KubeObject): Promise<void>;
  /** The address of what stands for the internet; it is started when it is first asked for. */
  internet(): Promise<string>;
  /** Everything that arrived so far, oldest first; grows. */
  readonly alerts: readonly ArrivedAlert[];
  /** The same of logs. */
  readonly logs: readonly ArrivedAlert[];
  /** Resolves when another alert or log has arrived or the time is over. */
  nextAlert(timeoutMs: number): Promise<void>;
  /** A policy that is not in force for so long is not going to be: how fast it should be is the bench's to say. */
  readonly enforcedWithinMs: number;
  /** Resolves when every alert and every log of what has happened so far has arrived; absent where only a silence can tell. */
  settled?(): Promise<void>;
}

/** A target, and what has to be done when no case needs it any more. */
export interface RunningTarget {
  readonly target: Target;
  /** Keeps its logs and returns their folder. */
  logs(): Promise<string>;
  end(): Promise<void>;
}
