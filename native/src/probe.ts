/**
 * What this kernel can enforce, and why not: read from sysfs and proc, and, because a kernel may list the BPF LSM and
 * still refuse programs (lockdown, missing capabilities), by loading a program that allows everything.
 */
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { type Addon, loadAddon } from "./addon.ts";
import { isAddonError, NativeError } from "./errors.ts";
import { defaultObjectPath, hooksOf, requiredHooks } from "./hooks.ts";
import type { KernelProblem, KernelSupport } from "./types.ts";

export interface ProbeOptions {
  /** Where `sys` and `proc` are, default `/`. With another root nothing is tried on the running kernel. */
  root?: string;
  /** Where the addon and the BPF objects are; default: where `node native/build.mjs` puts them. */
  buildDir?: string | undefined;
  /** The BPF object whose hooks are looked for. */
  objectPath?: string;
  /** The addon, when the caller has one already. */
  addon?: Addon;
}

/** Codes of KernelProblem; docs/errors.md says what to do about each. */
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
type ProblemCode = (typeof problemCodes)[number];

/** Enforcement is refused below: no task-local storage that can be relied on, no ancestor helper in LSM programs. */
const MINIMUM = [5, 15] as const;
/** Before it a look-up in task-local storage may fail for no reason on a fully preemptible kernel. */
const RELIABLE_STORAGE = [6, 2] as const;

/** Never throws for what the kernel lacks: that is what `problems` is for. Throws NATIVE_ADDON_MISSING. */
export function probe(options: ProbeOptions = {}): KernelSupport {
  const root = options.root ?? "/";
  const addon = options.addon ?? loadAddon(options.buildDir);
  const read = (path: string) => readOr(join(root, path));
  const problems: KernelProblem[] = [];
  const problem = (fatal: boolean, code: ProblemCode, message: string, remedy: string) =>
    void problems.push({ code, message, remedy, fatal });

  const kernel = read("proc/sys/kernel/osrelease")?.trim() ?? release();
  if (before(kernel, MINIMUM)) {
    problem(true, "KERNEL_TOO_OLD", `kernel ${kernel} is older than 5.15`, "run 5.15 or newer; 6.6 is recommended");
  }

  const btfPath = join(root, "sys/kernel/btf/vmlinux");
  const btf = existsSync(btfPath);
  if (!btf) problem(true, "BTF_MISSING", `${btfPath} is not there`, "use a kernel built with CONFIG_DEBUG_INFO_BTF=y");

  const lsms = read("sys/kernel/security/lsm");
  const activeLsms =
    lsms === undefined
      ? []
      : lsms
          .trim()
          .split(",")
          .filter((name) => name !== "");
  if (lsms === undefined) {
    const remedy = "mount securityfs on /sys/kernel/security";
    const message =
      "/sys/kernel/security/lsm cannot be read: programs of an inactive BPF LSM load and are never called";
    problem(true, "LSM_LIST_UNREADABLE", message, remedy);
  } else if (!activeLsms.includes("bpf")) {
    const remedy = `add bpf to the boot parameter: lsm=${[...activeLsms, "bpf"].join(",")} (and CONFIG_BPF_LSM=y)`;
    problem(true, "LSM_BPF_INACTIVE", `the active LSMs are ${activeLsms.join(",")}: bpf is not among them`, remedy);
  }

  const refusal = root === "/" && btf ? tryProgram(addon) : undefined;
  if (refusal !== undefined) problem(true, "LSM_PROGRAM_REFUSED", refusal, refusalRemedy(read));

  const cgroup2 = existsSync(join(root, "sys/fs/cgroup/cgroup.controllers"));
  if (!cgroup2) {
    const remedy = "boot with systemd.unified_cgroup_hierarchy=1 (and without cgroup_no_v1 exceptions)";
    problem(true, "CGROUP2_NOT_UNIFIED", "/sys/fs/cgroup is not the unified cgroup v2 hierarchy", remedy);
  }

  const preempt = preemption(read);
  if ((preempt === "full" || preempt === "rt") && before(kernel, RELIABLE_STORAGE)) {
    const message = `preemption is ${preempt} on ${kernel}: tags of tasks are missed at times, their cgroup decides then`;
    problem(false, "PREEMPT_TAG_FALLBACK", message, "boot with preempt=voluntary, or run 6.6 or newer");
  }

  const hooks = findHooks(
    options.objectPath ?? defaultObjectPath(kernel, options.buildDir),
    addon,
    btf ? btfPath : undefined,
    problem,
  );
  const bpfLsm = btf && refusal === undefined && activeLsms.includes("bpf");
  const canEnforce = problems.every(({ fatal }) => !fatal);
  return { kernel, arch: process.arch, activeLsms, bpfLsm, btf, cgroup2, preempt, canEnforce, problems, hooks };
}

