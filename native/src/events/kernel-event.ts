/** An event as it leaves this package: one verdict of the kernel, with the names that were involved. */

/** Denials, audits and what is only visible have a ring each, so that a flood of one does not displace the others. */
export type EventRing = "denials" | "audits" | "logs";

/** How often something happened that no event of its own tells of: a decoded `pc_kind` with its key. */
export interface KernelCount
  extends Pick<
    KernelEvent,
    | "slot"
    | "ruleId"
    | "tableId"
    | "category"
    | "operation"
    | "unresolvable"
    | "truncated"
    | "guard"
    | "pathless"
    | "write"
    | "second"
    | "visible"
    | "recorded"
  > {
  /**
   * What is alike in all that is counted. `named`: names, rule and operation, as in the event `sequence`. `of_rule`: rule and
   * operation, of more names than are told apart. `of_slot`: the slot alone, of more rules than are told apart; `ruleId`,
   * `category` and `operation` say nothing then.
   */
  level: "named" | "of_rule" | "of_slot";
  /** All that the kind has in common, as text: no two kinds have the same. It does not outlive a boot. */
  kind: string;
  /** 0: passed; else -errno. */
  verdict: number;
  /** Above zero. */
  count: number;
  /** CLOCK_BOOTTIME, nanoseconds, of the first and the last operation that is counted. */
  firstNs: bigint;
  lastNs: bigint;
  /** Of the event that told of the first of the kind; 0: there was none. */
  sequence: bigint;
}

/** A decoded `pc_event`: names are absolute paths, arguments are split. */
export interface KernelEvent {
  ring: EventRing;
  sequence: bigint;
  /** CLOCK_BOOTTIME, nanoseconds. */
  timeNs: bigint;
  slot: number;
  /** The rule that decided; 0: the posture decided. */
  ruleId: number;
  /** The id of the rule table that decided. */
  tableId: bigint;
  category: "process" | "file" | "network" | "capabilities" | "syscalls" | "dns";
  /** Lower case, from `enum pc_operation`: `exec`, `mmap_exec`, `open`, … */
  operation: string;
  /** 0: passed; else -errno. */
  verdict: number;
  /** The object's name could not be had whole. */
  unresolvable: boolean;
  /** A string was cut for the report, never for the verdict. */
  truncated: boolean;
  /** The object is a directory above, or another name of, what the rule protects. */
  guard: boolean;
  /** The program that is executed has no name: it is a memfd, or was unlinked. */
  pathless: boolean;
  /** Judged as a write. */
  write: boolean;
  /** Rename and link: `object` is the new name, `object2` the old one. */
  second: boolean;
  /** It passed, and nothing reports it but the visibility of its category. */
  visible: boolean;
  /** It passed, and is recorded for what the host needs, whatever else reports it. */
  recorded: boolean;
  /** The O_* flags of an open. */
  openFlags: number;
  /** `pid`, `ppid` are thread group ids in the initial pid namespace, `nsPid`, `nsPpid` those in the task's own. */
  pid: number;
  tid: number;
  ppid: number;
  nsPid: number;
  nsPpid: number;
  uid: number;
  gid: number;
  cgroupId: bigint;
  comm: string;
  /** An absolute path; of the dns category the name that is asked for; empty if there is none. */
  object: string;
  /** Of the network and dns categories: the socket, by the kernel's numbers. */
  socket?: { family: number; type: number; protocol: number };
  /** Of the network category, where a rule by address was asked: an address of IPv6, or of IPv4 as it maps them. Where the socket is bound or listens, its own. */
  peer?: { address: bigint; port: number };
  /** Of the capabilities category: which one, by the kernel's number. */
  capability?: number;
  /** Of the syscalls category: which one, by its number on x86-64 whatever the machine, and the errno of its result; 0: it succeeded. */
  called?: { number: number; errno: number };
  /** The other name of rename and link. */
  object2: string;
  exe: string;
  parentExe: string;
  cwd: string;
  args: string[];
  /** `pts0`, `tty1` …; empty if there is none. */
  tty: string;
  syscall: { nr: number; args: bigint[] };
}
