/** The AppArmor profiles of the rows that show what AppArmor costs. */
import { fileSystems, folderOf, namesOf, ofFiles, type Target } from "./operations.ts";

/** The name of each profile: one is loaded at a time. */
const profileName = "bench";

function profile(rules: readonly string[]): string {
  const lines = rules.map((rule) => `  ${rule},\n`).join("");
  return `profile ${profileName} flags=(attach_disconnected,mediate_deleted) {\n${lines}}\n`;
}

/** What containerd and Docker give every container: all is allowed but what would reach the host. */
export function containerDefault(): string {
  const denied = [
    ...["/proc/* w", "/proc/sys/[^k]** w", "/proc/sys/kernel/{?,??,[^s][^h][^m]**} w", "/proc/sysrq-trigger rwklx"],
    ...["/proc/kcore rwklx", "mount", "/sys/[^f]*/** wklx", "/sys/f[^s]*/** wklx", "/sys/fs/[^c]*/** wklx"],
    ...["/sys/fs/c[^g]*/** wklx", "/sys/fs/cg[^r]*/** wklx", "/sys/firmware/** rwklx", "/sys/kernel/security/** rwklx"],
  ];
  return profile([
    ...["network", "capability", "file", "umount", "signal", "ptrace"],
    ...denied.map((d) => `deny ${d}`),
  ]);
}

/** An allow-list: what the workloads need, and `count` neighbours of the measured file. */
export function allowList(count: number): string {
  const needed = ["/usr/** rm", "/lib/** rm", "/lib64/** rm", "/etc/ld.so.cache r", "/run/bench/* rmix", "/dev/** rw"];
  const neighbours = Array.from({ length: count }, (_, index) =>
    fileSystems.map((fileSystem) => `${folderOf(fileSystem)}/file-${index} r`),
  );
  return profile(["network", "capability", "signal", ...needed, ...measuredNames(), ...neighbours.flat()]);
}

/** The names of all measured objects, with their permissions. AppArmor writes a directory with a slash at its end. */
function measuredNames(): string[] {
  const targets = fileSystems.flatMap((place) => ofFiles.map(({ name: operation }): Target => ({ operation, place })));
  const suffix = (operation: Target["operation"]): string =>
    operation === "mkdir+rmdir" ? "/ rw" : operation === "fork+exec" ? " rmix" : " rw";
  return targets.flatMap((target) => namesOf(target).map((name) => `${name}${suffix(target.operation)}`));
}
