/** System calls by name and number. Rules have them by name; to the kernel they are numbers: those of x86-64, whatever the machine. */
import { arm64Syscalls, type SyscallRuns, x64Syscalls } from "../../data/syscalls.ts";
import { nearest } from "../nearest.ts";

function byNumber(runs: SyscallRuns): ReadonlyMap<number, string> {
  const names = ([first, run]: SyscallRuns[number]) =>
    run
      .trim()
      .split(/\s+/)
      .map((name, index): [number, string] => [first + index, name]);
  return new Map(runs.flatMap(names));
}

const names = { x64: byNumber(x64Syscalls), arm64: byNumber(arm64Syscalls) };
const numbers: ReadonlyMap<string, number> = new Map([...names.x64].map(([number, name]) => [name, number]));

/** The number by which rule tables and events have a system call, on every machine. Undefined: there is none of this name. */
export const syscallNumber = (name: string): number | undefined => numbers.get(name);

/** The name of a number on a machine (`process.arch`). Undefined: it has none yet. */
export const syscallNameOf = (number: number, machine: string): string | undefined =>
  (machine === "arm64" ? names.arm64 : names.x64).get(number);

/** The names of a list, each once; or what is wrong with the first that is none. */
export function syscallsIn(list: readonly unknown[]): readonly string[] | string {
  const wrong = list.find((name) => typeof name !== "string" || !numbers.has(name));
  if (wrong === undefined) return list.length === 0 ? "is empty: name a system call" : [...new Set(list as string[])];
  const near = typeof wrong === "string" ? nearest(wrong, [...numbers.keys()]) : undefined;
  return `${JSON.stringify(wrong)} is no system call of x86-64 or arm64${near ? `: did you mean ${near}?` : ""}`;
}
