/** What is done to what: the operations that are measured, the file systems, and the names of the objects on each. */

export const fileSystems = ["tmpfs", "overlayfs"] as const;
export type FileSystem = (typeof fileSystems)[number];

interface Operation {
  readonly name: string;
  /** Its name for workload.c. */
  readonly mode: string;
  /** How often it is done, in 24 batches. */
  readonly count: number;
  /** Last component of the object's name, all of it six components deep. */
  readonly leaf: string;
}

export const operations = [
  { name: "open+close", mode: "open", count: 3000, leaf: "file" },
  { name: "fork+exec", mode: "exec", count: 240, leaf: "true" },
  { name: "create+unlink", mode: "create", count: 1200, leaf: "new" },
  { name: "mkdir+rmdir", mode: "mkdir", count: 1200, leaf: "folder" },
  { name: "rename", mode: "rename", count: 1200, leaf: "old" },
] as const satisfies readonly Operation[];
export type OperationName = (typeof operations)[number]["name"];

/** What one measurement is about. */
export interface Target {
  readonly operation: OperationName;
  readonly fileSystem: FileSystem;
}

const folder = { tmpfs: "/lab/a/b/c/d", overlayfs: "/ovl/a/b/c/d" } as const;

/** The directory in which every object lies. */
export const folderOf = (fileSystem: FileSystem): string => folder[fileSystem];

/** The object's name. */
export function nameOf({ operation, fileSystem }: Target): string {
  const { leaf } = operations.find(({ name }) => name === operation)!;
  return `${folder[fileSystem]}/${leaf}`;
}

/** Every name that the operation touches, the object's own first. */
export function namesOf(target: Target): readonly string[] {
  const name = nameOf(target);
  return target.operation === "rename" ? [name, `${name}-2`] : [name];
}

/** The operation's entry, for what only the guest's script needs of it. */
export const operationOf = (operation: OperationName): Operation => operations.find(({ name }) => name === operation)!;
