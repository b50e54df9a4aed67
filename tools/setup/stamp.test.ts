import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { filesBelow, fingerprint } from "./stamp.ts";

describe("a fingerprint", () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), "portcullis-stamp-"));
  });
  afterEach(() => rmSync(base, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), text);
  };

  it("changes with a file's text, its name and a string", () => {
    write("a/one", "1");
    const first = fingerprint(base, ["x"], ["a"]);
    expect(fingerprint(base, ["y"], ["a"])).not.toBe(first);
    write("a/one", "2");
    expect(fingerprint(base, ["x"], ["a"])).not.toBe(first);
    rmSync(join(base, "a/one"));
    write("a/two", "1");
    expect(fingerprint(base, ["x"], ["a"])).not.toBe(first);
  });

  it("does not change with tests, READMEs and what was built", () => {
    write("a/one", "1");
    const first = fingerprint(base, [], ["a"]);
    for (const path of ["a/one.test.ts", "a/README.md", "a/build/x", "a/node_modules/y"]) write(path, "new");
    expect(fingerprint(base, [], ["a"])).toBe(first);
    expect(filesBelow(join(base, "a"))).toEqual([join(base, "a/one")]);
  });

  it("did not change when the module that pins Kubernetes moved", () => {
    write("e2e/bootstrap/go/go.mod", "module tools");
    write("tools/setup/go/go.mod", "module tools");
    expect(fingerprint(base, [], ["tools/setup/go"])).toBe(fingerprint(base, [], ["e2e/bootstrap/go"]));
  });
});
