/** The shapes of the probe's answer: what a kernel can enforce, and why not. */

/** Why a kernel cannot enforce everything. `fatal`: it can enforce nothing until this is remedied. */
export interface KernelProblem {
  /** Stable, such as `LSM_BPF_INACTIVE`; the list is in docs/errors.md. */
  code: string;
  message: string;
  remedy: string;
  fatal: boolean;
}

/** What this kernel can enforce, and why not. */
export interface KernelSupport {
  /** The release as uname prints it, such as `6.12.48+deb13-amd64`. */
  kernel: string;
  /** Node's name of the machine: `x64`, `arm64`. */
  arch: string;
  /** The active LSMs in their order; empty if securityfs cannot be read. */
  activeLsms: string[];
  /** True when the BPF LSM is active and the kernel accepts a program for it. */
  bpfLsm: boolean;
  /** The kernel carries its type information (`/sys/kernel/btf/vmlinux`). */
  btf: boolean;
  /** cgroup v2 is the unified hierarchy. */
  cgroup2: boolean;
  /** `none`, `voluntary`, `full`, `lazy`, `rt`, or `dynamic` if the mode in force cannot be read. */
  preempt: string;
  /** There is no fatal problem. */
  canEnforce: boolean;
  problems: KernelProblem[];
  /** The LSM hooks that the engine uses, and whether this kernel has them. */
  hooks: { name: string; available: boolean }[];
}
