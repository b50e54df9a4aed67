/** What follows from a kernel's release and from its kind of preemption. */

/** Before it there is no task-local storage that can be relied on, and no ancestor helper in LSM programs. */
const minimum = [5, 15] as const;
/** Before it a look-up in task-local storage may fail for no reason on a fully preemptible kernel. */
const reliableStorage = [6, 2] as const;

export const isTooOld = (release: string): boolean => isBefore(release, minimum);
export const hasReliableStorage = (release: string): boolean => !isBefore(release, reliableStorage);

function isBefore(release: string, limit: readonly [number, number]): boolean {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(major) < limit[0] || (Number(major) === limit[0] && Number(minor) < limit[1]);
}

/** The mode in force; debugfs tells it, else the boot parameter, else how the kernel was built. */
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
