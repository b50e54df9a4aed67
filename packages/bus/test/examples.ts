/** Whole messages that tests vary. */

import type { Alert, Bundle, BundleContainer, NodeStatus, Rule, RuleSet } from "@portcullis/model";
import { digestOf } from "../src/messages/digest.ts";

const exampleDigest = digestOf(new Uint8Array([1]));

export const exampleRule: Rule = {
  id: 1,
  category: "process",
  match: { kind: "path", path: "/bin/sleep" },
  action: "block",
  readOnly: false,
  ownerOnly: false,
  noTerminal: false,
  policy: 0,
  severity: "5",
  tags: ["MITRE", "a,b"],
  message: "no sleep",
  origin: "spec.process.matchPaths[0]",
};

export const exampleRuleSet: RuleSet = {
  policies: [{ kind: "KubeArmorPolicy", namespace: "default", name: "no-sleep" }],
  rules: [
    exampleRule,
    {
      ...exampleRule,
      id: 2,
      category: "file",
      match: { kind: "directory", dir: "/etc/", recursive: true },
      source: { kind: "path", path: "/usr/bin/cat" },
      action: "allow",
      readOnly: true,
    },
  ],
  posture: { file: "block" },
};

export const exampleContainer: BundleContainer = {
  namespace: "default",
  pod: "web-0",
  podUid: "6f1c",
  container: "web",
  image: "localhost/web@sha256:00",
  labels: { app: "web", "app.kubernetes.io/name": "web" },
  owner: { kind: "StatefulSet", name: "web", namespace: "default" },
  ruleSet: exampleDigest,
};

export const exampleBundle: Bundle = {
  cluster: "default",
  node: "node-1.example",
  revision: 7n,
  containers: [exampleContainer],
  ruleSets: [exampleDigest],
};

export const exampleStatus: NodeStatus = {
  node: "node-1.example",
  updatedAt: "2026-01-02T03:04:05.678Z",
  enforcerVersion: "0.1.0",
  kernel: "6.12.0",
  enforcing: true,
  problems: [],
  hooks: ["bprm_check_security", "file_open"],
  appliedRevision: 1_700_000_000_000n,
  boundRuleSets: [exampleDigest],
  unenforced: [
    {
      policy: { kind: "KubeArmorClusterPolicy", namespace: "", name: "all" },
      origin: "spec.network.matchProtocols[0]",
      reason: "network rules are not enforced yet",
    },
  ],
  counters: { lost_events: 3, refused_bundles: 1 },
  headroom: { slotsUsed: 4, slots: 1024 },
};

/** The fields that a status of a release before them does not have. */
export const exampleStatusNow: NodeStatus = {
  ...exampleStatus,
  unenforcedInAll: { parts: 700, policies: 300 },
  held: { epoch: 2n, revision: 1_700_000_000_000n, digest: exampleDigest },
  waiting: [{ policy: { kind: "KubeArmorPolicy", namespace: "default", name: "no-sleep" }, reason: "starts" }],
  waitingPolicies: 1,
  bundleProblem: "BUS_RULE_SET_MISSING: not in the bucket",
};

export const exampleAlert: Alert = {
  id: "node-1/boot-1/42",
  timestampNs: 1_767_323_045_123_456_789n,
  clusterName: "default",
  hostName: "node-1",
  namespaceName: "default",
  podName: "web-0",
  labels: { b: "2", app: "web" },
  owner: { ref: "StatefulSet", name: "web", namespace: "default" },
  containerId: "0123abcd",
  containerName: "web",
  containerImage: "localhost/web@sha256:00",
  hostPpid: 4_000_000_000,
  hostPid: 12346,
  ppid: 1,
  pid: 17,
  uid: 0,
  parentProcessName: "/bin/bash",
  processName: "/bin/sleep",
  policyName: "no-sleep",
  severity: "5",
  tags: ["MITRE", "T1059"],
  message: "no sleep",
  type: "MatchedPolicy",
  source: "/bin/bash",
  operation: "Process",
  resource: "/bin/sleep 1",
  data: "syscall=SYS_EXECVE",
  eventData: { Syscall: "SYS_EXECVE" },
  enforcer: "BPFLSM",
  action: "Block",
  result: "Permission denied",
  cwd: "/",
  tty: "pts0",
  nodeId: "abc",
};
