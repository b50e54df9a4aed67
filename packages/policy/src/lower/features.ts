/**
 * The features of the policy language, by the names that conformance cases use, and whether the engine binds rules of them. A policy
 * that uses one that is false here is accepted by the API, and its status names the feature.
 */
export const features = {
  "action.Allow": true,
  "action.Audit": true,
  "action.Block": true,
  "action.ruleOverride": true,
  "capabilities.fromSource": true,
  "capabilities.matchCapabilities": true,
  "device.matchDevice": false,
  "file.fromSource": true,
  "file.matchDirectories": true,
  "file.matchDirectories.recursive": true,
  "file.matchPaths": true,
  "file.matchPatterns": true,
  "file.ownerOnly": true,
  "file.readOnly": true,
  "kind.KubeArmorClusterPolicy": true,
  "kind.KubeArmorHostPolicy": true,
  "kind.KubeArmorPolicy": true,
  multiPolicy: true,
  "network.fromSource": true,
  "network.matchDNSQueries": true,
  "network.matchProtocols": true,
  "policy.apparmor": false,
  "posture.default": true,
  "posture.globalConfig": true,
  "posture.namespaceAnnotation": true,
  "presets.anonymousMapExec": true,
  "presets.exec": true,
  "presets.filelessExec": true,
  "presets.imageOnly": true,
  "presets.protectEnv": true,
  "presets.protectProc": true,
  "process.allowedArgs": true,
  "process.execname": true,
  "process.fromSource": true,
  "process.matchDirectories": true,
  "process.matchDirectories.recursive": true,
  "process.matchPaths": true,
  "process.matchPatterns": true,
  "process.ownerOnly": true,
  "rule.pts": true,
  "selector.containerName": true,
  "selector.matchExpressions": true,
  "selector.matchLabels": true,
  "selector.nodeSelector": true,
  "selector.none": true,
  "syscalls.fromSource": true,
  "syscalls.matchPaths": true,
  "syscalls.matchSyscalls": true,
  "syscalls.metadata": true,
} as const satisfies Record<string, boolean>;

export type Feature = keyof typeof features;

/** What to do instead, for features that are not bound yet; shown in the status. */
export const remedies: Partial<Record<Feature, string>> = {
  "policy.apparmor": "write the rules as process and file rules",
};
