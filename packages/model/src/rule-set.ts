/** What a policy comes to: rules, and the rule set of one container. */

/** What a rule does when it decides. */
export type Action = "allow" | "audit" | "block";
/** What happens to an operation that no rule of an allow-list names. */
export type PostureMode = "audit" | "block";
/** The categories that can deny. Each is an allow-list of its own. */
export type DecidingCategory = "process" | "file" | "network" | "capabilities" | "dns";
/** All that the engine knows: rules of system calls only report. */
export type Category = DecidingCategory | "syscalls";

/** What a rule of the network category names: protocols, types of sockets, or all. */
export type Protocol =
  | "tcp"
  | "udp"
  | "icmp"
  | "icmpv6"
  | "sctp"
  | "raw"
  | "stream"
  | "dgram"
  | "rdm"
  | "seqpacket"
  | "dccp"
  | "packet"
  | "all";

/** What an object with a name is, or the source of a rule. */
export type NamedMatch =
  /** Exactly this absolute name. */
  | { kind: "path"; path: string }
  /** A directory, whose name ends in "/": itself and its direct children, or everything below it when recursive. */
  | { kind: "directory"; dir: string; recursive: boolean }
  /** A glob over the whole name. Objects alone have it, never sources. */
  | { kind: "pattern"; pattern: string };

/**
 * Presets that are more than names: code that is of no file, a program that is executed on entering the container with a terminal, a program
 * that is not of the image, another process's environment, another process's folder in /proc.
 */
export type PresetName = "anonymousMapExec" | "exec" | "imageOnly" | "protectEnv" | "protectProc";

/** Protocols that a rule by address can name. */
export type AddressProtocol = Extract<Protocol, "tcp" | "udp" | "icmp" | "icmpv6" | "sctp">;
/** Whether the container begins to speak with the peer, or the peer with the container. */
export type Direction = "egress" | "ingress";

/** Whom a socket speaks with. */
export interface AddressMatch {
  readonly kind: "address";
  /** In its canonical form; what is IPv4 in IPv6 is written as IPv4. */
  readonly cidr: string;
  readonly direction: Direction;
  /** Absent: whatever the protocol. */
  readonly protocol?: AddressProtocol | undefined;
  /** Of egress the peer's, of ingress the container's own. Absent: whatever the port. */
  readonly ports?: { readonly first: number; readonly last: number } | undefined;
}

/** What the object of a rule is. */
export type Match =
  | NamedMatch
  /** A program by the last component of its name, wherever it lies. Objects of the process category alone have it. */
  | { kind: "execname"; name: string }
  /** Any program without a name, executed from memory or from a file that is linked nowhere. Objects of the process category alone have it. */
  | { kind: "fileless" }
  /** What a preset means, as far as it is more than names. Objects of the process and the file category alone have it. */
  | { kind: "preset"; preset: PresetName }
  /** Sockets of this protocol. Objects of the network category alone have it. */
  | { kind: "protocol"; protocol: Protocol }
  /** Queries for this domain and its sub-domains, in lower case and without a last dot. Objects of the dns category alone have it. */
  | { kind: "domain"; domain: string }
  /** Peers by their addresses. Objects of the network category alone have it. */
  | AddressMatch
  /** A capability by the kernel's number. Objects of the capabilities category alone have it. */
  | { kind: "capability"; capability: number }
  /** A system call by its name; with `at`, only where that is its path. Objects of the syscalls category alone have it, which are Audit rules. */
  | { kind: "syscall"; syscall: string; at?: Exclude<NamedMatch, { kind: "pattern" }> | undefined };

/** Which policy. Rules point to it by index, so that it travels once in a rule set. */
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
  readonly source?: NamedMatch | undefined;
  readonly action: Action;
  readonly readOnly: boolean;
  readonly ownerOnly: boolean;
  /** `pts: false` in the policy: not with a controlling terminal. */
  readonly noTerminal: boolean;
  /** `allowedArgs` in the policy, sorted, each once: only with arguments, and with none but these. Absent: whatever the arguments. Exact names and execnames of processes alone have it. */
  readonly allowedArgs?: readonly string[] | undefined;
  /** Index into RuleSet.policies; -1 for the base allowance. */
  readonly policy: number;
  /** Resolved severity ("1"…"10"), tags and message of the alert. */
  readonly severity: string;
  readonly tags: readonly string[];
  readonly message: string;
  /** The place in the policy this rule came from, e.g. `spec.process.matchPaths[0]`; empty for the base allowance. */
  readonly origin: string;
}

/** All rules of one container, in canonical order. Equal content has equal bytes and an equal digest, which is its name. */
export interface RuleSet {
  readonly policies: readonly PolicyRef[];
  readonly rules: readonly Rule[];
  /** Posture of each category that is an allow-list (has at least one Allow rule from a policy). */
  readonly posture: Readonly<Partial<Record<DecidingCategory, PostureMode>>>;
}
