/**
 * The features of the policy language, by the names the conformance cases use, and whether rules of them are bound. What is false
 * here is accepted by the API, and named in the status of every policy that uses it.
 */
export const features = {
  "action.Allow": true,
  "action.Audit": true,
  "action.Block": true,
  "action.ruleOverride": true,
  "capabilities.matchCapabilities": false,
  "device.matchDevice": false,
  "file.fromSource": true,
  "file.matchDirectories": true,
  "file.matchDirectories.recursive": true,
  "file.matchPaths": true,
  "file.matchPatterns": false,
  "file.ownerOnly": true,
  "file.readOnly": true,
  "kind.KubeArmorClusterPolicy": true,
  "kind.KubeArmorHostPolicy": false,
  "kind.KubeArmorPolicy": true,
  multiPolicy: true,
  "network.fromSource": false,
  "network.matchDNSQueries": false,
  "network.matchProtocols": false,
  "policy.apparmor": false,
  "posture.default": true,
  "posture.globalConfig": true,
  "posture.namespaceAnnotation": true,
  "presets.anonymousMapExec": false,
  "presets.exec": false,
  "presets.filelessExec": false,
  "presets.protectEnv": false,
  "presets.protectProc": false,
  "process.allowedArgs": false,
  "process.execname": false,
  "process.fromSource": true,
  "process.matchDirectories": true,
  "process.matchDirectories.recursive": true,
  "process.matchPaths": true,
  "process.matchPatterns": false,
  "process.ownerOnly": true,
  "rule.pts": true,
  "selector.containerName": true,
  "selector.matchExpressions": true,
  "selector.matchLabels": true,
  "selector.nodeSelector": false,
  "selector.none": true,
  "syscalls.fromSource": false,
  "syscalls.matchPaths": false,
  "syscalls.matchSyscalls": false,
  "syscalls.metadata": false,
} as const satisfies Record<string, boolean>;

export type Feature = keyof typeof features;

/** Names of the features whose rules are bound. */
export const supportedFeatures: ReadonlySet<string> = new Set(
  Object.entries(features)
    .filter(([, bound]) => bound)
    .map(([name]) => name),
);

/** What to do instead, for features that are not bound yet; shown in the status. */
export const remedies: Partial<Record<Feature, string>> = {
  "capabilities.matchCapabilities": "drop the capability in the pod's securityContext",
  "device.matchDevice": "remove the section",
  "file.matchPatterns": "name the files with matchPaths, or their directory with matchDirectories",
  "kind.KubeArmorHostPolicy": "use a KubeArmorPolicy or KubeArmorClusterPolicy for containers",
  "network.matchDNSQueries": "use a NetworkPolicy or the cluster's DNS server",
  "network.matchProtocols": "use a NetworkPolicy, or block the programs with process rules",
  "policy.apparmor": "write the rules as process and file rules",
  "process.allowedArgs": "allow or block the program without a condition on its arguments",
  "process.execname": "name the program with path",
  "process.matchPatterns": "name the programs with matchPaths, or their directory with matchDirectories",
};
