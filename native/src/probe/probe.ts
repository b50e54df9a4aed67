/**
 * What this kernel can enforce, and why not. Most of it is read from sysfs and proc. But a kernel may list the BPF LSM and
 * still refuse programs (it is locked down, or capabilities are missing), so a program that allows everything is loaded too.
 */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { type Addon, loadAddon } from "../addon.ts";
import { isAddonError, NativeError } from "../errors.ts";
import { defaultObjectPath, hooksOf, laterHooks, requiredHooks } from "../load/hooks.ts";
import type { KernelProblem, KernelSupport } from "./kernel-support.ts";
import { hasReliableStorage, isTooOld, preemption } from "./kernel-version.ts";

interface ProbeOptions {
  /** Where `sys` and `proc` are; default: `/`. With another root nothing is tried on the running kernel. */
  root?: string;
  /** Where the addon and the BPF objects are. Default: where `node native/build.mjs` puts them. */
  buildDir?: string | undefined;
  /** The BPF object whose hooks are looked for. */
  objectPath?: string;
  /** The addon, if the caller has it already. */
  addon?: Addon;
}

/** The codes of problems. docs/errors.md says what to do about each. */
export const problemCodes = [
  "KERNEL_TOO_OLD",
  "BTF_MISSING",
  "LSM_LIST_UNREADABLE",
  "LSM_BPF_INACTIVE",
  "LSM_PROGRAM_REFUSED",
  "CGROUP2_NOT_UNIFIED",
  "PREEMPT_TAG_FALLBACK",
  "OBJECT_MISSING",
  "HOOKS_MISSING",
] as const;

interface Problem extends KernelProblem {
  code: (typeof problemCodes)[number];
}

/** Reads a file below the root. undefined: it is absent or unreadable, and the caller says what follows from that. */
type Read = (path: string) => string | undefined;

/** Does not throw for what the kernel lacks: `problems` has that. Throws NATIVE_ADDON_MISSING. */
export function probe(options: ProbeOptions = {}): KernelSupport {
  const root = options.root ?? "/";
  const addon = options.addon ?? loadAddon(options.buildDir);
  const read: Read = (path) => readOr(join(root, path));
  const kernel = read("proc/sys/kernel/osrelease")?.trim() ?? release();
  const btfPath = join(root, "sys/kernel/btf/vmlinux");
  const btf = existsSync(btfPath);
  const lsms = read("sys/kernel/security/lsm");
  const activeLsms = (lsms ?? "")
    .trim()
    .split(",")
    .filter((name) => name !== "");
  const refusal = root === "/" && btf ? tryProgram(addon) : undefined;
  const cgroup2 = existsSync(join(root, "sys/fs/cgroup/cgroup.controllers"));
  const preempt = preemption(read);
  const objectPath = options.objectPath ?? defaultObjectPath(kernel, options.buildDir);
  const found = findHooks(objectPath, addon, btf ? btfPath : undefined);

  const problems = [
    ...versionProblems(kernel),
    ...btfProblems(btf, btfPath),
    ...lsmProblems(lsms === undefined ? undefined : activeLsms),
    ...refusalProblems(refusal, read),
    ...cgroupProblems(cgroup2),
    ...preemptionProblems(preempt, kernel),
    ...found.problems,
  ];
  const bpfLsm = btf && refusal === undefined && activeLsms.includes("bpf");
  const canEnforce = problems.every(({ fatal }) => !fatal);
  return {
    kernel,
    arch: process.arch,
    activeLsms,
    bpfLsm,
    btf,
    cgroup2,
    preempt,
    canEnforce,
    problems,
    hooks: found.hooks,
  };
}

function versionProblems(kernel: string): Problem[] {
  if (!isTooOld(kernel)) return [];
  const message = `kernel ${kernel} is older than 5.15`;
  return [{ fatal: true, code: "KERNEL_TOO_OLD", message, remedy: "run 5.15 or newer; 6.6 is recommended" }];
}

function btfProblems(btf: boolean, path: string): Problem[] {
  if (btf) return [];
  const remedy = "use a kernel built with CONFIG_DEBUG_INFO_BTF=y";
  return [{ fatal: true, code: "BTF_MISSING", message: `${path} is not there`, remedy }];
}

