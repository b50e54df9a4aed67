/** The names that the API contract fixes: group, kinds, annotations, labels, condition types and reasons. */

export const group = "security.kubearmor.com";
export const version = "v1";

/** The policy kinds: plural as in the API's paths, short name as for kubectl. */
export const kinds = {
  KubeArmorPolicy: { plural: "kubearmorpolicies", shortName: "ksp", namespaced: true },
  KubeArmorHostPolicy: { plural: "kubearmorhostpolicies", shortName: "hsp", namespaced: false },
  KubeArmorClusterPolicy: { plural: "kubearmorclusterpolicies", shortName: "csp", namespaced: false },
} as const;
export type PolicyKind = keyof typeof kinds;

/** Annotations on a namespace, `audit` or `block`: what happens to an operation that no rule of an allow-list names. */
export const postureAnnotations = {
  file: "kubearmor-file-posture",
  network: "kubearmor-network-posture",
  capabilities: "kubearmor-capabilities-posture",
} as const;

/** Keys of the global configuration. Postures: for namespaces without the annotation, and for the nodes' own processes. */
export const configKeys = {
  posture: {
    file: "defaultFilePosture",
    network: "defaultNetworkPosture",
    capabilities: "defaultCapabilitiesPosture",
  },
  hostPosture: {
    file: "hostDefaultFilePosture",
    network: "hostDefaultNetworkPosture",
    capabilities: "hostDefaultCapabilitiesPosture",
  },
  /** Categories joined by commas, or `none`, as in the annotation. */
  visibility: "visibility",
  hostVisibility: "hostVisibility",
  /** `true`: logs of executions are without their Resource. */
  dropsProcessResources: "dropResourceFromProcessLogs",
  /** A cap on alerts, `true` or `false`; how many a second of one rule in one container; for how many seconds the others are then counted. */
  throttling: { on: "alertThrottling", alertsPerSecond: "maxAlertPerSec", seconds: "throttleSec" },
} as const;

/** An annotation on a namespace, or on a node for its own processes: the categories in which what passes is told, joined by commas, or `none`. */
export const visibilityAnnotation = "kubearmor-visibility";

/** An annotation on a pod: `disabled` or `audited` asks that no policy is enforced in it. It counts where its namespace allows it. */
export const podPolicyAnnotation = "kubearmor-policy";

/** An annotation on a namespace: `allowed` lets the authors of its pods switch enforcement off in them. */
export const podOptOutAnnotation = "portcullis.dev/pod-opt-out";

/** An annotation on a host policy: `"true"` says that its author takes the risk that an allow-list in block posture locks the node. */
export const acceptLockoutAnnotation = "portcullis.dev/accept-lockout";

/** A key in matchLabels that is no label: `"[a, b]"` limits a policy to these containers. */
export const containerNameKey = "kubearmor.io/container.name";

/** Keys of a host policy's nodeSelector whose value may be a comma list, with `*` for any host. */
export const hostNameKeys = ["kubernetes.io/hostname", "kubearmor.io/hostname"] as const;

export const conditionTypes = {
  /** The policy is understood. False: nothing of it can be bound, or not all; `problems` says what. */
  accepted: "Accepted",
  /** Every node concerned has a bundle that carries it. */
  distributed: "Distributed",
  /** Every node concerned reports it bound in the kernel. */
  enforced: "Enforced",
  /** Accepted, and enforced wherever something is selected. */
  ready: "Ready",
  /** On the way; there only while True. */
  reconciling: "Reconciling",
  /** Rejected, or failing; there only while True. */
  stalled: "Stalled",
} as const;

/** Reasons of conditions (first group), of problems (all but the first and the last group) and of warnings (last group). */
export const reasons = {
  accepted: "Accepted",
  partlyAccepted: "PartlyAccepted",
  noWorkload: "NoWorkload",
  nodesSilent: "NodesSilent",
  untracked: "Untracked",
  progressing: "Progressing",
  complete: "Complete",
  nodeFailed: "NodeFailed",

  unknownField: "UnknownField",
  unsupportedFeature: "UnsupportedFeature",
  invalidPath: "InvalidPath",
  invalidSource: "InvalidSource",
  invalidSelector: "InvalidSelector",
  invalidValue: "InvalidValue",
  overBudget: "OverBudget",
  lockoutAvoided: "LockoutAvoided",

  literalGlob: "LiteralGlob",
  neverDecides: "NeverDecides",
  allowList: "AllowList",
  optedOut: "OptedOut",
  namesNothing: "NamesNothing",
  unprotectedSource: "UnprotectedSource",
} as const;
export type Reason = (typeof reasons)[keyof typeof reasons];
