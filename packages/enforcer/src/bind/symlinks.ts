/**
 * What the names of a rule set lead to in a container's root. The kernel judges the name that an object really has; a rule
 * names what the user wrote. So every symbolic link in a rule's path is followed here, inside the container's root, one
 * component at a time, and the rule then covers both spellings.
 *
 * A last symlink to a multi-call binary (busybox and its kind) leads to one of its applets, and not to all of them. Some symlinks are not followed,
 * and each is reported with its reason: those of /proc that lead each process somewhere else (/proc/self is a
 * name to the kernel engine, and stays one); names below network or FUSE mounts, whose server could hang us.
 * Long because a walk is one thing, with all that can meet it on the way.
 */

import { lstat } from "node:fs/promises";
import { appletAlias, type KnownAliases } from "@portcullis/policy";
import { RootUnavailableError } from "../errors.ts";
import type { ContainerRoot } from "./container-root.ts";
import type { HardLinks, OtherNames } from "./hard-links.ts";
import { isMultiCall, tellsApplets } from "./multi-call.ts";
import { pauses } from "./near.ts";
import type { NoticedNames } from "./notices.ts";
import { RootSymlinks } from "./root-symlinks.ts";

/**
 * Written name → the other name it leads to. Names without a symlink are absent. Directories keep their last "/". An alias is fixed
 * when the container cannot have steered it: every symlink on the way lies in a layer of the image, or on a mount that it cannot
 * write. Allow rules follow no others, because whoever may make a symlink would widen the list by it.
 */
export interface ResolvedSymlinks extends KnownAliases {
  /** Written name → why it could not be resolved into something enforceable. */
  readonly refused: ReadonlyMap<string, string>;
  /** What was noticed of names that probably mean something else. Absent: nobody has looked. */
  readonly noticed?: NoticedNames | undefined;
  /** The root's file system, if it is no overlay: then nobody can tell what in it is the image's. */
  readonly unlayered?: string | undefined;
  /** Identity of the root in which they were found. */
  readonly root: string;
}

const maxSymlinks = 40; // as many as the kernel follows
const maxLength = 4096;
const tooManyFiles = "the hard links of its file could not all be found: there are too many files beside it";
/** Symlinks of /proc that lead through /proc/self, which the kernel takes for the process's own folder (native/bpf/proc.h). */
const throughSelf = new Set(["net", "mounts"]);
/** What is below /proc/self and leads out of it again, each process elsewhere. */
const leadsOut = new Set(["root", "cwd", "exe", "fd", "map_files", "ns"]);

/** Who looks for hard links, and who is told meanwhile what is known without them. */
interface Search {
  readonly hardLinks: HardLinks;
  /** Those of the names that are sources. */
  readonly sources?: ReadonlySet<string>;
  /** Called when they have to be looked for, which takes a while: with all but them. */
  readonly meanwhile?: (found: ResolvedSymlinks) => void;
}

/**
 * Resolves `names` (absolute; directories end in "/") in `root`. What a name leads to has its hard links for aliases as well, none of which is fixed.
 * Rejects with RootUnavailableError when the root itself goes away.
 */
export async function resolveSymlinks(
  root: ContainerRoot,
  names: Iterable<string>,
  search?: Search,
): Promise<ResolvedSymlinks> {
  const symlinks = new RootSymlinks(root);
  const ends = await walkAll(symlinks, [...names]);
  const noticed = await noticedOf(symlinks, ends, search?.sources);
  const asked = search?.hardLinks.asked(root, filesOf(ends));
  if (asked && !asked.isKnown) search?.meanwhile?.(await resolved(root, ends, asked.known));
  return { ...(await resolved(root, ends, await asked?.all())), noticed };
}

async function noticedOf(
  symlinks: RootSymlinks,
  ends: readonly [string, FollowedWalk][],
  sources: ReadonlySet<string> = new Set(),
): Promise<NoticedNames> {
  const unprotected = new Map<string, string>();
  const pause = pauses();
  for (const [name, { path, nothing, refused, links }] of ends) {
    if (!sources.has(name) || path === undefined || nothing || refused !== undefined) continue;
    await pause();
    const isSteered = links.some((link) => symlinks.whyWritable(link) !== undefined);
    const why = symlinks.whyWritable(path) ?? (isSteered ? "a symbolic link to it is the container's own" : undefined);
    if (why !== undefined) unprotected.set(name, why);
  }
  return { nothing: new Set(ends.flatMap(([name, { nothing }]) => (nothing ? [name] : []))), unprotected };
}

