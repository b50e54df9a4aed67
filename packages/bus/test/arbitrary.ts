/** Arbitrary whole messages, for properties. Long because it has a generator for each message and each kind of object. */

import type {
  Alert,
  Bundle,
  BundleContainer,
  Match,
  NamedMatch,
  NodeStatus,
  PolicyRef,
  Protocol,
  Rule,
  RuleSet,
} from "@portcullis/model";
import fc from "fast-check";
import { digestOf } from "../src/messages/digest.ts";

const text = fc.string({ unit: "binary", maxLength: 20 });
const word = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });
const absolutePath = text.map((tail) => `/${tail.replaceAll("\0", "")}`);
const uint32 = fc.nat({ max: 0xffff_ffff });
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
// fast-check's dictionaries may have no prototype; messages' maps have one.
const map = fc.dictionary(text, text, { maxKeys: 5 }).map((entries) => Object.fromEntries(Object.entries(entries)));
const counters = fc.dictionary(word, fc.nat(), { maxKeys: 4 });
const digest = fc.uint8Array({ maxLength: 4 }).map(digestOf);
const optional = <T>(any: fc.Arbitrary<T>) => fc.option(any, { nil: undefined });

/** Without the keys that are undefined: messages leave absent fields out. */
function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

const anyName: fc.Arbitrary<NamedMatch> = fc.oneof(
  absolutePath.map((path): NamedMatch => ({ kind: "path", path })),
  absolutePath.map((path): NamedMatch => ({ kind: "pattern", pattern: `**${path}{*,[^?]}` })),
  fc
    .tuple(absolutePath, fc.boolean())
    .map(([dir, recursive]): NamedMatch => ({ kind: "directory", dir: `${dir}/`, recursive })),
);

const protocols: readonly Protocol[] = [
  "tcp",
  "udp",
  "icmp",
  "icmpv6",
  "sctp",
  "raw",
  "stream",
  "dgram",
  "packet",
  "all",
];

/** A category, and an object that it can have. */
const anyObject: fc.Arbitrary<{ category: Rule["category"]; match: Match }> = fc.oneof(
  fc.record({ category: fc.constantFrom("process" as const, "file" as const), match: anyName }),
  fc.record({
    category: fc.constant("process" as const),
    match: fc.record({
      kind: fc.constant("execname" as const),
      name: absolutePath.map((path) => `x${path.replaceAll("/", "")}`),
    }),
  }),
  fc.constant({ category: "process" as const, match: { kind: "fileless" as const } }),
  fc.record({
    category: fc.constant("process" as const),
    match: fc.record({
      kind: fc.constant("preset" as const),
      preset: fc.constantFrom("anonymousMapExec" as const, "exec" as const, "imageOnly" as const),
    }),
  }),
  fc.record({
    category: fc.constant("file" as const),
    match: fc.record({
      kind: fc.constant("preset" as const),
      preset: fc.constantFrom("protectEnv" as const, "protectProc" as const),
    }),
  }),
  fc.record({
    category: fc.constant("network" as const),
    match: fc.record({ kind: fc.constant("protocol" as const), protocol: fc.constantFrom(...protocols) }),
  }),
  fc.record({
    category: fc.constant("network" as const),
    match: fc
      .record({
        kind: fc.constant("address" as const),
        cidr: fc.constantFrom("10.0.0.0/8", "fd00::/8"),
        direction: fc.constantFrom("egress" as const, "ingress" as const),
        protocol: fc.constantFrom(undefined, "tcp" as const, "icmpv6" as const),
        ports: fc.constantFrom(undefined, { first: 1, last: 65_535 }, { first: 80, last: 80 }),
      })
      .map((match): Match => compact(match) as Match),
  }),
  fc.record({
    category: fc.constant("dns" as const),
    match: fc.constantFrom("example", "www.example.org").map((domain): Match => ({ kind: "domain", domain })),
  }),
  fc.record({
    category: fc.constant("capabilities" as const),
    match: fc.record({ kind: fc.constant("capability" as const), capability: fc.nat({ max: 63 }) }),
  }),
  fc
    .tuple(word, optional(anyName.filter(({ kind }) => kind !== "pattern")))
    .map(([syscall, at]): { category: Rule["category"]; match: Match } => ({
      category: "syscalls",
      match: compact({ kind: "syscall" as const, syscall, at: at as Extract<Match, { kind: "syscall" }>["at"] }),
    })),
);

