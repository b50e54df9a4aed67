import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { appletAlias } from "@portcullis/policy";
import { openRoot } from "../src/bind/container-root.ts";
import { MountTable } from "../src/bind/mount-table.ts";
import { resolveSymlinks } from "../src/bind/symlinks.ts";
import { RootUnavailableError } from "../src/errors.ts";
import { TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

let root: string;
/** The node's own root. */
let node: string;
const file = (path: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), "");
};
const dir = (path: string) => mkdirSync(join(root, path), { recursive: true });
const symlink = (path: string, target: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
};
/** Mounts are lines of a mountinfo; by default the root alone, an overlay whose layer of writes is `upper`. */
const resolve = (names: string[], ...mounts: string[]) =>
  resolveSymlinks(
    {
      identity: "1:2",
      path: `${root}/`,
      mounts: new MountTable([overlay, ...mounts].join("\n")),
      nodeRoot: `${node}/`,
    },
    names,
  );
const overlay = "30 29 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/image,upperdir=/upper,workdir=/work";
const alias = async (name: string) => (await resolve([name])).aliases.get(name);

beforeEach(() => {
  root = directories.make();
  node = directories.make();
  mkdirSync(join(node, "upper"));
  file("usr/bin/sleep");
  file("usr/bin/python3.11");
  symlink("bin", "usr/bin");
  symlink("usr/bin/python", "python3.11");
  dir("run/lock");
  symlink("var/run", "/run");
});