async function resolved(
  root: ContainerRoot,
  ends: readonly [string, FollowedWalk][],
  others: ReadonlyMap<string, OtherNames> | undefined,
): Promise<Omit<ResolvedSymlinks, "noticed">> {
  const aliases = new Map<string, string[]>();
  const fixedAliases = new Map<string, string[]>();
  const links = new Map<string, readonly string[]>();
  const refused = new Map<string, string>();
  for (const [name, found] of ends) {
    if (found.refused !== undefined) refused.set(name, found.refused);
    if (found.links.length > 0) links.set(name, found.links);
    const { isCut, names: linked } = others?.get(found.path ?? "") ?? noOtherNames;
    if (isCut) refused.set(name, tooManyFiles);
    const own = aliasOf(name, found);
    if (own.length + linked.length > 0) aliases.set(name, [...own, ...linked]);
    if (found.fixed && own.length > 0) fixedAliases.set(name, own);
  }
  const unlayered = await typeUnlessOverlay(root);
  return { aliases, fixedAliases, links, refused, ...(unlayered && { unlayered }), root: root.identity };
}

/** The root's file system, if it is no overlay. */
async function typeUnlessOverlay(root: ContainerRoot): Promise<string | undefined> {
  try {
    // A root that has gone would look like one without symlinks.
    await lstat(root.path);
  } catch (error) {
    throw new RootUnavailableError(`${root.path} has gone`, { cause: error });
  }
  const type = root.mounts.of("/")?.type ?? "unknown";
  return type === "overlay" ? undefined : type;
}

const noOtherNames = { names: [], isCut: false };

/** What a written name leads to, if it is another one. */
function aliasOf(name: string, { path, applet }: FollowedWalk): string[] {
  if (path === undefined) return [];
  const names = applet ? [applet.link, appletAlias({ program: path, applet: applet.name })] : [path];
  return names.filter((one) => one !== name);
}

/** Where names of files have ended. */
const filesOf = (ends: readonly [string, FollowedWalk][]): string[] =>
  ends.flatMap(([, { path, refused }]) =>
    path === undefined || path.endsWith("/") || refused !== undefined ? [] : [path],
  );

async function walkAll(symlinks: RootSymlinks, names: readonly string[]): Promise<[name: string, end: FollowedWalk][]> {
  const ends: [string, FollowedWalk][] = [];
  const pause = pauses();
  for (const name of names) {
    await pause();
    ends.push([name, new Walk(symlinks, name).end()]);
  }
  return ends;
}

/** Where a name ended; with `refused` the path is at most a part of what the name means. */
interface WalkEnd {
  readonly path: string | undefined;
  readonly refused?: string;
  /** Nothing on the way can have been made by the container. */
  readonly fixed?: boolean;
}

/** … with the symbolic links on the way to it, by their own names. */
type FollowedWalk = WalkEnd & {
  readonly links: readonly string[];
  /** Nothing has that name. Not said of names that are not looked up. */
  readonly nothing: boolean;
  /** The path is a multi-call binary, and the link to it, by its own name, makes this applet of it. */
  readonly applet?: { readonly name: string; readonly link: string } | undefined;
};

/** The way of one name through the root, component by component. */
class Walk {
  readonly #symlinks: RootSymlinks;
  readonly #directory: boolean;
  /** Components still to be walked. */
  readonly #todo: string[];
  /** Components of the real name so far. */
  readonly #done: string[] = [];
  readonly #links: string[] = [];
  /** The last component as it is written: what a program is told that it is called. */
  readonly #last: string;
  #applet: FollowedWalk["applet"];
  #fixed = true;
  #nothing = false;

  constructor(symlinks: RootSymlinks, name: string) {
    this.#symlinks = symlinks;
    this.#directory = name.endsWith("/");
    this.#todo = name.split("/").filter((part) => part !== "");
    this.#last = this.#todo.at(-1) ?? "";
  }

