import { execFileSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { missingLibraries, needsOf } from "./elf.ts";
import { readTar, writeTar } from "./tar.ts";
import { Tree } from "./tree.ts";

const long = `${"deep/".repeat(40)}file`;
const sample = new Tree()
  .file("etc/shadow", "root:*:\n", 0o640, { uid: 0, gid: 42 })
  .file("usr/bin/su", "su", 0o4755)
  .file(long, "far down")
  .symlink("var/run", "/run")
  .symlink("long", `/${long}`)
  .directory("tmp", 0o1777);

describe("a file tree", () => {
  it("comes back from its tar with modes, owners, symbolic links and long names", () => {
    expect(readPax(writeTar(sample)).entries).toEqual(sample.entries);
  });

  it("is a tar that others read", () => {
    const listing = execFileSync("tar", ["-tvf", "-", "--numeric-owner"], {
      input: writeTar(sample),
      encoding: "utf8",
    });
    expect(listing).toMatch(/^-rwsr-xr-x 0\/0 +2 1970-01-01 00:00 usr\/bin\/su$/m);
    expect(listing).toMatch(/^-rw-r----- 0\/42 /m);
    expect(listing).toContain(`var/run -> /run`);
    expect(listing).toContain(long);
  });

  it("makes parent directories, each of them once", () => {
    expect(new Tree().file("a/b/c", "").entries.map(([path]) => path)).toEqual(["a", "a/b", "a/b/c"]);
  });

  it("refuses to hide a directory behind a file", () => {
    expect(() => new Tree().directory("run").symlink("run", "/other")).toThrow("/run is a directory");
  });

  it("removes what matches, with all below it", () => {
    const tree = new Tree()
      .file("usr/share/doc/a/copyright", "")
      .file("usr/share/keep", "")
      .remove(/^usr\/share\/doc$/);
    expect(tree.entries.map(([path]) => path)).toEqual(["usr", "usr/share", "usr/share/keep"]);
  });

  it("follows symbolic links of directories and of the last name, and notices when they lead nowhere", () => {
    const tree = new Tree()
      .file("usr/lib/libc.so.6", "")
      .symlink("lib", "usr/lib")
      .symlink("usr/lib/libc.so", "libc.so.6");
    expect(tree.resolve("/lib/libc.so")).toBe("usr/lib/libc.so.6");
    expect(tree.symlink("loop", "/loop").resolve("loop")).toBeUndefined();
    expect(tree.resolve("lib/missing")).toBeUndefined();
  });
});

describe("the libraries of programs", () => {
  it("are read from the ELF file itself", () => {
    const needs = needsOf(execFileSync("cat", [process.execPath], { maxBuffer: 2 ** 30 }));
    expect(needs?.libraries).toContain("libc.so.6");
    expect(needs?.interpreter).toMatch(/ld-linux/);
  });

  it("are missed when an image lacks them", () => {
    const program = execFileSync("cat", ["/bin/true"]);
    expect(missingLibraries(new Tree().file("bin/true", program))).toContain("/bin/true: libc.so.6");
    expect(missingLibraries(new Tree().file("script", "#!/bin/sh\n"))).toEqual([]);
  });
});

/** readTar understands GNU long names, which dpkg writes; ours are pax. GNU tar turns one into the other. */
function readPax(archive: Buffer): Tree {
  const script =
    'd=$(mktemp -d) && tar -C "$d" -xpf - && tar -C "$d" --format=gnu --numeric-owner -cf - $(ls "$d"); rm -rf "$d"';
  return readTar(execFileSync("bash", ["-c", script], { input: archive, maxBuffer: 2 ** 26 }));
}
