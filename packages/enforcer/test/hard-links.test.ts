import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { HardLinks } from "../src/bind/hard-links.ts";
import { MountTable } from "../src/bind/mount-table.ts";
import { resolveSymlinks } from "../src/bind/symlinks.ts";
import { TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

let root: string;
const at = (name: string) => join(root, name);
const file = (name: string) => {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), "");
};
const link = (from: string, to: string) => {
  mkdirSync(dirname(at(to)), { recursive: true });
  linkSync(at(from), at(to));
};
const mounts = "30 29 0:50 / / rw - ext4 /dev/x rw\n31 30 0:51 / /mnt rw - ext4 /dev/y rw";
const opened = () => ({ identity: "1:2", path: `${root}/`, mounts: new MountTable(mounts), nodeRoot: `${root}/` });
async function resolve(names: string[], hardLinks = new HardLinks()) {
  return hardLinks.addTo(opened(), names, await resolveSymlinks(opened(), names));
}

beforeEach(() => {
  root = directories.make();
  file("secret");
  file("plain");
});

describe("the hard links of a rule's file", () => {
  it("are covered wherever they are, and by no Allow rule", async () => {
    link("secret", "tmp/deep/er/h");
    link("secret", "tmp/h");
    link("plain", "tmp/other");
    const { aliases, fixedAliases } = await resolve(["/secret"]);
    expect([...aliases.get("/secret")!].sort()).toEqual(["/tmp/deep/er/h", "/tmp/h"]);
    expect(fixedAliases.size).toBe(0);
  });
  it("are found through a symbolic link as well, which stays covered", async () => {
    symlinkSync("secret", at("name"));
    link("secret", "tmp/h");
    expect((await resolve(["/name"])).aliases.get("/name")).toEqual(["/secret", "/tmp/h"]);
  });
  it("are not looked for where a file has one, or is a directory", async () => {
    mkdirSync(at("folder"));
    expect((await resolve(["/secret", "/folder/", "/gone"])).aliases.size).toBe(0);
  });
  it("are not looked for in another mount, where there can be none", async () => {
    link("secret", "mnt/h");
    link("secret", "tmp/h");
    expect((await resolve(["/secret"])).aliases.get("/secret")).toEqual(["/tmp/h"]);
  });
  it("of a multi-call binary are its applets, and stay programs of their own", async () => {
    file("bin/busybox");
    link("bin/busybox", "bin/sleep");
    const { aliases, refused } = await resolve(["/bin/sleep"]);
    expect(aliases.size + refused.size).toBe(0);
  });
  it("are refused with the reason where there are too many files to find them", async () => {
    link("secret", "tmp/h");
    for (let i = 0; i < 8; i++) file(`many/${i}`);
    const { refused, aliases } = await resolve(["/secret"], new HardLinks(5));
    expect(refused.get("/secret")).toMatch(/^\/secret has 2 hard links, and more than 5 files are where/);
    expect(aliases.size).toBe(0);
  });
  it("are looked for once for each file, because links that are made later are judged when they are made", async () => {
    const hardLinks = new HardLinks();
    link("secret", "tmp/h");
    expect((await resolve(["/secret"], hardLinks)).aliases.get("/secret")).toEqual(["/tmp/h"]);
    link("secret", "tmp/later");
    expect((await resolve(["/secret"], hardLinks)).aliases.get("/secret")).toEqual(["/tmp/h"]);
  });
});
