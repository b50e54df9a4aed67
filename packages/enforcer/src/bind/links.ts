/**
 * What the names of a rule set lead to in a container's root. The kernel judges the name an object really has; a rule
 * names what the user wrote. So every symbolic link in a rule's path is followed here, inside the container's root, one
 * component at a time, and the rule then covers both spellings.
 *
 * Not followed: a last link to a multi-call binary (busybox and its kind), because the rule would then block every
 * applet; links of /proc that lead each process somewhere else (/proc/self is a name to the kernel engine, and stays one); names below network or FUSE mounts, whose server could
 * hang us. Each is reported with its reason.
 */

import { lstat, readlink } from "node:fs/promises";
import { RootUnavailableError } from "../errors.ts";
import { isMissing } from "../host/files.ts";
import type { ContainerRoot } from "./root.ts";

export interface ResolvedLinks {
  /** Written name → the other name it leads to. Names without a link are absent. Directories keep their last "/". */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  /** Written name → why it could not be resolved into something enforceable. */
  readonly refused: ReadonlyMap<string, string>;
}

/** As many as the kernel follows. */
const maxLinks = 40;
const maxLength = 4096;
const multiCall = /^(?:busybox|toybox|coreutils|gnu-coreutils|uutils)(?:[.-].*)?$/;
/** Links of /proc that lead through /proc/self, which the kernel takes for the process's own folder (native/bpf/proc.h). */
const throughSelf = new Set(["net", "mounts"]);
/** What is below /proc/self and leads out of it again, each process elsewhere. */
const leadsOut = new Set(["root", "cwd", "exe", "fd", "map_files", "ns"]);

/** Resolves `names` (absolute; directories end in "/") in `root`. Rejects with RootUnavailableError when the root itself goes away. */
export async function resolveLinks(root: ContainerRoot, names: Iterable<string>): Promise<ResolvedLinks> {
  const walker = new Walker(root);
  const aliases = new Map<string, string[]>();
  const refused = new Map<string, string>();
  for (const name of names) {
    const found = await walker.resolve(name);
    if ("refused" in found) refused.set(name, found.refused);
    if (found.path !== undefined && found.path !== name) aliases.set(name, [found.path]);
  }
  try {
    await lstat(root.path); // still there: what was taken for absent was not a root that had gone
  } catch (error) {
    throw new RootUnavailableError(`${root.path} has gone`, { cause: error });
  }
  return { aliases, refused };
}

/** The same content, the same text: part of the key under which an image is kept. */
export function aliasesKey(aliases: ReadonlyMap<string, readonly string[]>): string {
  return JSON.stringify([...aliases].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

type Found = { readonly path: string | undefined } | { readonly path: string | undefined; readonly refused: string };

class Walker {
  readonly #root: ContainerRoot;
  /** Link target of a name inside the root; null: no link (or nothing there). */
  readonly #targets = new Map<string, string | null>();

  constructor(root: ContainerRoot) {
    this.#root = root;
  }

  async resolve(name: string): Promise<Found> {
    const directory = name.endsWith("/");
    const todo = name.split("/").filter((part) => part !== "");
    const done: string[] = [];
    const text = () => `/${done.join("/")}`;
    const whole = () => (directory && done.length > 0 ? `${text()}/` : text());
    for (let links = 0; todo.length > 0; ) {
      const part = todo.shift()!;
      if (part === ".") continue;
      if (part === "..") {
        done.pop(); // at the root it stays
        continue;
      }
      if (done.length === 1 && done[0] === "proc") {
        if (part === "thread-self" || (part === "self" && leadsOut.has(todo[0] ?? "") && todo.length > 1)) {
          return { path: undefined, refused: `/proc/${part} leads every process somewhere else` };
        }
        if (part === "self" || throughSelf.has(part)) {
          if (part !== "self") done.push("self");
          done.push(part, ...todo.splice(0));
          break;
        }
      }
      const at = done.length === 0 ? `/${part}` : `${text()}/${part}`;
      if (this.#isRemote(at)) {
        done.push(part, ...todo.splice(0).filter((rest) => rest !== "."));
        if (done.includes(".."))
          return { path: undefined, refused: `${at} is a network or FUSE mount, links in it are not followed` };
        break;
      }
      const target = await this.#target(at);
      if (target === null) {
        done.push(part);
        continue;
      }
      if (++links > maxLinks || target.length > maxLength) {
        return {
          path: undefined,
          refused: `more than ${maxLinks} links, or one longer than ${maxLength} bytes, at ${at}`,
        };
      }
      const last = !directory && todo.length === 0;
      const targetName = target.split("/").findLast((piece) => piece !== "") ?? "";
      if (last && multiCall.test(targetName) && !multiCall.test(part) && part !== targetName) {
        done.push(part);
        return {
          path: whole(),
          refused: `${at} is a link to the multi-call binary ${target}: a rule on it would decide for all its applets`,
        };
      }
      if (target.startsWith("/")) done.length = 0;
      todo.unshift(...target.split("/").filter((piece) => piece !== ""));
      if (todo.length > maxLength) return { path: undefined, refused: `too many components at ${at}` };
    }
    return { path: whole() };
  }

  async #target(name: string): Promise<string | null> {
    const known = this.#targets.get(name);
    if (known !== undefined) return known;
    let target: string | null = null;
    try {
      const path = this.#root.path + name.slice(1);
      if ((await lstat(path)).isSymbolicLink()) target = await readlink(path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (!isMissing(error) && code !== "EACCES" && code !== "ENAMETOOLONG" && code !== "EINVAL") throw error;
    }
    this.#targets.set(name, target);
    return target;
  }

  #isRemote(name: string): boolean {
    return this.#root.remoteMounts.some((point) => name === point || name.startsWith(`${point}/`));
  }
}
