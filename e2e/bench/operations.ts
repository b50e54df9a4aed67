/** What is done to what: the operations that are measured, the file systems, and the names of the objects on each. */

export const fileSystems = ["tmpfs", "overlayfs"] as const;
export type FileSystem = (typeof fileSystems)[number];
/** Where an operation is done: on a file system, or on the network interface `lo`, or it is about nothing but the process. */
type Place = FileSystem | "lo" | "process";

interface Operation {
  readonly name: string;
  /** Its name for workload.c. */
  readonly mode: string;
  /** How often it is done, in 24 batches. */
  readonly count: number;
  readonly places: readonly Place[];
  /** Last component of the object's name, all of it six components deep. Absent: the operation is about no name. */
  readonly leaf?: string;
  /** How many hooks of the engine it calls, where the limits are about a call. */
  readonly calls?: number;
}

export const operations = [
  { name: "open+close", mode: "open", count: 3000, places: fileSystems, leaf: "file" },
  { name: "fork+exec", mode: "exec", count: 240, places: fileSystems, leaf: "true" },
  { name: "create+unlink", mode: "create", count: 1200, places: fileSystems, leaf: "new" },
  { name: "mkdir+rmdir", mode: "mkdir", count: 1200, places: fileSystems, leaf: "folder" },
  { name: "rename", mode: "rename", count: 1200, places: fileSystems, leaf: "old" },
  // A socket is judged before it is made and when it is there.
  { name: "socket+close", mode: "socket", count: 3000, places: ["lo"], calls: 2 },
  { name: "socket+bind+close", mode: "bind", count: 3000, places: ["lo"], calls: 3 },
  { name: "connect", mode: "connect", count: 3000, places: ["lo"], calls: 1 },
  { name: "sendto+recv", mode: "send", count: 3000, places: ["lo"], calls: 1 },
  { name: "capable", mode: "capable", count: 3000, places: ["process"], calls: 1 },
] as const satisfies readonly Operation[];
export type OperationName = (typeof operations)[number]["name"];

const all: readonly (Operation & { readonly name: OperationName })[] = operations;
/** Operations on names. */
export const ofFiles = all.filter(({ leaf }) => leaf !== undefined);
/** Operations on sockets, and what needs a capability. */
export const ofOthers = all.filter(({ leaf }) => leaf === undefined);

/** What one measurement is about. */
export interface Target {
  readonly operation: OperationName;
  readonly place: Place;
}

const folder = { tmpfs: "/lab/a/b/c/d", overlayfs: "/ovl/a/b/c/d" } as const;

/** The directory in which every object lies. */
export const folderOf = (fileSystem: FileSystem): string => folder[fileSystem];

/** The object's name; undefined: it has none. */
export function nameOf({ operation, place }: Target): string | undefined {
  const { leaf } = operationOf(operation);
  return place === "lo" || place === "process" ? undefined : `${folder[place]}/${leaf}`;
}

/** Every name that the operation touches, the object's own first. */
export function namesOf(target: Target): readonly string[] {
  const name = nameOf(target);
  if (name === undefined) return [];
  return target.operation === "rename" ? [name, `${name}-2`] : [name];
}

/** The operation's entry, for what only the guest's script needs of it. */
export const operationOf = (operation: OperationName): Operation => all.find(({ name }) => name === operation)!;