const anyPolicyRef: fc.Arbitrary<PolicyRef> = fc.oneof(
  fc.record({ kind: fc.constant("KubeArmorPolicy" as const), namespace: word, name: word }),
  fc.record({
    kind: fc.constantFrom("KubeArmorHostPolicy" as const, "KubeArmorClusterPolicy" as const),
    namespace: fc.constant(""),
    name: word,
  }),
);

/** What a program can have, an empty one too. */
const argument = fc.string({ unit: "binary", maxLength: 8 }).filter((one) => !one.includes("\0"));
const isForbidden = ({ match }: Pick<Rule, "match">): boolean => match.kind === "fileless" || match.kind === "preset";
const hasArguments = ({ category, match }: Pick<Rule, "category" | "match">): boolean =>
  category === "process" && (match.kind === "path" || match.kind === "execname");

const anyRule = (policies: number): fc.Arbitrary<Rule> =>
  fc
    .record({
      id: fc.integer({ min: 1, max: 0xffff_ffff }),
      object: anyObject,
      source: optional(anyName),
      action: fc.constantFrom("allow" as const, "audit" as const, "block" as const),
      readOnly: fc.boolean(),
      ownerOnly: fc.boolean(),
      noTerminal: fc.boolean(),
      allowedArgs: fc.uniqueArray(argument, { minLength: 1, maxLength: 3 }).map((all) => all.sort()),
      policy: fc.integer({ min: -1, max: policies - 1 }),
      severity: fc.integer({ min: 1, max: 10 }).map(String),
      tags: fc.array(text, { maxLength: 3 }),
      message: text,
      origin: text,
    })
    .map(({ object, allowedArgs, ...rule }) =>
      compact({
        ...object,
        ...rule,
        ...(hasArguments(object) && { allowedArgs }),
        action: object.category === "syscalls" || isForbidden(object) ? "audit" : rule.action,
        ...(isForbidden(object) && { ownerOnly: false, noTerminal: false }),
      }),
    );

const posture = optional(fc.constantFrom("audit" as const, "block" as const));

export const anyRuleSet: fc.Arbitrary<RuleSet> = fc.array(anyPolicyRef, { maxLength: 3 }).chain((policies) =>
  fc.record({
    policies: fc.constant(policies),
    rules: fc.uniqueArray(anyRule(policies.length), { selector: (rule) => rule.id, maxLength: 6 }),
    posture: fc
      .record({ process: posture, file: posture, network: posture, capabilities: posture })
      .map(compact) as fc.Arbitrary<RuleSet["posture"]>,
  }),
);

const throttling = fc.record({
  alertsPerSecond: fc.integer({ min: 1, max: 0xffff_ffff }),
  seconds: fc.integer({ min: 1, max: 0xffff_ffff }),
});

const categories = ["process", "file", "network", "capabilities"] as const;
const anyVisible = optional(fc.subarray([...categories], { minLength: 1 }));

const anyContainer = (ruleSets: readonly string[]): fc.Arbitrary<BundleContainer> =>
  fc
    .record({
      namespace: word,
      pod: word,
      podUid: word,
      container: word,
      image: text,
      labels: map,
      owner: optional(fc.record({ kind: word, name: word, namespace: text })),
      ruleSet: fc.constantFrom("", ...ruleSets),
      visible: anyVisible,
    })
    .map(compact);

export const anyBundle: fc.Arbitrary<Bundle> = fc.uniqueArray(digest, { maxLength: 3 }).chain((digests) => {
  const ruleSets = digests.sort();
  const selector = ({ podUid, container }: BundleContainer) => `${podUid}\0${container}`;
  return fc
    .record({
      cluster: text,
      node: word,
      revision: uint64.map((n) => n || 1n),
      epoch: optional(uint64.map((n) => n || 1n)),
      containers: fc.uniqueArray(anyContainer(ruleSets), { selector, maxLength: 4 }),
      hostRuleSet: ruleSets.length === 0 ? fc.constant(undefined) : optional(fc.constantFrom(...ruleSets)),
      hostVisible: anyVisible,
      hostTried: anyVisible,
      dropsProcessResources: optional(fc.constant(true)),
      throttling: optional(throttling),
      ruleSets: fc.constant(ruleSets),
    })
    .map(compact);
});