/** `active`: undefined if the list cannot be read. */
function lsmProblems(active: readonly string[] | undefined): Problem[] {
  if (active === undefined) {
    const message =
      "/sys/kernel/security/lsm cannot be read: programs of an inactive BPF LSM load and are never called";
    return [{ fatal: true, code: "LSM_LIST_UNREADABLE", message, remedy: "mount securityfs on /sys/kernel/security" }];
  }
  if (active.includes("bpf")) return [];
  const message = `the active LSMs are ${active.join(",")}: bpf is not among them`;
  const remedy = `add bpf to the boot parameter: lsm=${[...active, "bpf"].join(",")} (and CONFIG_BPF_LSM=y)`;
  return [{ fatal: true, code: "LSM_BPF_INACTIVE", message, remedy }];
}

function refusalProblems(refusal: string | undefined, read: Read): Problem[] {
  if (refusal === undefined) return [];
  return [{ fatal: true, code: "LSM_PROGRAM_REFUSED", message: refusal, remedy: refusalRemedy(read) }];
}

function cgroupProblems(cgroup2: boolean): Problem[] {
  if (cgroup2) return [];
  const message = "/sys/fs/cgroup is not the unified cgroup v2 hierarchy";
  const remedy = "boot with systemd.unified_cgroup_hierarchy=1 (and without cgroup_no_v1 exceptions)";
  return [{ fatal: true, code: "CGROUP2_NOT_UNIFIED", message, remedy }];
}

function preemptionProblems(preempt: string, kernel: string): Problem[] {
  if ((preempt !== "full" && preempt !== "rt") || hasReliableStorage(kernel)) return [];
  const message = `preemption is ${preempt} on ${kernel}: states of tasks are missed at times, and their cgroup decides then`;
  const remedy = "boot with preempt=voluntary, or run 6.6 or newer";
  return [{ fatal: false, code: "PREEMPT_TAG_FALLBACK", message, remedy }];
}

/** `btfPath`: undefined if the kernel has no BTF. Then no hook is known to be there. */
function findHooks(
  objectPath: string,
  addon: Addon,
  btfPath: string | undefined,
): { hooks: KernelSupport["hooks"]; problems: Problem[] } {
  let names: string[];
  try {
    names = hooksOf(addon, objectPath);
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    const remedy = "build it with `node native/build.mjs`";
    return { hooks: [], problems: [{ fatal: true, code: "OBJECT_MISSING", message: error.message, remedy }] };
  }
  const known = new Set(btfPath === undefined ? [] : addon.btfFunctions(btfPath, "bpf_lsm_"));
  const hooks = names.map((name) => ({ name, available: known.has(name) }));
  const missing = hooks
    .filter(({ name, available }) => !available && !laterHooks.includes(name))
    .map(({ name }) => name);
  if (btfPath === undefined || missing.length === 0) return { hooks, problems: [] };
  const fatal = missing.some((name) => requiredHooks.includes(name));
  const message = `this kernel has no LSM hook ${missing.join(", ")}: what they guard is not enforced`;
  return { hooks, problems: [{ fatal, code: "HOOKS_MISSING", message, remedy: "run 6.6 or newer" }] };
}

/** Why the running kernel refuses an LSM program; undefined: it accepts one. */
function tryProgram(addon: Addon): string | undefined {
  try {
    addon.lsmTry("file_open");
    return undefined;
  } catch (error) {
    if (!isAddonError(error)) throw error;
    return `the kernel refuses a BPF LSM program (${error.code}: ${error.message})`;
  }
}

function refusalRemedy(read: Read): string {
  const lockdown = /\[(integrity|confidentiality)\]/.exec(read("sys/kernel/security/lockdown") ?? "")?.[1];
  const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(read("proc/self/status") ?? "")?.[1] ?? "0"}`);
  const needed = { CAP_MAC_ADMIN: 33n, CAP_PERFMON: 38n, CAP_BPF: 39n };
  const lacking = Object.entries(needed).filter(([, bit]) => ((held >> bit) & 1n) === 0n);
  if (lacking.length > 0) return `grant ${lacking.map(([name]) => name).join(", ")} to this process`;
  if (lockdown !== undefined)
    return `the kernel is locked down (${lockdown}): boot without lockdown, or with lockdown=none`;
  return "use a kernel with CONFIG_BPF_LSM=y that does not restrict BPF";
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
