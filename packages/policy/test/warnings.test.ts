/** What is bound as it is written, and is probably not what was meant. */

import { describe, expect, it } from "@jest/globals";
import type { AnyPolicy } from "@portcullis/api";
import { lower, warningsOf } from "../src/index.ts";

const warnings = (spec: object) =>
  warningsOf(
    lower({
      apiVersion: "security.kubearmor.com/v1",
      kind: "KubeArmorPolicy",
      metadata: { name: "p", namespace: "shop" },
      spec: { selector: { matchLabels: { app: "till" } }, action: "Block", ...spec },
    } as AnyPolicy),
  );
const file = (...matchPaths: object[]) => warnings({ file: { matchPaths } });

describe("the warnings of a policy", () => {
  it("says of a glob under path that it matches itself, and where patterns are written", () => {
    expect(file({ path: "/etc/passwd" }, { path: "/etc/*.key" })).toEqual([
      {
        origin: "spec.file.matchPaths[1]",
        reason: "LiteralGlob",
        message:
          'path "/etc/*.key" has a character of patterns and matches this very character; did you mean matchPatterns?',
      },
    ]);
  });

  it("says of a glob under dir the same", () => {
    const [warning, ...others] = warnings({ file: { matchDirectories: [{ dir: "/srv/{a,b}/" }] } });
    expect(warning).toMatchObject({ origin: "spec.file.matchDirectories[0]", reason: "LiteralGlob" });
    expect(warning?.message).toMatch(/^dir "\/srv\/\{a,b\}\/"/);
    expect(others).toEqual([]);
  });

  it("says of a glob in a source that sources are no patterns, once for a rule", () => {
    const sources = [{ path: "/usr/bin/py?hon" }, { path: "/bin/cat" }];
    const list = file({ path: "/etc/passwd", fromSource: sources }, { path: "/etc/group", fromSource: sources });
    expect(list.map(({ origin }) => origin)).toEqual(["spec.file.matchPaths[0]", "spec.file.matchPaths[1]"]);
    for (const { message } of list) expect(message).toMatch(/"\/usr\/bin\/py\?hon".*sources are no patterns/);
  });

  it.each(["/etc/a[", "/etc/a]b", "/etc/{a}", "/etc/a-b,c", "/opt/c++"])(
    "says nothing of %s, which is no glob",
    (path) => expect(file({ path })).toEqual([]),
  );

  it("says nothing of globs where patterns are written", () =>
    expect(warnings({ file: { matchPatterns: [{ pattern: "/etc/*.key" }] } })).toEqual([]));

  it("names the rule that always decides before one of the same name", () => {
    expect(file({ path: "/etc/token", action: "Allow" }, { path: "/etc/token" })).toEqual([
      {
        origin: "spec.file.matchPaths[0]",
        reason: "NeverDecides",
        message: expect.stringMatching(/^it never decides: spec\.file\.matchPaths\[1\] /),
      },
    ]);
  });

  it("says nothing of a rule of several sources while one of them decides", () => {
    const [cat, tac] = [{ path: "/bin/cat" }, { path: "/bin/tac" }];
    const both = { path: "/etc/token", fromSource: [cat, tac] };
    expect(file({ path: "/etc/token", fromSource: [cat] }, both)).toEqual([]);
    expect(file(both, { path: "/etc/token", fromSource: [cat] })).toHaveLength(1);
    expect(file(both, both)).toHaveLength(1);
  });

  it("takes the first of equal rules for the one that decides", () =>
    expect(file({ path: "/etc/token" }, { path: "/etc/token" }).map(({ origin }) => origin)).toEqual([
      "spec.file.matchPaths[1]",
    ]));

  it.each<[what: string, ...rules: object[]]>([
    ["of another source", { path: "/etc/token", fromSource: [{ path: "/bin/cat" }] }, { path: "/etc/token" }],
    ["that reports beside one that decides", { path: "/etc/token", action: "Audit" }, { path: "/etc/token" }],
    ["of another name", { path: "/etc/token" }, { path: "/etc/tokens" }],
  ])("says nothing of a rule %s", (_what, ...rules) => expect(file(...rules)).toEqual([]));

  it("keeps rules of a program's start apart from rules of the file", () =>
    expect(
      warnings({ file: { matchPaths: [{ path: "/bin/sh" }] }, process: { matchPaths: [{ path: "/bin/sh" }] } }),
    ).toEqual([]));
});