const noticedNames = fc.array(fc.record({ origin: text, name: text, why: text }), { maxLength: 2 });
const policyNotices = fc
  .record({
    ...{ policy: anyPolicyRef, namesNothing: noticedNames, unprotectedSources: noticedNames },
    cut: optional(fc.constant(true)),
    pending: optional(fc.constant(true)),
  })
  .map(compact);

/** Fields that a status of an earlier release does not have. */
const statusAdditions = fc.record({
  unenforcedInAll: optional(fc.record({ parts: fc.integer({ min: 1, max: 0xffff_ffff }), policies: uint32 })),
  held: optional(fc.record({ epoch: uint64, revision: uint64, digest })),
  waiting: optional(fc.array(fc.record({ policy: anyPolicyRef, reason: text }), { minLength: 1, maxLength: 3 })),
  waitingPolicies: optional(fc.integer({ min: 1, max: 0xffff_ffff })),
  bundleProblem: optional(word),
  exempt: optional(
    fc.array(fc.record({ policy: anyPolicyRef, origin: text, reason: text }), { minLength: 1, maxLength: 3 }),
  ),
  notices: optional(fc.array(policyNotices, { minLength: 1, maxLength: 3 })),
  noticesCut: optional(fc.constant(true)),
});

export const anyStatus: fc.Arbitrary<NodeStatus> = fc
  .record({
    node: word,
    updatedAt: word,
    enforcerVersion: text,
    kernel: text,
    enforcing: fc.boolean(),
    problems: fc.array(text, { maxLength: 3 }),
    hooks: fc.array(text, { maxLength: 3 }),
    appliedRevision: uint64,
    boundRuleSets: fc.array(digest, { maxLength: 3 }),
    unenforced: fc.array(fc.record({ policy: anyPolicyRef, origin: text, reason: text }), { maxLength: 3 }),
    counters: counters.map((entries) => Object.fromEntries(Object.entries(entries))),
    headroom: fc.record({ slotsUsed: uint32, slots: uint32 }),
  })
  .chain((status) => statusAdditions.map((additions) => compact({ ...status, ...additions })));

export const anyAlert: fc.Arbitrary<Alert> = fc
  .record({
    id: word,
    timestampNs: uint64.map((n) => n || 1n),
    threshold: optional(throttling),
    clusterName: text,
    hostName: text,
    namespaceName: text,
    podName: text,
    labels: map,
    owner: optional(fc.record({ ref: word, name: word, namespace: text })),
    containerId: text,
    containerName: text,
    containerImage: text,
    hostPpid: uint32,
    hostPid: uint32,
    ppid: uint32,
    pid: uint32,
    uid: uint32,
    parentProcessName: text,
    processName: text,
    policyName: text,
    rule: optional(fc.record({ policy: anyPolicyRef, origin: word })),
    severity: optional(text),
    tags: fc.array(text, { maxLength: 3 }),
    message: text,
    type: fc.constantFrom<Alert["type"][]>(
      "MatchedPolicy",
      "MatchedHostPolicy",
      "ContainerLog",
      "HostLog",
      "SystemEvent",
    ),
    source: text,
    operation: fc.constantFrom<Alert["operation"][]>("Process", "File", "Network", "Capabilities", "Syscall"),
    resource: text,
    data: text,
    eventData: map,
    enforcer: fc.constant("BPFLSM" as const),
    action: fc.constantFrom<Alert["action"][]>("Block", "Audit", "Allow"),
    result: fc.oneof(fc.constantFrom("Passed", "Permission denied", "Operation not permitted"), word),
    cwd: text,
    tty: text,
    nodeId: text,
    execEvent: optional(fc.record({ execId: text, executableName: text })),
    repetitions: fc.option(
      fc.record({ count: fc.maxSafeNat().map((n) => n || 1), firstTimestampNs: uint64.map((n) => n || 1n) }),
    ),
  })
  .map(({ repetitions, ...alert }) => compact({ ...alert, ...repetitions }));
