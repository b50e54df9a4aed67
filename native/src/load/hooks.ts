/**
 * Which LSM hooks the BPF object is for. The object itself says it: for each hook it has a program `stub_<hook>`, which stays
 * attached. What the stub passes on is judged by a body, which an upgrade replaces: by that of all hooks (body.ts), or where there is a
 * program `body_<hook>`, by that one.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Addon, type BpfObject, buildDir } from "../addon.ts";
import { NativeError, step } from "../errors.ts";

const btfPath = "/sys/kernel/btf/vmlinux";

export const stubPrefix = "stub_";
export const bodyPrefix = "body_";
/** The program array by which a hook's stub calls a body of its own: for an even version its first element, for an odd one the second. */
export const jumpPrefix = "jump_";

/** Without these it is not known who acts, or nothing is judged: a kernel that lacks one cannot enforce. */
export const requiredHooks: readonly string[] = [
  "task_alloc",
  "bprm_creds_for_exec",
  "bprm_committed_creds",
  "bprm_check_security",
  "file_open",
];

/** Hooks of later kernels alone. On earlier ones what they are asked comes by another hook, so that nothing is lost without them. */
export const laterHooks: readonly string[] = ["inode_set_acl", "inode_remove_acl", "file_ioctl_compat"];

/** These are attached first, in this order: who a task is must be known, and inherited, before anything is judged. */
const first: readonly string[] = ["task_alloc", "bprm_creds_for_exec", "bprm_committed_creds"];

/** The object for a kernel release: 5.15 refuses calls of kernel functions, with which the engine is faster on later ones. */
export function defaultObjectPath(release: string, from = buildDir): string {
  return join(from, /^5\.15\b/.test(release) ? "portcullis-515.bpf.o" : "portcullis.bpf.o");
}

/** Parses the object file. Throws NATIVE_OBJECT_MISSING if it cannot be read or is no BPF object. */
export function openObject(addon: Addon, path: string): { object: BpfObject; bytes: Uint8Array } {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const remedy = "build it with `node native/build.mjs`";
    throw new NativeError("NATIVE_OBJECT_MISSING", `the BPF object ${path} cannot be read: ${remedy}`, {
      cause: error,
    });
  }
  const what = `the BPF object ${path}`;
  return {
    object: step("NATIVE_OBJECT_MISSING", what, () => addon.objectOpen(bytes, basename(path, ".bpf.o"))),
    bytes,
  };
}

/** The hooks of an opened object, in the order in which they are to be attached. */
export function hooksIn(addon: Addon, object: BpfObject): string[] {
  const programs = addon.objectDescribe(object).programs.map(({ name }) => name);
  const hooks = programs.filter((name) => name.startsWith(stubPrefix)).map((name) => name.slice(stubPrefix.length));
  const rank = (hook: string) => (first.includes(hook) ? first.indexOf(hook) : first.length);
  return hooks.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Those of the hooks that the running kernel has. */
export function availableHooks(addon: Addon, hooks: readonly string[]): string[] {
  const known = new Set(step("NATIVE_LOAD_REFUSED", "the kernel's BTF", () => addon.btfFunctions(btfPath, "bpf_lsm_")));
  return hooks.filter((hook) => known.has(hook));
}

/** The hooks of the object in a file. Nothing reaches the kernel. */
export function hooksOf(addon: Addon, path: string): string[] {
  const { object } = openObject(addon, path);
  try {
    return hooksIn(addon, object);
  } finally {
    addon.close(object);
  }
}
