/**
 * The messages between controller and enforcers, as strict TypeScript. `proto/*.proto` gives them their wire form; the
 * codecs in this package turn one into the other and refuse what is incomplete. Everything else in the project speaks
 * these types and never sees the generated classes.
 */

/** What a rule does when it decides: semantics of the three policy actions. */
export type Action = "allow" | "audit" | "block";
/** What holds for an operation no rule of an allow-list matched. */
export type PostureMode = "audit" | "block";
/** The categories the engine knows; each is an allow-list of its own. Room for network, dns, capabilities, syscalls. */
export type Category = "process" | "file";

/** What the object (or source) of a rule is. `execname` and `pattern` are not built yet. */
export type Match =
  /** Exactly this absolute name. */
  | { kind: "path"; path: string }
  /** A directory, ends in "/": itself and its direct children, or everything below it when recursive. */
  | { kind: "directory"; dir: string; recursive: boolean };

/** Policy metadata that alerts carry; rules point to it by index, so that it travels once a rule set. */
export interface PolicyRef {
  readonly kind: "KubeArmorPolicy" | "KubeArmorHostPolicy" | "KubeArmorClusterPolicy";
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

/** One lowered permission: one object, at most one source. */
export interface Rule {
  /** Unique in the rule set, 1…; 0 is "no rule" (posture). The kernel reports it back. */
  readonly id: number;
  readonly category: Category;
  readonly match: Match;
  /** Only operations of this executable; absent: of any. */
  readonly source?: Match | undefined;
  readonly action: Action;
  readonly readOnly: boolean;
  readonly ownerOnly: boolean;
  /** `pts: false` in the policy: not with a controlling terminal. */
  readonly noTerminal: boolean;
  /** Index into RuleSet.policies; -1 for the base allowance. */
  readonly policy: number;
  /** Resolved severity ("1"…"10"), tags and message of the alert. */
  readonly severity: string;
  readonly tags: readonly string[];
  readonly message: string;
  /** The place in the policy this rule came from, e.g. `spec.process.matchPaths[0]`; empty for the base allowance. */
  readonly origin: string;
}

/** All rules of one workload. Content-addressed: equal content, equal bytes, equal digest. Rules are in canonical order. */
export interface RuleSet {
  readonly policies: readonly PolicyRef[];
  readonly rules: readonly Rule[];
  /** Posture of each category that is an allow-list (has at least one Allow rule from a policy). */
  readonly posture: Readonly<Partial<Record<Category, PostureMode>>>;
}

/** The pod facts an alert names, resolved by the controller because the enforcer has no Kubernetes client. */
export interface Workload {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  /** Container name; init, ephemeral and sidecar containers alike. */
  readonly container: string;
  readonly image: string;
  /** Pod labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Owner resolved to the top; absent for a bare pod. */
  readonly owner?: { readonly kind: string; readonly name: string; readonly namespace: string } | undefined;
  /** `sha256:<hex>` of the rule set's encoded bytes; empty: no policy selects it, nothing is bound. */
  readonly ruleSet: string;
}

/** What one node needs. Small: rule sets are fetched by digest. */
export interface Bundle {
  readonly cluster: string;
  readonly node: string;
  /** Strictly increasing for a node; the enforcer refuses a lower one than it has applied. */
  readonly revision: bigint;
  /** Every pod on the node that some policy selects, or may be asked about in an alert; sorted by pod uid, container. */
  readonly workloads: readonly Workload[];
  /** Digests this bundle refers to, sorted. */
  readonly ruleSets: readonly string[];
}

/** A policy's part that this node could not bind; the controller puts it into the policy's status. */
export interface Unenforced {
  readonly policy: PolicyRef;
  readonly origin: string;
  readonly reason: string;
}

/** What a node says of itself, in the node-status KV bucket, key = node. */
export interface NodeStatus {
  readonly node: string;
  /** RFC 3339, UTC. */
  readonly updatedAt: string;
  readonly enforcerVersion: string;
  readonly kernel: string;
  /** False: nothing can be enforced here; `problems` says why (BPF LSM absent, no BTF, …). */
  readonly enforcing: boolean;
  readonly problems: readonly string[];
  /** LSM hooks attached. */
  readonly hooks: readonly string[];
  /** Revision of the bundle in force; 0n: none yet. */
  readonly appliedRevision: bigint;
  /** Digests of rule sets bound to at least one running container. */
  readonly boundRuleSets: readonly string[];
  readonly unenforced: readonly Unenforced[];
  /** Counters: refused bundles, lost events, spool drops, kernel anomalies. Names as in the metrics. */
  readonly counters: Readonly<Record<string, number>>;
  readonly headroom: { readonly slotsUsed: number; readonly slots: number };
}

/** One alert. JSON field names are KubeArmor's (alert.ts writes them); these are ours. */
export interface Alert {
  /** Unique: node, boot, sequence. The JetStream message id, so that re-delivery is not duplication. */
  readonly id: string;
  /** Nanoseconds since the epoch, UTC. */
  readonly timestampNs: bigint;
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
  readonly result: "Passed" | "Permission denied" | "Operation not permitted";
  readonly cwd: string;
  readonly tty: string;
  readonly nodeId: string;
  /** Set when the process entered the container from outside (kubectl exec): an id for the entry, and the task's comm. */
  readonly execEvent?: { readonly execId: string; readonly executableName: string } | undefined;
}
