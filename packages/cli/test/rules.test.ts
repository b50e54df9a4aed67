import { describe, expect, it } from "@jest/globals";
import { codesOf, policyFile, sayings } from "./policy-yaml.ts";

describe("lint of rules that never decide", () => {
  it("finds a rule that stands twice, in one policy and in two of one selector", () => {
    const twice = policyFile("process: {matchPaths: [{path: /bin/ls}, {path: /bin/ls}]}");
    expect(sayings("duplicate-rule", twice)).toEqual([
      "spec.process.matchPaths[1] (Block /bin/ls) says the same as spec.process.matchPaths[0]: remove one of the two rules",
    ]);
    const spec = "selector: {matchLabels: {app: a}}\nprocess: {matchPaths: [{path: /bin/ls}]}";
    const other = policyFile(`severity: 7\n${spec}`, { name: "other" });
    expect(codesOf(policyFile(spec), other)).toEqual(["web.yaml:7:26 duplicate-rule"]);
    expect(codesOf(policyFile(spec.replace("app: a", "app: b")), other)).toEqual([]);
    const listed = "file: {matchPaths: [{path: /x, fromSource: [{path: /a}, {path: /a}]}]}";
    expect(sayings("duplicate-rule", policyFile(listed))[0]).toMatch("spec.file.matchPaths[0] lists a source twice");
  });

  it("finds the contradiction of Allow and Block of the same thing, in any order", () => {
    const allow = "{path: /etc/key, action: Allow}";
    for (const [rules, origin] of [
      [`${allow}, {path: /etc/key}`, 0],
      [`{path: /etc/key}, ${allow}`, 1],
    ])
      expect(sayings("contradiction", policyFile(`file: {matchPaths: [${rules}]}`))).toEqual([
        `spec.file.matchPaths[${origin}] (Allow /etc/key) contradicts spec.file.matchPaths[${1 - Number(origin)}] (Block /etc/key): Block decides: remove one of the two rules`,
      ]);
  });

  it("finds a rule that another one always decides before, and names that one", () => {
    const says = (rules: string) =>
      sayings("shadowed-rule", policyFile(`file:\n  ${rules}`)).map((s) => s.split(": remove")[0]);
    expect(says("matchPaths: [{path: /a, readOnly: true}, {path: /a}]")).toEqual([
      "spec.file.matchPaths[0] (Block /a, readOnly) never decides: spec.file.matchPaths[1] (Block /a) always decides before",
    ]);
    expect(says("matchDirectories: [{dir: /a/}, {dir: /a/, recursive: true, readOnly: true}]")).toEqual([]);
    expect(says("matchDirectories: [{dir: /a/, readOnly: true}, {dir: /a/, recursive: true}]")).toEqual([
      "spec.file.matchDirectories[0] (Block /a/, readOnly) never decides: spec.file.matchDirectories[1] (Block /a/**) always decides before",
    ]);
    expect(says("matchPaths: [{path: /a, action: Audit}, {path: /a}]")).toEqual([
      "spec.file.matchPaths[0] (Audit /a) never reports: spec.file.matchPaths[1] (Block /a) denies it, and Audit reports only what is allowed",
    ]);
  });

  it("does not call a rule shadowed that decides somewhere", () => {
    for (const rules of [
      "matchPaths: [{path: /a}, {path: /a, fromSource: [{path: /s}], action: Allow}]",
      "matchPaths: [{path: /a}]\n  matchDirectories: [{dir: /a/}]",
      "matchPaths: [{path: /a, action: Audit}, {path: /a, action: Audit, readOnly: true}]",
      "matchPaths: [{path: /a, action: Audit}, {path: /a, readOnly: true}]",
      "matchPaths: [{path: /a, action: Audit}, {path: /a}, {path: /b, action: Allow, fromSource: [{path: /s}]}]",
    ])
      expect(codesOf(policyFile(`file:\n  ${rules}`)).filter((line) => !line.includes("allow-list"))).toEqual([]);
  });

  it("lets two policies audit the same thing, because both report", () => {
    const spec = "action: Audit\nfile: {matchPaths: [{path: /a}]}";
    expect(codesOf(policyFile(spec), policyFile(spec, { name: "other" }))).toEqual([]);
  });

  it("finds two documents that are the same policy", () => {
    const one = policyFile("process: {matchPaths: [{path: /bin/ls}]}");
    expect(sayings("duplicate-policy", one, { ...one, file: "again.yaml" })).toEqual([
      "KubeArmorPolicy web is also in web.yaml:3: give one of them another name",
    ]);
  });

  it("looks at host policies like at others", () => {
    const spec = "nodeSelector: {matchLabels: {a: b}}\nprocess: {matchPaths: [{path: /bin/ls}, {path: /bin/ls}]}";
    const file = policyFile(spec, { kind: "KubeArmorHostPolicy" });
    expect(codesOf(file)).toEqual(["web.yaml:7:43 duplicate-rule"]);
  });
});

