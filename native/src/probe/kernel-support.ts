/** What a kernel can enforce, and why not: the shapes of the probe's answer. */

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
