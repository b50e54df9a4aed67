/**
 * The base allowance: what any program needs in order to run. It is permitted wherever a category is an allow-list, and asked after every
 * rule of a policy, so that a Block rule always beats it. The chart's value `baseAllowance` switches it off. Paths are those in
 * the container; symbolic links in them are resolved like those of any rule.
 *
 * All of it concerns the file category: no program is permitted to be started. Only Block rules refuse mapping a library executable, so
 * that this needs no entry. What a dynamic loader loads as its program is an execution
 * (docs/adr/0004-what-a-dynamic-loader-executes.md). /proc/self/ is the reading process's own /proc/PID/ (native/bpf/proc.h).
 *
 * use  read       opened for reading; a write falls through to the posture
 *      read-write opened for reading and writing: devices that hold nothing, and terminals
 */
export interface BaseEntry {
  readonly name: string;
  /** Only where the name ends in "/". */
  readonly recursive?: boolean;
  readonly use: "read" | "read-write";
  readonly why: string;
}

const libraries = ["/lib/", "/lib32/", "/lib64/", "/libx32/"].flatMap((dir) => [dir, `/usr${dir}`, `/usr/local${dir}`]);

export const baseEntries: readonly BaseEntry[] = [
  ...libraries.map(
    (name) => ({ name, recursive: true, use: "read", why: "dynamic loader and shared libraries" }) as const,
  ),
  { name: "/etc/ld.so.cache", use: "read", why: "dynamic loader (glibc): where libraries are" },
  { name: "/etc/ld.so.preload", use: "read", why: "dynamic loader (glibc) asks for it at every start" },
  { name: "/etc/ld.so.conf", use: "read", why: "dynamic loader (glibc)" },
  { name: "/etc/ld.so.conf.d/", recursive: true, use: "read", why: "dynamic loader (glibc)" },
  { name: "/etc/ld-musl-x86_64.path", use: "read", why: "dynamic loader (musl): where libraries are" },
  { name: "/etc/ld-musl-aarch64.path", use: "read", why: "dynamic loader (musl): where libraries are" },
  { name: "/usr/share/locale/", recursive: true, use: "read", why: "locale data" },
  { name: "/usr/share/i18n/", recursive: true, use: "read", why: "locale data" },
  { name: "/etc/locale.alias", use: "read", why: "locale data" },
  { name: "/usr/share/zoneinfo/", recursive: true, use: "read", why: "time zones" },
  { name: "/etc/localtime", use: "read", why: "time zones" },
  { name: "/etc/timezone", use: "read", why: "time zones" },
  { name: "/dev/null", use: "read-write", why: "nothing; every redirection to it" },
  { name: "/dev/zero", use: "read-write", why: "zeroes" },
  { name: "/dev/full", use: "read-write", why: "the full device" },
  { name: "/dev/random", use: "read-write", why: "random numbers" },
  { name: "/dev/urandom", use: "read-write", why: "random numbers" },
  { name: "/dev/tty", use: "read-write", why: "the process's own terminal" },
  { name: "/dev/ptmx", use: "read-write", why: "makes terminals of the container" },
  { name: "/dev/pts/", use: "read-write", why: "terminals of the container" },
  { name: "/proc/self/", recursive: true, use: "read", why: "a process about itself" },
  { name: "/proc/sys/kernel/", use: "read", why: "kernel parameters programs ask at start" },
];
