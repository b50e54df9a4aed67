/** What follows from a kernel's release and from its kind of preemption. */

/** Before this release LSM programs have no task-local storage to rely on, and no helper that names ancestor cgroups. */
const minimum = [5, 15] as const;
/** Before this release a look-up in task-local storage may fail without a reason on a fully preemptible kernel. */
const reliableStorage = [6, 2] as const;

export const isTooOld = (release: string): boolean => isBefore(release, minimum);
export const hasReliableStorage = (release: string): boolean => !isBefore(release, reliableStorage);

function isBefore(release: string, limit: readonly [number, number]): boolean {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major) < limit[0] || (Number(major) === limit[0] && Number(minor) < limit[1]);
}

/** The mode in force. debugfs tells it; else it is the boot parameter's, else that of the kernel's build. */
export function preemption(read: (path: string) => string | undefined): string {
  const inForce = /\((\w+)\)/.exec(read("sys/kernel/debug/sched/preempt") ?? "")?.[1];
  if (inForce !== undefined) return inForce;
  const version = read("proc/version") ?? "";
  if (version.includes("PREEMPT_RT")) return "rt";
  const chosen = /(?:^|\s)preempt=(\w+)/.exec(read("proc/cmdline") ?? "")?.[1];
  if (chosen !== undefined) return chosen;
  if (version.includes("PREEMPT_DYNAMIC")) return "dynamic";
  return /\bPREEMPT\b/.test(version) ? "full" : "voluntary";
}