describe("the symlinks of a rule's path", () => {
  it("through a symlink to a directory are covered with the real name", async () => {
    expect(await alias("/bin/sleep")).toEqual(["/usr/bin/sleep"]);
  });
  it("at the end are covered with their target", async () => {
    expect(await alias("/usr/bin/python")).toEqual(["/usr/bin/python3.11"]);
  });
  it("of both kinds in one path are followed", async () => {
    expect(await alias("/bin/python")).toEqual(["/usr/bin/python3.11"]);
  });
  it("of directories keep the last slash", async () => {
    expect((await resolve(["/bin/", "/var/run/lock/"])).aliases).toEqual(
      new Map([
        ["/bin/", ["/usr/bin/"]],
        ["/var/run/lock/", ["/run/lock/"]],
      ]),
    );
  });
  it("are named, each by its own name, so that they can be guarded", async () => {
    symlink("etc/run", "../var/run");
    const { links } = await resolve(["/bin/python", "/etc/run/lock/", "/usr/bin/sleep"]);
    expect(links).toEqual(
      new Map([
        ["/bin/python", ["/bin", "/usr/bin/python"]],
        ["/etc/run/lock/", ["/etc/run", "/var/run"]],
      ]),
    );
  });
  it("are resolved as far as the path exists", async () => {
    expect(await alias("/var/run/secrets/token")).toEqual(["/run/secrets/token"]);
  });
  it("that are none give no alias", async () => {
    const found = await resolve(["/usr/bin/sleep", "/usr/bin/nothing", "/", "/usr/"]);
    expect(found.aliases.size + found.refused.size).toBe(0);
  });
  it("that are absolute lead into the container's root, not the host's", async () => {
    symlink("etc/alternatives/passwd", "/etc/passwd");
    symlink("usr/bin/pw", "/etc/alternatives/passwd");
    expect(await alias("/usr/bin/pw")).toEqual(["/etc/passwd"]);
  });
  it("with .. do not climb out of the root", async () => {
    symlink("usr/bin/up", "../../../../../../etc/shadow");
    expect(await alias("/usr/bin/up")).toEqual(["/etc/shadow"]);
  });
  it("in a circle are refused with the reason", async () => {
    symlink("a", "b");
    symlink("b", "a");
    const { aliases, refused } = await resolve(["/a/x"]);
    expect(aliases.size).toBe(0);
    expect(refused.get("/a/x")).toMatch(/more than 40 symbolic links/);
  });
  it.each([
    ["busybox", "sh"],
    ["busybox.static", "ls"],
  ])("to %s lead to one of its applets", async (binary, applet) => {
    file(`usr/bin/${binary}`);
    symlink(`usr/bin/${applet}`, binary);
    const { aliases, refused } = await resolve([`/bin/${applet}`]);
    const program = `/usr/bin/${binary}`;
    expect(aliases.get(`/bin/${applet}`)).toEqual([`/usr/bin/${applet}`, appletAlias({ program, applet })]);
    expect(refused.size).toBe(0);
  });
  it.each([
    ["toybox", "cat"],
    ["coreutils", "rm"],
  ])("to %s are not followed for an applet", async (binary, applet) => {
    file(`usr/bin/${binary}`);
    symlink(`usr/bin/${applet}`, binary);
    const { aliases, refused } = await resolve([`/bin/${applet}`]);
    expect(aliases.get(`/bin/${applet}`)).toEqual([`/usr/bin/${applet}`]);
    expect(refused.get(`/bin/${applet}`)).toMatch(/multi-call binary/);
  });
  it("to a multi-call binary through another symlink lead to the applet that is written", async () => {
    file("usr/bin/busybox");
    symlink("etc/alternatives/vi", "/bin/busybox");
    symlink("usr/bin/view", "/etc/alternatives/vi");
    const view = appletAlias({ program: "/usr/bin/busybox", applet: "view" });
    expect(await alias("/usr/bin/view")).toEqual(["/etc/alternatives/vi", view]);
  });
  it("of the multi-call binary itself are followed", async () => {
    file("opt/busybox.static");
    symlink("usr/bin/busybox", "/opt/busybox.static");
    expect(await alias("/bin/busybox")).toEqual(["/opt/busybox.static"]);
  });
  it("of /proc that lead each process elsewhere are refused", async () => {
    symlink("proc/self", "123");
    symlink("proc/net", "self/net");
    const names = [
      "/proc/self/environ",
      "/proc/net/tcp",
      "/proc/mounts",
      "/proc/self/root/etc",
      "/proc/thread-self/stat",
    ];
    const { refused, aliases } = await resolve([...names, "/proc/sys/kernel/"]);
    expect([...refused.keys()].sort()).toEqual(["/proc/self/root/etc", "/proc/thread-self/stat"]);
    expect([...aliases]).toEqual([
      ["/proc/net/tcp", ["/proc/self/net/tcp"]],
      ["/proc/mounts", ["/proc/self/mounts"]],
    ]);
  });
  it("below a network mount are not touched", async () => {
    symlink("mnt/share/link", "/etc");
    const share = "36 30 0:40 / /mnt/share rw - nfs4 srv:/x rw";
    expect((await resolve(["/mnt/share/link/x"], share)).aliases.size).toBe(0);
    expect((await resolve(["/mnt/share/link/x"])).aliases.size).toBe(1);
  });
  it("cannot be had of a root that is not there", async () => {
    const gone = { identity: "", path: join(root, "gone/"), mounts: new MountTable(""), nodeRoot: "/" };
    await expect(resolveSymlinks(gone, ["/bin/sleep"])).rejects.toBeInstanceOf(RootUnavailableError);
  });
});