describe("lint of dangerous rules", () => {
  const codes = (spec: string) => codesOf(policyFile(spec)).map((line) => line.split(" ")[1]);

  it("warns of a rule that blocks the loader, however it is covered", () => {
    expect(codes("file: {matchDirectories: [{dir: /lib/, recursive: true}]}")).toEqual(["blocks-loader"]);
    expect(codes("file: {matchDirectories: [{dir: /usr/, recursive: true}]}")).toContain("blocks-loader");
    expect(codes("process: {matchPaths: [{path: /lib64/ld-linux-x86-64.so.2}]}")).toEqual(["blocks-loader"]);
    expect(
      sayings("blocks-loader", policyFile("process: {matchDirectories: [{dir: /usr/, recursive: true}]}"))[0],
    ).toMatch(/and \d more: block the directories of programs instead, such as \/usr\/bin\/$/);
    expect(codes("file: {matchDirectories: [{dir: /lib/, recursive: true, readOnly: true}]}")).toEqual([]);
    expect(codes("file: {matchDirectories: [{dir: /lib/, recursive: true, ownerOnly: true}]}")).toEqual([]);
    expect(codes("file: {matchDirectories: [{dir: /lib/, recursive: true, fromSource: [{path: /a}]}]}")).toEqual([]);
    expect(sayings("blocks-loader", policyFile("file: {matchDirectories: [{dir: /usr/lib64/}]}"))).toEqual([
      "spec.file.matchDirectories[0] keeps every program from /usr/lib64/ld-linux-x86-64.so.2, /usr/lib64/libc.so.6: set readOnly: true if writing is to be blocked, or name what is meant",
    ]);
  });

  it("warns of a rule that blocks the whole file system", () => {
    const says = (rule: string) => sayings("blocks-root", policyFile(rule))[0]?.split(": ")[0];
    expect(says("file: {matchDirectories: [{dir: /, recursive: true}]}")).toMatch("denies opening everything");
    expect(says("file: {matchDirectories: [{dir: /, readOnly: true}]}")).toMatch(
      "denies writing everything right below /",
    );
    expect(says("process: {matchDirectories: [{dir: /, recursive: true}]}")).toMatch("denies executing everything");
    expect(says("file: {action: Audit, matchDirectories: [{dir: /, recursive: true}]}")).toBeUndefined();
  });

  it("warns of a rule that names a device that every program writes to, and not of one on its directory", () => {
    expect(sayings("blocks-base", policyFile("file: {matchPaths: [{path: /dev/null}]}"))[0]).toMatch(
      "keeps every program from /dev/null (nothing; every redirection to it)",
    );
    expect(sayings("blocks-base", policyFile("file: {matchDirectories: [{dir: /dev/, recursive: true}]}"))).toEqual([]);
  });

  it("warns of an allow-list that allows a program's doing and not the program", () => {
    const list = "action: Allow\nprocess: {matchPaths: [{path: /bin/ls, fromSource: [{path: /bin/sh}]}]}";
    expect(sayings("allow-list-incomplete", policyFile(list))).toEqual([
      "spec.process.matchPaths[0] counts for /bin/sh alone, which no rule of the containers' allow-list of programs allows to start by that name: allow /bin/sh too",
    ]);
    expect(codesOf(policyFile(`${list.replace("}]}]}", "}]}, {path: /bin/sh}]}")}`))).toEqual([]);
    const ofAnother = list.replace("}]}]}", "}]}, {path: /bin/sh, fromSource: [{path: /bin/sh}]}]}");
    expect(codesOf(policyFile(ofAnother))).toEqual([]);
    const other = policyFile("action: Allow\nprocess: {matchPaths: [{path: /bin/sh}]}", { name: "shell" });
    expect(codesOf(policyFile(list), other)).toEqual([]);
    const open = "action: Allow\nfile: {matchPaths: [{path: /x, fromSource: [{path: /bin/sh}]}]}";
    expect(codesOf(policyFile(open))).toEqual([]);
  });

  it("notes that a category becomes an allow-list, and what look-ups lack", () => {
    const file = policyFile("action: Allow\nfile: {matchDirectories: [{dir: /srv/}]}");
    expect(sayings("allow-list", file)[0]).toMatch("file becomes an allow-list of the selected containers");
    expect(sayings("allow-list-lookups", file)[0]).toMatch(
      "the allow-list of files has not /etc/hosts, /etc/resolv.conf, /etc/nsswitch.conf, /etc/passwd, /etc/group",
    );
  });
});
