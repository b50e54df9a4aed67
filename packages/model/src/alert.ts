/** What a node tells the world: an operation that was denied or audited, or how often its like was repeated. */

import type { Throttling } from "./bundle.ts";
import type { PolicyRef } from "./rule-set.ts";

/** The names here are ours. In the JSON document that the bus makes of an alert they are KubeArmor's. */
export interface Alert {
  /** Unique, made of node, boot and sequence. It is also the JetStream message id, so that an alert that is sent twice is stored once. */
  readonly id: string;
  /** Nanoseconds since the epoch, UTC. */
  readonly timestampNs: bigint;
  /**
   * Set when it stands for repetitions, for how many: `timestampNs` is the last one's, and all else is that of the first operation of the kind,
   * which had an alert of its own. Absent: one operation. The sum over all alerts is the number of operations denied or audited.
   */
  readonly count?: number | undefined;
  /** Set with `count`: when the first of the repetitions was. */
  readonly firstTimestampNs?: bigint | undefined;
  /** Set on a SystemEvent, which says that from now on alerts of its rule are counted and not told: what allows no more, and for how long. */
  readonly threshold?: Throttling | undefined;
  readonly clusterName: string;
  readonly hostName: string;
  readonly namespaceName: string;
  readonly podName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly owner?: { readonly ref: string; readonly name: string; readonly namespace: string } | undefined;
  readonly containerId: string;
  readonly containerName: string;
  readonly containerImage: string;
  readonly hostPpid: number;
  readonly hostPid: number;
  readonly ppid: number;
  readonly pid: number;
  readonly uid: number;
  readonly parentProcessName: string;
  readonly processName: string;
  readonly policyName: string;
  /** The rule that decided, by its policy and its place there. Absent where the posture decided, where it is not known any more, and from earlier releases. */
  readonly rule?: { readonly policy: PolicyRef; readonly origin: string } | undefined;
  /** Absent on DefaultPosture. */
  readonly severity?: string | undefined;
  readonly tags: readonly string[];
  readonly message: string;
  readonly type: "MatchedPolicy" | "MatchedHostPolicy" | "ContainerLog" | "HostLog" | "SystemEvent";
  readonly source: string;
  readonly operation: "Process" | "File" | "Network" | "Capabilities" | "Syscall" | "AlertThreshold";
  readonly resource: string;
  readonly data: string;
  readonly eventData: Readonly<Record<string, string>>;
  readonly enforcer: "BPFLSM";
  readonly action: "Block" | "Audit" | "Allow";
  /** Of a system call `Passed`, or the error in the words of strerror(3). */
  readonly result: string;
  readonly cwd: string;
  readonly tty: string;
  readonly nodeId: string;
  /** Set when the process entered the container from outside (kubectl exec): an id for the entry, and the task's comm. */
  readonly execEvent?: { readonly execId: string; readonly executableName: string } | undefined;
}
