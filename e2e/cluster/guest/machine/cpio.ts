/**
 * cpio archives in the "newc" form that the kernel's initramfs loader reads. Reproducible: root owns all, times are 0, the
 * order is the caller's.
 */

export interface CpioEntry {
  /** Path without a leading slash. Parent directories must come first. */
  readonly path: string;
  /** File type and permission bits, e.g. 0o100755 (regular), 0o040755 (directory), 0o120777 (symbolic link). */
  readonly mode: number;
  /** Contents, or a symbolic link's target. */
  readonly data?: Uint8Array | string;
}

export const directory = (path: string): CpioEntry => ({ path, mode: 0o040755 });
export const file = (path: string, data: Uint8Array | string, permissions = 0o644): CpioEntry => ({
  path,
  mode: 0o100000 | permissions,
  data,
});

/** One archive. Archives may be concatenated: later entries replace earlier ones of the same path. */
export function cpio(entries: Iterable<CpioEntry>): Buffer {
  const parts: Buffer[] = [];
  let inode = 1;
  for (const entry of entries) parts.push(...member(entry, inode++));
  parts.push(...member({ path: "TRAILER!!!", mode: 0 }, 0));
  const archive = Buffer.concat(parts);
  return Buffer.concat([archive, Buffer.alloc(-archive.length & 511)]);
}

function member({ path, mode, data = "" }: CpioEntry, inode: number): Buffer[] {
  const body = Buffer.from(data as string);
  const name = Buffer.from(`${path}\0`);
  const links = mode === 0 ? 1 : (mode & 0o170000) === 0o040000 ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, body.length, 0, 0, 0, 0, name.length, 0];
  const head = `070701${fields.map((n) => n.toString(16).padStart(8, "0")).join("")}`;
  const pad = (length: number) => Buffer.alloc(-length & 3);
  return [Buffer.from(head), name, pad(head.length + name.length), body, pad(body.length)];
}
