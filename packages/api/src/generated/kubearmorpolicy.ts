// Generated from crds/kubearmorpolicies.yaml; do not edit.
import type { ObjectMeta } from "../meta.ts";

/**
 * Rules for the containers of the selected pods of this namespace.
 */
export interface KubeArmorPolicy {
    apiVersion?: string;
    kind?:       string;
    metadata?:   ObjectMeta;
    spec:        Spec;
    /**
     * Written by the controller.
     */
    status?: StatusObject;
}

export interface Spec {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * Text of an AppArmor profile. Accepted so that existing files apply, never enforced, and
     * named in the status.
     */
    apparmor?: string;
    /**
     * Use of Linux capabilities.
     */
    capabilities?: Capabilities;
    /**
     * Every access to files and directories.
     */
    file?: File;
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Sockets by protocol, peers by address, and DNS queries by domain. Queries are a category
     * of their own, and so an allow-list of their own.
     */
    network?: Network;
    /**
     * Ready-made protections by name.
     */
    presets?: Preset[];
    /**
     * Execution of programs, and mapping them executable.
     */
    process?: Process;
    /**
     * Pods of this namespace; absent or empty, every pod.
     */
    selector?: Selector;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * System calls, always only audited.
     */
    syscalls?: Syscalls;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

/**
 * What a matching rule does. A rule's own value wins over its category's, that over the
 * policy's; without any, Block.
 */
export type Action = "Allow" | "Audit" | "Block";

/**
 * Use of Linux capabilities.
 */
export interface Capabilities {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?:            Action;
    matchCapabilities?: MatchCapability[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface MatchCapability {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * A capability with or without cap_, or a comma list of them.
     */
    capability: string;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: MatchCapabilityFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface MatchCapabilityFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

/**
 * Every access to files and directories.
 */
export interface File {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?:           Action;
    matchDirectories?: FileMatchDirectory[];
    matchPaths?:       FileMatchPath[];
    matchPatterns?:    FileMatchPattern[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface FileMatchDirectory {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * A directory; the rule covers it and its direct children, or with recursive everything
     * below it.
     */
    dir: string;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: PurpleFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * The condition of the rule is that the acting user owns the file.
     */
    ownerOnly?: boolean;
    /**
     * false: the condition of the rule is that the process has no controlling terminal. true or
     * absent: no condition.
     */
    pts?: boolean;
    /**
     * The condition of the rule is that the access only reads.
     */
    readOnly?: boolean;
    /**
     * Any depth below the directory, not only its direct children.
     */
    recursive?: boolean;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface PurpleFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

export interface FileMatchPath {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: FluffyFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * The condition of the rule is that the acting user owns the file.
     */
    ownerOnly?: boolean;
    /**
     * The whole name in the container's root, as the user writes it.
     */
    path: string;
    /**
     * false: the condition of the rule is that the process has no controlling terminal. true or
     * absent: no condition.
     */
    pts?: boolean;
    /**
     * The condition of the rule is that the access only reads.
     */
    readOnly?: boolean;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface FluffyFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

export interface FileMatchPattern {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: TentacledFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * The condition of the rule is that the acting user owns the file.
     */
    ownerOnly?: boolean;
    /**
     * A glob over the whole path. ? and * stop at /, ** does not; [a-c], [^x] and {a,b}.
     */
    pattern: string;
    /**
     * false: the condition of the rule is that the process has no controlling terminal. true or
     * absent: no condition.
     */
    pts?: boolean;
    /**
     * The condition of the rule is that the access only reads.
     */
    readOnly?: boolean;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface TentacledFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

/**
 * Sockets by protocol, peers by address, and DNS queries by domain. Queries are a category
 * of their own, and so an allow-list of their own.
 */
export interface Network {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?:          Action;
    matchAddresses?:  MatchAddress[];
    matchDNSQueries?: MatchDNSQuery[];
    matchProtocols?:  MatchProtocol[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface MatchAddress {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * A range of addresses, such as 10.0.0.0/8 or fd00::/8.
     */
    cidr?: string;
    /**
     * egress (the default), whom the container speaks with; or ingress, who speaks with it.
     */
    direction?: string;
    /**
     * A name of DNS in place of cidr. It cannot be enforced yet, which the status says.
     */
    fqdn?: string;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: MatchAddressFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Port numbers, and ranges such as 8000-8080. Of egress the peer's, of ingress the
     * container's own.
     */
    ports?: (number | string)[];
    /**
     * tcp, udp, sctp, icmp or icmpv6, or a comma list of them, in lower or upper case.
     */
    protocol?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface MatchAddressFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

export interface MatchDNSQuery {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * A domain, its sub-domains included, or a comma list of them, in any case.
     */
    domain: string;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: MatchDNSQueryFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface MatchDNSQueryFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

export interface MatchProtocol {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: MatchProtocolFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * A protocol or socket type, or a comma list of them, in lower or upper case.
     */
    protocol: string;
    /**
     * false: the condition of the rule is that the process has no controlling terminal. true or
     * absent: no condition.
     */
    pts?: boolean;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface MatchProtocolFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

export interface Preset {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * imageOnly is Portcullis' own: only programs and libraries of the image are executed, as
     * the image has them.
     */
    name: Name;
}

/**
 * imageOnly is Portcullis' own: only programs and libraries of the image are executed, as
 * the image has them.
 */
export type Name = "anonymousMapExec" | "exec" | "filelessExec" | "imageOnly" | "protectEnv" | "protectProc";

/**
 * Execution of programs, and mapping them executable.
 */
export interface Process {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?:           Action;
    matchDirectories?: ProcessMatchDirectory[];
    matchPaths?:       ProcessMatchPath[];
    matchPatterns?:    ProcessMatchPattern[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface ProcessMatchDirectory {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * A directory; the rule covers it and its direct children, or with recursive everything
     * below it.
     */
    dir: string;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: StickyFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * The condition of the rule is that the acting user owns the file.
     */
    ownerOnly?: boolean;
    /**
     * false: the condition of the rule is that the process has no controlling terminal. true or
     * absent: no condition.
     */
    pts?: boolean;
    /**
     * Any depth below the directory, not only its direct children.
     */
    recursive?: boolean;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface StickyFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

export interface ProcessMatchPath {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * Every argument after the program's name must be one of these.
     */
    allowedArgs?: string[];
    /**
     * The last component of the program's name, wherever it lies.
     */
    execname?: string;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: IndigoFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * The condition of the rule is that the acting user owns the file.
     */
    ownerOnly?: boolean;
    /**
     * The whole name in the container's root, as the user writes it.
     */
    path?: string;
    /**
     * false: the condition of the rule is that the process has no controlling terminal. true or
     * absent: no condition.
     */
    pts?: boolean;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface IndigoFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

export interface ProcessMatchPattern {
    /**
     * What a matching rule does. A rule's own value wins over its category's, that over the
     * policy's; without any, Block.
     */
    action?: Action;
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: IndecentFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * The condition of the rule is that the acting user owns the file.
     */
    ownerOnly?: boolean;
    /**
     * A glob over the whole path. ? and * stop at /, ** does not; [a-c], [^x] and {a,b}.
     */
    pattern: string;
    /**
     * false: the condition of the rule is that the process has no controlling terminal. true or
     * absent: no condition.
     */
    pts?: boolean;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface IndecentFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

/**
 * Pods of this namespace; absent or empty, every pod.
 */
export interface Selector {
    /**
     * All In expressions of one key are a union, different keys are ANDed, NotIn always
     * excludes.
     */
    matchExpressions?: MatchExpression[];
    /**
     * Labels a pod must have, all of them. The key kubearmor.io/container.name is no label: its
     * value "[a, b]" limits the policy to these containers of the pods.
     */
    matchLabels?: { [key: string]: string };
}

export interface MatchExpression {
    key:      Key;
    operator: Operator;
    /**
     * Labels, each as key=value.
     */
    values: string[];
}

export type Key = "label";

export type Operator = "In" | "NotIn";

/**
 * System calls, always only audited.
 */
export interface Syscalls {
    matchPaths?:    SyscallsMatchPath[];
    matchSyscalls?: MatchSyscall[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface SyscallsMatchPath {
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: HilariousFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * The path the call acts on; a directory if it ends in /.
     */
    path: string;
    /**
     * Any depth below the directory, not only its direct children.
     */
    recursive?: boolean;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Names of system calls.
     */
    syscall: string[];
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface HilariousFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

export interface MatchSyscall {
    /**
     * Only operations of these executables; any of them. Absent or empty, of every executable.
     */
    fromSource?: MatchSyscallFromSource[];
    /**
     * Message of the alerts. Resolved like action.
     */
    message?: string;
    /**
     * Severity of the alerts, 1 (least) to 10. Resolved like action; without any, 1.
     */
    severity?: number;
    /**
     * Names of system calls.
     */
    syscall: string[];
    /**
     * Tags of the alerts. Resolved like action.
     */
    tags?: string[];
}

export interface MatchSyscallFromSource {
    dir?:       string;
    path?:      string;
    recursive?: boolean;
}

/**
 * Written by the controller.
 */
export interface StatusObject {
    /**
     * Accepted, Distributed, Enforced and Ready; Reconciling and Stalled while they are True.
     */
    conditions?: Condition[];
    /**
     * What the policy has denied and reported, as far as it is counted; written every ten
     * minutes at most.
     */
    hits?: Hits;
    /**
     * The nodes with workloads the policy selects.
     */
    nodes?: Nodes;
    /**
     * The metadata.generation this status speaks of.
     */
    observedGeneration?: number;
    /**
     * Parts of the policy that are not enforced.
     */
    problems?: Problem[];
    /**
     * Parts of the policy that are enforced as they are written, and probably mean something
     * else, and what the policy makes of its workloads.
     */
    warnings?: Warning[];
}

export interface Condition {
    lastTransitionTime:  string;
    message:             string;
    observedGeneration?: number;
    reason:              string;
    status:              StatusEnum;
    type:                string;
}

export type StatusEnum = "False" | "True" | "Unknown";

/**
 * What the policy has denied and reported, as far as it is counted; written every ten
 * minutes at most.
 */
export interface Hits {
    /**
     * The metadata.generation whose rules these are.
     */
    observedGeneration: number;
    /**
     * The rules with the most, at most 100.
     */
    rules: Rule[];
    /**
     * When counting for this generation began.
     */
    since: string;
    /**
     * Operations, those of rules that are not named below too.
     */
    total: number;
}

export interface Rule {
    /**
     * When the last one was.
     */
    last: string;
    /**
     * The place in the policy, such as spec.process.matchPaths[0].
     */
    origin: string;
    /**
     * Operations that it has denied or reported.
     */
    total: number;
}

/**
 * The nodes with workloads the policy selects.
 */
export interface Nodes {
    /**
     * Nodes that have to enforce the policy.
     */
    desired: number;
    /**
     * Of these the nodes whose bundle carries it.
     */
    distributed: number;
    /**
     * Of these the nodes that report it bound in the kernel.
     */
    enforced: number;
    /**
     * The first nodes that do not enforce it, with the reason.
     */
    failures?: Failure[];
    /**
     * enforced/desired, such as 3/5.
     */
    summary: string;
}

export interface Failure {
    node:   string;
    reason: string;
}

export interface Problem {
    /**
     * What is wrong and what to do about it.
     */
    message: string;
    /**
     * The nodes that reported it; absent, the controller itself.
     */
    nodes?: string[];
    /**
     * The place in the policy, such as spec.process.matchPatterns[0].
     */
    origin: string;
    /**
     * One word for programs, such as UnsupportedFeature.
     */
    reason: string;
}

export interface Warning {
    /**
     * What it means as it is written and what to do about it.
     */
    message: string;
    /**
     * The place in the policy, such as spec.file.matchPaths[0].
     */
    origin: string;
    /**
     * One word for programs, such as LiteralGlob.
     */
    reason: string;
}
