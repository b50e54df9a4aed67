/**
 * Faults that change nothing which any test here could see, each with its reason. They are left out of the lot. A place is a piece of
 * the line's own text, so that an entry ends to count when the line changes.
 */
import type { Fault } from "./faults.ts";

interface Equivalent {
  readonly file: string;
  /** Part of the line; absent: the whole file. */
  readonly text?: string;
  readonly reason: string;
}

const equivalents: readonly Equivalent[] = [
  { file: "native/bpf/kernel.h", reason: "the kernel's own types; it has no code" },
  { file: "native/bpf/core_fixes.h", reason: "chooses between kernels: each guest takes one side" },
  { file: "native/bpf/syscall.h", text: "arm64", reason: "the other architecture" },
];

export function isEquivalent(fault: Fault): boolean {
  return equivalents.some(
    ({ file, text }) => file === fault.file && (text === undefined || fault.before.includes(text)),
  );
}
