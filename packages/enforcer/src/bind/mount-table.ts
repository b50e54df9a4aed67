/**
 * The mounts of a container as its root process sees them, from the text of `/proc/<pid>/mountinfo` (proc_pid_mountinfo(5)): which
 * names another machine answers for, and where the container can have put a symbolic link of its own.
 */

export interface Mount {
  /** Where it is in the container; absolute, without a last "/" (but for the root itself). */
  readonly point: string;
  readonly type: string;
  readonly readOnly: boolean;
  /** The layer of an overlay that takes the container's writes, as a path of the node. */
  readonly upperDirectory: string | undefined;
  /** An overlay that can move a directory of a lower layer: what lies in it is then at another place than its layer says. */
  readonly movesDirectories: boolean;
}

const remoteTypes =
  /^(?:fuse|fuseblk|fuse\..+|nfs4?|cifs|smb3|9p|ceph|afs|glusterfs|lustre|autofs|virtiofs|beegfs|gpfs|orangefs|pvfs2|ocfs2|gfs2|vboxsf)$/;

export class MountTable {
  readonly #mounts: readonly Mount[];
  /** Mount points of network and FUSE file systems. */
  readonly remote: readonly string[];

  constructor(mountinfo: string) {
    this.#mounts = mountinfo.split("\n").flatMap(mountOf);
    const remote = this.#mounts.filter(({ type, point }) => remoteTypes.test(type) && point !== "/");
    this.remote = remote.map(({ point }) => point);
  }

  /** Whether a look-up of this name is answered by another machine or another process. */
  isRemote(name: string): boolean {
    return this.remote.some((point) => isAtOrBelow(name, point));
  }

  /** The mount that a name lies on; of several at one place the last, which covers the others. */
  of(name: string): Mount | undefined {
    let found: Mount | undefined;
    for (const mount of this.#mounts) {
      if (isAtOrBelow(name, mount.point) && mount.point.length >= (found?.point.length ?? 0)) found = mount;
    }
    return found;
  }
}

function isAtOrBelow(name: string, point: string): boolean {
  return point === "/" || name === point || name.startsWith(`${point}/`);
}

/** One line: `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`. */
function mountOf(line: string): Mount[] {
  const fields = line.split(" ");
  const separator = fields.indexOf("-");
  const [point, options] = [fields[4], fields[5]];
  if (separator < 0 || point === undefined || options === undefined) return [];
  const ofSuperblock = (fields[separator + 3] ?? "").split(",");
  const upper = ofSuperblock.find((option) => option.startsWith("upperdir="));
  return [
    {
      point: unescaped(point),
      type: fields[separator + 1] ?? "",
      readOnly: options.split(",").includes("ro") || ofSuperblock.includes("ro"),
      upperDirectory: upper && unescaped(upper.slice("upperdir=".length)),
      movesDirectories: ofSuperblock.includes("redirect_dir=on"),
    },
  ];
}

/** Spaces and their like are written as three octal digits. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
