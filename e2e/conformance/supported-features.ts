/** What of the corpus this version can be held to; the rest is skipped, by feature, with its reason. */
import type { Case } from "./case.ts";

/** Features of the taxonomy that the product supports. */
const supportedFeatures: ReadonlySet<string> = new Set([
  "action.Allow",
  "action.Audit",
  "action.Block",
  "action.ruleOverride",
  "alerts.message",
  "alerts.none",
  "alerts.severity",
  "alerts.tags",
  "alerts.throttling",
  "capabilities.fromSource",
  "capabilities.matchCapabilities",
  "config.dropResourceFromProcessLogs",
  "config.runtimeChange",
  "file.fromSource",
  "file.matchDirectories",
  "file.matchDirectories.recursive",
  "file.matchPaths",
  "file.matchPatterns",
  "file.ownerOnly",
  "file.readOnly",
  "kind.KubeArmorClusterPolicy",
  "kind.KubeArmorHostPolicy",
  "kind.KubeArmorPolicy",
  "lifecycle.lateWorkload",
  "lifecycle.policyUpdateDelete",
  "multiPolicy",
  "network.fromSource",
  "network.matchAddresses",
  "network.matchDNSQueries",
  "network.matchProtocols",
  "posture.default",
  "posture.globalConfig",
  "posture.namespaceAnnotation",
  "presets.anonymousMapExec",
  "presets.exec",
  "presets.filelessExec",
  "presets.imageOnly",
  "presets.protectEnv",
  "presets.protectProc",
  "process.allowedArgs",
  "process.execname",
  "process.fromSource",
  "process.matchDirectories",
  "process.matchDirectories.recursive",
  "process.matchPaths",
  "process.matchPatterns",
  "process.ownerOnly",
  "rule.pts",
  "selector.containerName",
  "selector.matchExpressions",
  "selector.matchLabels",
  "selector.nodeSelector",
  "selector.none",
  "syscalls.fromSource",
  "syscalls.matchPaths",
  "syscalls.matchSyscalls",
  "syscalls.metadata",
  "telemetry.passedLog",
  "telemetry.visibility",
  "workload.privileged",
]);

/** Requirements of a case that the fixtures and the runner meet. */
const met = [
  /^layout:/,
  /^implicit-base-allow$/,
  /^runtime-entry:/,
  /^arch:x86_64$/,
  /^tty$/,
  /^user:/,
  /^bin:/,
  /^file:/,
  /^mount:serviceaccount$/,
  /^net:(http|dns)-fixture$/,
  /^sysctl:ping_group_range=1 0$/,
];

/** Why the case is skipped; undefined: it runs. `fixtures`: names of the images there are. */
export function skipReason(c: Case, fixtures: ReadonlySet<string>, target: "cluster" | "node"): string | undefined {
  const features = c.features.filter((f) => !supportedFeatures.has(f));
  if (features.length > 0) return `not yet supported: ${features.join(", ")}`;
  const requires = c.requires.filter((r) => !met.some((p) => p.test(r)));
  if (requires.length > 0) return `requires ${requires.join(", ")}, which the runner does not provide`;
  if (c.workloads.some((w) => w.unorchestrated)) return "not yet supported: containers outside a pod";
  const onHost = c.workloads.some((w) => w.host) ? hostReason(c, target) : undefined;
  if (onHost !== undefined) return onHost;
  const absent = c.workloads
    .filter((w) => !w.host)
    .map((w) => w.fixture ?? "")
    .find((f) => !fixtures.has(f));
  if (absent !== undefined) return `there is no image of the fixture ${JSON.stringify(absent)}`;
  const user = c.steps.find((s) => s.user !== "root");
  if (user) return `not yet supported: a step as user ${user.user}`;
  return undefined;
}

function hostReason(c: Case, target: "cluster" | "node"): string | undefined {
  const asked = Object.keys(c.config).filter((key) => key.startsWith("hostDefault"));
  if (target === "cluster" && (asked.length > 0 || c.config.hostVisibility !== undefined))
    return "what holds for hosts is global: cases that ask for something are tried on the node target";
  return undefined;
}
