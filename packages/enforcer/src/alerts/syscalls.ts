/** System calls as alerts name them. */
import { syscallNameOf } from "@portcullis/policy";

/** What the kernel says of a task that is in no system call (an io_uring worker). */
const noSyscall = 0xffffffff;

/** `SYS_OPENAT`, or `SYS_<number>` when nobody knows its name. Undefined when the task is in no system call. */
export function syscallName(nr: number): string | undefined {
  return nr === noSyscall || nr < 0 ? undefined : words(nr, process.arch);
}

/** The same by the number that rule tables have, whatever the machine. */
export const calledName = (number: number): string => words(number, "x64");

const words = (nr: number, machine: string): string =>
  `SYS_${(syscallNameOf(nr, machine) ?? String(nr)).toUpperCase()}`;
