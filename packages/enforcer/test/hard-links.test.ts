/** Hard links that a file has when a rule on it is bound. */

import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { HardLinks } from "../src/bind/hard-links.ts";
import { MountTable } from "../src/bind/mount-table.ts";
import { type ResolvedSymlinks, resolveSymlinks } from "../src/bind/symlinks.ts";
import { TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

let root: string;
const file = (path: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), path);
};
const link = (path: string, to: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  linkSync(join(root, to), join(root, path));
};
const found = async (names: string[], { hardLinks = new HardLinks(), mounts = "", meanwhile = noMore } = {}) => {
  const lines = `30 29 0:50 / / rw - overlay overlay rw,lowerdir=/image,upperdir=/upper,workdir=/work\n${mounts}`;
  const container = { identity: "1:2", path: `${root}/`, mounts: new MountTable(lines), nodeRoot: `${root}/` };
  return await resolveSymlinks(container, names, { hardLinks, meanwhile });
};

const noMore = (_found: ResolvedSymlinks): void => undefined;

beforeEach(() => {
  root = directories.make();
  file("secret");
  file("etc/plain");
});

describe("a file that a rule names", () => {
  it("is covered under each name that it has when the rule is bound, for Block rules alone", async () => {
    link("tmp/deep/down/h", "secret");
    link("tmp/i", "secret");
    const { aliases, fixedAliases, refused } = await found(["/secret", "/etc/plain"]);
    expect([...aliases]).toEqual([["/secret", ["/tmp/deep/down/h", "/tmp/i"]]]);
    expect([fixedAliases.size, refused.size]).toEqual([0, 0]);
  });

  it("is covered likewise where its name leads over a symlink", async () => {
    symlinkSync("secret", join(root, "way"));
    link("tmp/h", "secret");
    const { aliases, fixedAliases } = await found(["/way"]);
    expect(aliases.get("/way")).toEqual(["/secret", "/tmp/h"]);
    expect(fixedAliases.get("/way") ?? []).not.toContain("/tmp/h");
  });

  it("has its symlinks told before its hard links are found, and at once where these are known", async () => {
    symlinkSync("secret", join(root, "way"));
    link("tmp/h", "secret");
    const told: unknown[] = [];
    const meanwhile = ({ aliases }: ResolvedSymlinks): void => void told.push(aliases.get("/way"));
    const hardLinks = new HardLinks();
    expect((await found(["/way"], { hardLinks, meanwhile })).aliases.get("/way")).toEqual(["/secret", "/tmp/h"]);
    expect(told).toEqual([["/secret"]]);
    expect((await found(["/way"], { hardLinks, meanwhile })).aliases.get("/way")).toEqual(["/secret", "/tmp/h"]);
    expect(told).toHaveLength(1);
  });

  it("is looked for again when a link was made or removed since, and not otherwise", async () => {
    const hardLinks = new HardLinks();
    link("tmp/h", "secret");
    expect((await found(["/secret"], { hardLinks })).aliases.get("/secret")).toEqual(["/tmp/h"]);
    link("tmp/i", "secret");
    expect((await found(["/secret"], { hardLinks })).aliases.get("/secret")).toEqual(["/tmp/h", "/tmp/i"]);
    rmSync(join(root, "tmp/h"));
    rmSync(join(root, "tmp/i"));
    expect((await found(["/secret"], { hardLinks })).aliases.has("/secret")).toBe(false);
  });

  it("that its container has written is looked for among what it has written, which is little", async () => {
    for (let i = 0; i < 40; i++) file(`many/${i}`);
    link("tmp/h", "secret");
    mkdirSync(join(root, "upper/tmp"), { recursive: true });
    linkSync(join(root, "secret"), join(root, "upper/secret"));
    linkSync(join(root, "secret"), join(root, "upper/tmp/h"));
    const { aliases } = await found(["/secret"], { hardLinks: new HardLinks(5) });
    expect(aliases.get("/secret")).toEqual(["/tmp/h"]);
  });

  it("has no other names where they are the applets of a multi-call binary", async () => {
    file("bin/busybox");
    link("bin/ls", "bin/busybox");
    link("bin/cat", "bin/busybox");
    expect((await found(["/bin/ls", "/bin/busybox"])).aliases.size).toBe(0);
  });

  it("is not looked for behind network mounts, and directories have no hard links", async () => {
    link("srv/h", "secret");
    const mounts = "31 30 0:60 / /srv rw - nfs4 server:/ rw";
    expect((await found(["/secret", "/etc/"], { mounts })).aliases.size).toBe(0);
  });

  it("is said not to be enforced whole where there are too many files to find its names among", async () => {
    for (let i = 0; i < 40; i++) file(`many/${i}`);
    link("tmp/h", "secret");
    const { refused } = await found(["/secret"], { hardLinks: new HardLinks(5) });
    expect(refused.get("/secret")).toContain("hard links");
  });
});
