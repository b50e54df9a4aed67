import { execFileSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { cpio, directory, file } from "./cpio.ts";

describe("an initramfs archive", () => {
  const first = cpio([directory("bin"), file("bin/sh", "#!", 0o755)]);

  it("is what others read, with modes and contents", () => {
    const list = execFileSync("busybox", ["cpio", "-tv"], {
      input: first,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    });
    expect(list).toMatch(/^drwxr-xr-x .* bin$/m);
    expect(list).toMatch(/^-rwxr-xr-x .* 2 .* bin\/sh$/m);
  });

  it("keeps its length a multiple of 512, so that archives may be appended to one another", () => {
    expect(first.length % 512).toBe(0);
    expect(cpio([file("start", "x".repeat(1000))]).length % 512).toBe(0);
  });

  it("is the same bytes when made twice", () => {
    expect(cpio([directory("bin"), file("bin/sh", "#!", 0o755)])).toEqual(first);
  });
});
