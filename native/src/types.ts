/**
 * The shapes the typed face speaks: what a kernel can do, what the engine reports, what a rule table is. No behaviour, so
 * that a consumer can depend on these without the addon being built.
 */

/** Why (part of) the enforcement is not possible on a kernel. `fatal`: nothing can be enforced until it is remedied. */
export interface KernelProblem {
  /** Stable, e.g. `LSM_BPF_INACTIVE`; the list is in docs/errors.md. */
  code: string;
  message: string;
  remedy: string;
  fatal: boolean;
}

/** What this kernel can enforce, and why not. */
export interface KernelSupport {
  /** Release as uname prints it, e.g. `6.12.48+deb13-amd64`. */
  kernel: string;
  /** Node's name of the machine: `x64`, `arm64`. */
  arch: string;
  /** The active LSMs in order; empty when securityfs cannot be read. */
  activeLsms: string[];
  /** True when the BPF LSM is active and the kernel accepts a program for it. */
  bpfLsm: boolean;
  /** The kernel carries its type information (`/sys/kernel/btf/vmlinux`). */
  btf: boolean;
  /** cgroup v2 is the unified hierarchy. */
  cgroup2: boolean;
  /** `none`, `voluntary`, `full`, `lazy`, `rt`, or `dynamic` when the mode in force cannot be read. */
  preempt: string;
  /** No fatal problem. */
  canEnforce: boolean;
  problems: KernelProblem[];
  /** LSM hooks the engine knows, and whether this kernel has them. */
  hooks: { name: string; available: boolean }[];
}

/** A compiled rule set as it goes into the kernel: `elements` values of PC_BUCKET_SIZE bytes. */
export interface RuleTable {
  readonly elements: number;
  readonly data: Uint8Array;
}

export type EventRing = "denials" | "audits";

/** One decoded `pc_event`: names turned round to absolute paths, arguments split. */
export interface KernelEvent {
  ring: EventRing;
  sequence: bigint;
  /** CLOCK_BOOTTIME, nanoseconds. */
  timeNs: bigint;
  slot: number;
  /** The rule that decided; 0: the posture. */
  ruleId: number;
  /** Id of the rule table that decided. */
  tableId: bigint;
  category: "process" | "file";
  /** Lower case, from `enum pc_operation`: `exec`, `mmap_exec`, `open`, … */
  operation: string;
  /** 0 passed, else -errno. */
  verdict: number;
  /** The object's name could not be had whole. */
  unresolvable: boolean;
  /** A string was cut for the report, never for the verdict. */
  truncated: boolean;
  /** The object is a directory above, or another name of, what the rule protects. */
  guard: boolean;
  /** The program executed has no name (memfd, unlinked). */
  pathless: boolean;
  /** Judged as a write. */
  write: boolean;
  /** Rename and link: `object` is the new name, `object2` the old one. */
  second: boolean;
  /** Of an open: its O_* flags. */
  openFlags: number;
  /** Thread group ids: in the initial pid namespace, and in the task's own. */
  pid: number;
  tid: number;
  ppid: number;
  nsPid: number;
  nsPpid: number;
  uid: number;
  gid: number;
  cgroupId: bigint;
  comm: string;
  /** Absolute path; empty when there is none. */
  object: string;
  /** The other name of rename and link. */
  object2: string;
  exe: string;
  parentExe: string;
  cwd: string;
  args: string[];
  /** `pts0`, `tty1`, …; empty: none. */
  tty: string;
  syscall: { nr: number; args: bigint[] };
}

export interface EngineOptions {
  /** Where the addon and the BPF objects are; default: where `node native/build.mjs` puts them. */
  buildDir?: string | undefined;
  /** The BPF object; default: the one `node native/build.mjs` makes. */
  objectPath?: string;
  /** A directory on a bpffs of the host, e.g. `/sys/fs/bpf/portcullis`; made when absent. */
  pinDir: string;
  /** Inode number of the host's mount namespace. */
  hostMountNamespace: number;
}