  end(): FollowedWalk {
    const end = this.#walk();
    return { ...end, links: this.#links, nothing: this.#nothing, applet: this.#applet };
  }

  #walk(): WalkEnd {
    while (this.#todo.length > 0) {
      const end = this.#step(this.#todo.shift()!);
      if (end) return end;
    }
    return { path: this.#path(), fixed: this.#fixed };
  }

  /** Walks one component. An answer ends the walk. */
  #step(part: string): WalkEnd | undefined {
    if (part === ".") return undefined;
    if (part === "..") {
      this.#done.pop(); // at the root it stays
      return undefined;
    }
    if (this.#done.length === 1 && this.#done[0] === "proc" && this.#leadsToSelf(part)) return this.#self(part);
    const at = `/${[...this.#done, part].join("/")}`;
    if (this.#symlinks.isRemote(at)) return this.#remote(part, at);
    const found = this.#symlinks.of(at);
    if (typeof found === "object") {
      this.#fixed &&= found.fixed;
      return this.#follow(part, at, found.target);
    }
    this.#done.push(part);
    if (found === "nothing") this.#asWritten();
    return undefined;
  }

  /** Nothing is there, and so nothing below it either: the rest is taken as written. */
  #asWritten(): void {
    this.#nothing = true;
    for (const part of this.#todo.splice(0)) {
      if (part === "..") this.#done.pop();
      else if (part !== ".") this.#done.push(part);
    }
  }

  /** Whether this component of /proc is, or leads to, the folder of the process that asks. */
  #leadsToSelf(part: string): boolean {
    return part === "self" || part === "thread-self" || throughSelf.has(part);
  }

  /** /proc/self is a name that the kernel engine understands: what is below it stays as written. */
  #self(part: string): WalkEnd | undefined {
    const leavesSelf = part === "self" && this.#todo.length > 1 && leadsOut.has(this.#todo[0]!);
    if (part === "thread-self" || leavesSelf)
      return { path: undefined, refused: `/proc/${part} leads every process somewhere else` };
    if (part !== "self") this.#done.push("self");
    this.#done.push(part, ...this.#todo.splice(0));
    return undefined;
  }

  /** Below a remote mount nothing is looked up: the rest stays as written. */
  #remote(part: string, at: string): WalkEnd | undefined {
    this.#done.push(part, ...this.#todo.splice(0).filter((rest) => rest !== "."));
    if (!this.#done.includes("..")) return undefined;
    return { path: undefined, refused: `${at} is a network or FUSE mount, symbolic links in it are not followed` };
  }

  #follow(part: string, at: string, target: string): WalkEnd | undefined {
    this.#links.push(at);
    if (this.#links.length > maxSymlinks || target.length > maxLength) {
      const refused = `more than ${maxSymlinks} symbolic links, or one longer than ${maxLength} bytes, at ${at}`;
      return { path: undefined, refused };
    }
    const components = target.split("/").filter((component) => component !== "");
    const last = !this.#directory && this.#todo.length === 0;
    const program = components.at(-1) ?? "";
    if (last && isApplet(part, program)) {
      if (!tellsApplets(program)) return this.#unknownApplet(part, at, target);
      this.#applet = { name: this.#last, link: at };
    }
    if (target.startsWith("/")) this.#done.length = 0;
    this.#todo.unshift(...components);
    if (this.#todo.length > maxLength) return { path: undefined, refused: `too many components at ${at}` };
    return undefined;
  }

  #unknownApplet(part: string, at: string, target: string): WalkEnd {
    this.#done.push(part);
    const refused = `${at} is a symbolic link to the multi-call binary ${target}, of which it is not certain what it runs: name that binary, or use one program a name`;
    return { path: this.#path(), refused };
  }

  #path(): string {
    const path = `/${this.#done.join("/")}`;
    return this.#directory && this.#done.length > 0 ? `${path}/` : path;
  }
}

/** Whether a symlink of this name makes a multi-call binary behave as one of its applets. */
function isApplet(name: string, target: string): boolean {
  return isMultiCall(target) && !isMultiCall(name) && name !== target;
}
