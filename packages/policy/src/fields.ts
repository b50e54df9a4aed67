/**
 * The keys that each object of a policy's spec may have. The API server keeps unknown keys in these objects, so that they are found here
 * and named in the status. Otherwise a misspelt `fromSource` would widen a rule and nobody would be told. A test compares this with crds/.
 */

const common = ["action", "severity", "tags", "message"] as const;
const source = ["path", "dir", "recursive"] as const;
const conditions = ["ownerOnly", "pts", "fromSource"] as const;
const syscallCommon = ["severity", "tags", "message"] as const;

const categories = ["process", "file", "network", "capabilities", "syscalls", "apparmor"] as const;

/** Keys by kind of the spec itself. */
export const specFields = {
  KubeArmorPolicy: [...common, "selector", ...categories, "presets"],
  KubeArmorClusterPolicy: [...common, "selector", ...categories, "presets"],
  KubeArmorHostPolicy: [...common, "nodeSelector", ...categories, "device"],
} as const;

/** Keys of the selectors. */
export const selectorFields = {
  KubeArmorPolicy: ["matchLabels", "matchExpressions"],
  KubeArmorClusterPolicy: ["matchExpressions"],
  KubeArmorHostPolicy: ["matchLabels"],
} as const;
export const expressionFields = ["key", "operator", "values"] as const;

/** Keys of a category, and of an entry of each of its lists. */
export const categoryFields = {
  process: {
    own: [...common, "matchPaths", "matchDirectories", "matchPatterns"],
    matchPaths: ["path", "execname", "allowedArgs", ...conditions, ...common],
    matchDirectories: ["dir", "recursive", ...conditions, ...common],
    matchPatterns: ["pattern", ...conditions, ...common],
  },
  file: {
    own: [...common, "matchPaths", "matchDirectories", "matchPatterns"],
    matchPaths: ["path", "readOnly", ...conditions, ...common],
    matchDirectories: ["dir", "recursive", "readOnly", ...conditions, ...common],
    matchPatterns: ["pattern", "readOnly", ...conditions, ...common],
  },
  network: {
    own: [...common, "matchProtocols", "matchDNSQueries", "matchAddresses"],
    matchProtocols: ["protocol", "pts", "fromSource", ...common],
    matchDNSQueries: ["domain", "fromSource", ...common],
    matchAddresses: ["cidr", "fqdn", "ports", "protocol", "direction", "fromSource", ...common],
  },
  capabilities: {
    own: [...common, "matchCapabilities"],
    matchCapabilities: ["capability", "fromSource", ...common],
  },
  syscalls: {
    own: [...syscallCommon, "matchSyscalls", "matchPaths"],
    matchSyscalls: ["syscall", "fromSource", ...syscallCommon],
    matchPaths: ["path", "recursive", "syscall", "fromSource", ...syscallCommon],
  },
  device: {
    own: [...common, "matchDevice"],
    matchDevice: ["class", "subClass", "protocol", "level", ...common],
  },
} as const;
export const presetFields = ["name", "action"] as const;
export const sourceFields = source;

/** Keys of `object` that are not in `known`, sorted; none for what is no object. */
export function unknownKeys(object: unknown, known: readonly string[]): string[] {
  if (object === null || typeof object !== "object") return [];
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .sort();
}