describe("an alias is fixed, so that Allow rules follow it,", () => {
  const isFixed = async (name: string, ...mounts: string[]) =>
    (await resolve([name], ...mounts)).fixedAliases.has(name);
  const inUpper = (path: string) => mkdirSync(join(node, "upper", path), { recursive: true });

  it("when its symlink lies in a layer of the image", async () => {
    expect(await isFixed("/bin/sleep")).toBe(true);
  });
  it("not when the container's own layer has the symlink", async () => {
    inUpper("bin");
    expect(await isFixed("/bin/sleep")).toBe(false);
    expect(await isFixed("/var/run/x")).toBe(true);
  });
  it("not when one of several symlinks on the way is the container's", async () => {
    inUpper("usr/bin/python");
    expect(await isFixed("/bin/python")).toBe(false);
    expect((await resolve(["/bin/python"])).aliases.get("/bin/python")).toEqual(["/usr/bin/python3.11"]);
  });
  it("not when it lies on a volume that the container can write", async () => {
    symlink("data/current", "v1");
    const volume = (options: string) => `31 30 8:1 /pods/x /data ${options},relatime - ext4 /dev/sda rw`;
    expect(await isFixed("/data/current/", volume("rw"))).toBe(false);
    expect(await isFixed("/data/current/", volume("ro"))).toBe(true);
  });
  it("not when the layers are not to be seen, or can move a directory of the image", async () => {
    const of = (type: string, options: string) => `32 30 0:51 / / rw - ${type} x rw,${options}`;
    expect(await isFixed("/bin/sleep", of("btrfs", "subvol=/x"))).toBe(false);
    expect(await isFixed("/bin/sleep", of("overlay", "lowerdir=/image,upperdir=/gone"))).toBe(false);
    expect(await isFixed("/bin/sleep", of("overlay", "upperdir=/upper,redirect_dir=on"))).toBe(false);
  });
});

describe("the root of a container", () => {
  function proc(roots: Record<string, string>, procs: string): { proc: string; cgroup: string } {
    const base = directories.make();
    for (const [pid, target] of Object.entries(roots)) {
      mkdirSync(join(base, "proc", pid), { recursive: true });
      symlinkSync(target, join(base, "proc", pid, "root"));
      writeFileSync(join(base, "proc", pid, "mountinfo"), "36 35 0:40 / /mnt/a\\040b rw - nfs4 srv:/x rw\n");
    }
    mkdirSync(join(base, "cg"));
    writeFileSync(join(base, "cg", "cgroup.procs"), procs);
    return { proc: join(base, "proc"), cgroup: join(base, "cg") };
  }

  it("is taken from the first process that shows another root than the host's", async () => {
    const host = directories.make();
    const { proc: at, cgroup } = proc({ "1": host, "10": host, "11": root }, "10\n11\n");
    const opened = await openRoot(at, cgroup);
    expect(opened).toMatchObject({ path: join(at, "11", "root/"), nodeRoot: join(at, "1", "root/") });
    expect(opened.mounts.remote).toEqual(["/mnt/a b"]);
  });
  it("stays the one it was, whatever processes chroot to", async () => {
    const jail = directories.make();
    const { proc: at, cgroup } = proc({ "1": directories.make(), "10": jail, "11": root }, "10\n11\n");
    const { dev, ino } = statSync(root);
    expect(await openRoot(at, cgroup, `${dev}:${ino}`)).toMatchObject({ path: join(at, "11", "root/") });
    await expect(openRoot(at, cgroup, "0:0")).rejects.toMatchObject({ empty: false });
  });
  it("is not there while the runtime's own process still shows the host's", async () => {
    const host = directories.make();
    const { proc: at, cgroup } = proc({ "1": host, "10": host }, "10\n");
    await expect(openRoot(at, cgroup)).rejects.toBeInstanceOf(RootUnavailableError);
  });
  it("is not there without a process", async () => {
    const { proc: at, cgroup } = proc({ "1": directories.make() }, "");
    await expect(openRoot(at, cgroup)).rejects.toMatchObject({ code: "ENFORCER_ROOT_UNAVAILABLE", empty: true });
  });
});

describe("mounts whose look-ups somebody else answers", () => {
  it("are network and FUSE mounts, not the root itself", () => {
    const mountinfo = [
      "22 1 0:20 / / rw,relatime shared:1 - fuse.snapshotter overlay rw",
      "23 22 0:21 / /proc rw - proc proc rw",
      "24 22 0:22 / /data rw shared:2 master:1 - nfs srv:/d rw",
      "25 22 0:23 / /fuse rw - fuse.sshfs x rw",
      "26 22 0:24 / /etc/hosts rw - ext4 /dev/sda rw",
    ].join("\n");
    expect(new MountTable(mountinfo).remote).toEqual(["/data", "/fuse"]);
  });
});
