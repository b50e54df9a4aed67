/** What is noticed of a rule's names where they are looked up: that nothing has them, and whether the container can have written a source. */

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { HardLinks } from "../src/bind/hard-links.ts";
import { MountTable } from "../src/bind/mount-table.ts";
import { resolveSymlinks } from "../src/bind/symlinks.ts";
import { TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

let root: string;
/** The node's own root, in which the overlay's layer of writes is `upper`. */
let node: string;
beforeEach(() => {
  root = directories.make();
  node = directories.make();
  mkdirSync(join(node, "upper"));
  file("usr/bin/sleep");
  symlink("bin", "usr/bin");
  mkdirSync(join(root, "run/lock"), { recursive: true });
  symlink("var/run", "/run");
});

const within = (path: string): string => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  return join(root, path);
};
const file = (path: string) => writeFileSync(within(path), "");
const symlink = (path: string, target: string) => symlinkSync(target, within(path));
const written = (path: string) => mkdirSync(join(node, "upper", path), { recursive: true });

const overlay = "30 29 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/image,upperdir=/upper,workdir=/work";

/** Of names all of which are sources; `mounts` are lines of a mountinfo beside that of the root. */
async function noticed(names: string[], ...mounts: string[]) {
  const table = new MountTable([overlay, ...mounts].join("\n"));
  const at = { identity: "1:2", path: `${root}/`, mounts: table, nodeRoot: `${node}/` };
  const found = await resolveSymlinks(at, names, { hardLinks: new HardLinks(), sources: new Set(names) });
  const { nothing, unprotected } = found.noticed!;
  return { nothing: [...nothing].sort(), unprotected };
}

describe("a name", () => {
  it("is noticed when nothing has it, through whatever links", async () => {
    symlink("usr/bin/dangling", "gone");
    file("usr/bin/busybox");
    symlink("usr/bin/vi", "busybox");
    const missing = ["/bin/sleeep", "/opt/app/", "/usr/bin/dangling", "/usr/bin/sleep/x"];
    const there = ["/bin/sleep", "/", "/usr/bin/", "/var/run/lock/", "/bin/vi"];
    expect((await noticed([...missing, ...there])).nothing).toEqual(missing);
  });

  it("is not when nobody looks for it: in a process's own folder, and below a network mount", async () => {
    mkdirSync(join(root, "proc"));
    mkdirSync(join(root, "mnt/share"), { recursive: true });
    const share = "36 30 0:40 / /mnt/share rw - nfs4 srv:/x rw";
    expect((await noticed(["/proc/self/environ", "/mnt/share/x"], share)).nothing).toEqual([]);
    expect((await noticed(["/mnt/share/x"])).nothing).toEqual(["/mnt/share/x"]);
  });
});

describe("a source", () => {
  const why = async (...mounts: string[]) => (await noticed(["/bin/sleep"], ...mounts)).unprotected.get("/bin/sleep");
  const volume = (options: string) => `31 30 8:1 / /usr/bin ${options} - ext4 /dev/sda rw`;

  it("is protected in the image, until it is written there", async () => {
    expect(await why()).toBeUndefined();
    written("usr/bin/sleep");
    expect(await why()).toMatch(/was written in the container/);
  });

  it("is protected on a volume that the container cannot write, and on no other", async () => {
    expect(await why(volume("ro"))).toBeUndefined();
    expect(await why(volume("rw"))).toMatch(/^it lies on the mount \/usr\/bin, which/);
  });

  it.each([
    ["a root that is no overlay", "32 30 0:51 / / rw - btrfs x rw"],
    ["an overlay that can move folders", "32 30 0:51 / / rw - overlay x rw,upperdir=/upper,redirect_dir=on"],
    ["an overlay whose layer is not to be seen", "32 30 0:51 / / rw - overlay x rw,upperdir=/gone"],
  ])("counts as the image's in %s", async (_where, mount) => {
    written("usr/bin/sleep");
    expect(await why(mount)).toBeUndefined();
  });

  it("is not protected on a volume of another machine, nor behind a link that the container can turn", async () => {
    expect(await why("31 30 0:40 / /usr/bin rw - nfs4 srv:/x rw")).toMatch(/lies on the mount/);
    symlink("data/tool", "/usr/bin/sleep");
    const data = "33 30 8:1 / /data rw - ext4 /dev/sda rw";
    expect((await noticed(["/data/tool"], data)).unprotected.get("/data/tool")).toMatch(/a symbolic link/);
  });

  it("is named by a folder that is protected in the image, whatever was written below it", async () => {
    written("usr/bin");
    const folder = async (...mounts: string[]) =>
      (await noticed(["/usr/bin/"], ...mounts)).unprotected.get("/usr/bin/");
    expect(await folder()).toBeUndefined();
    expect(await folder(volume("rw"))).toMatch(/lies on the mount/);
  });

  it("is not warned of twice where nothing has its name", async () => {
    expect((await noticed(["/usr/bin/none"], volume("rw"))).unprotected.size).toBe(0);
  });
});