type Report = (fatal: boolean, code: ProblemCode, message: string, remedy: string) => void;

function findHooks(
  objectPath: string,
  addon: Addon,
  btfPath: string | undefined,
  problem: Report,
): KernelSupport["hooks"] {
  let names: string[];
  try {
    names = hooksOf(addon, objectPath);
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    problem(true, "OBJECT_MISSING", error.message, "build it with `node native/build.mjs`");
    return [];
  }
  const known = new Set(btfPath === undefined ? [] : addon.btfFunctions(btfPath, "bpf_lsm_"));
  const hooks = names.map((name) => ({ name, available: known.has(name) }));
  const missing = hooks.filter(({ available }) => !available).map(({ name }) => name);
  const needed = missing.filter((name) => requiredHooks.includes(name));
  if (btfPath !== undefined && missing.length > 0) {
    const message = `this kernel has no LSM hook ${missing.join(", ")}: what they guard is not enforced`;
    problem(needed.length > 0, "HOOKS_MISSING", message, "run 6.6 or newer");
  }
  return hooks;
}

/** Why the running kernel refuses an LSM program; undefined: it takes one. */
function tryProgram(addon: Addon): string | undefined {
  try {
    addon.lsmTry("file_open");
    return undefined;
  } catch (error) {
    if (!isAddonError(error)) throw error;
    return `the kernel refuses a BPF LSM program (${error.code}: ${error.message})`;
  }
}

function refusalRemedy(read: (path: string) => string | undefined): string {
  const lockdown = /\[(integrity|confidentiality)\]/.exec(read("sys/kernel/security/lockdown") ?? "")?.[1];
  const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(read("proc/self/status") ?? "")?.[1] ?? "0"}`);
  const needed = { CAP_MAC_ADMIN: 33n, CAP_PERFMON: 38n, CAP_BPF: 39n };
  const lacking = Object.entries(needed).filter(([, bit]) => ((held >> bit) & 1n) === 0n);
  if (lacking.length > 0) return `grant ${lacking.map(([name]) => name).join(", ")} to this process`;
  if (lockdown !== undefined)
    return `the kernel is locked down (${lockdown}): boot without lockdown, or with lockdown=none`;
  return "use a kernel with CONFIG_BPF_LSM=y that does not restrict BPF";
}

/** The mode in force; debugfs tells it, else the boot parameter, else how the kernel was built. */
function preemption(read: (path: string) => string | undefined): string {
  const inForce = /\((\w+)\)/.exec(read("sys/kernel/debug/sched/preempt") ?? "")?.[1];
  if (inForce !== undefined) return inForce;
  const version = read("proc/version") ?? "";
  if (version.includes("PREEMPT_RT")) return "rt";
  const chosen = /(?:^|\s)preempt=(\w+)/.exec(read("proc/cmdline") ?? "")?.[1];
  if (chosen !== undefined) return chosen;
  if (version.includes("PREEMPT_DYNAMIC")) return "dynamic";
  return /\bPREEMPT\b/.test(version) ? "full" : "voluntary";
}

function parse(version: string): [number, number] {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor)];
}

function before(version: string, limit: readonly [number, number]): boolean {
  const [major, minor] = parse(version);
  return major < limit[0] || (major === limit[0] && minor < limit[1]);
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // absent or unreadable: the caller reports what follows from that
  }
}
