import { describe, expect, it } from "@jest/globals";
import { lint } from "../src/lint/lint.ts";
import { codesOf, policyFile, sayings } from "./policy-yaml.ts";

describe("lint of the text", () => {
  it("finds nothing in a sound policy", () => {
    const spec = "selector: {matchLabels: {app: web}}\nprocess: {matchPaths: [{path: /bin/sleep}]}\naction: Block";
    expect(lint([policyFile(spec)])).toEqual({ findings: [], files: 1, policies: 1 });
  });

  it("names a key that stands twice, at its second place", () => {
    const file = policyFile("process: {matchPaths: [{path: /bin/sleep}]}\naction: Block\naction: Audit");
    expect(codesOf(file)).toEqual(["web.yaml:8:3 duplicate-key"]);
    expect(sayings("duplicate-key", file)).toEqual([
      "the key action stands twice in this object: keep one of them, or merge their values",
    ]);
  });

  it("refuses a tab at the beginning of a line, also before a comment, as kubectl does", () => {
    expect(codesOf(policyFile("action: Block\nprocess:\n  matchPaths:\n  - path: /bin/sleep\n"))).toEqual([]);
    const { file, text } = policyFile("process: {matchPaths: [{path: /bin/sleep}]}");
    expect(codesOf({ file, text: text.replace("# by itself", "\t# by itself") })).toEqual(["web.yaml:4:1 tab"]);
    expect(codesOf({ file, text: text.replace("  process", "\tprocess") })).toContain("web.yaml:6:1 tab");
  });

  it("only notes a tab where kubectl takes it for a space", () => {
    const { file, text } = policyFile('message: "a\tb"\nprocess: {matchPaths: [{path: /bin/sleep}]}');
    const tabs = (with_: string) => lint([{ file, text: with_ }]).findings.map((f) => [f.line, f.column, f.severity]);
    expect(tabs(text)).toEqual([]);
    expect(tabs(text.replace("[{path", "[\n      \t{path"))).toEqual([[8, 7, "note"]]);
    expect(tabs(text.replace("}]}", "}]}\t# a comment"))).toEqual([[7, 46, "note"]]);
  });

  it("says where a text ceases to be YAML, and goes on with the next document", () => {
    const { text } = policyFile("proces: {}");
    const findings = codesOf({ file: "two.yaml", text: `a: [1\n---\n${text}` });
    expect(findings).toEqual(["two.yaml:2:1 yaml-syntax", "two.yaml:8:3 unknown-key"]);
  });

  it("says that a file has no policy, and does not look at the rest of it", () => {
    expect(codesOf({ file: "pod.yaml", text: "kind: Pod\nspec:\t{}\n" })).toEqual(["pod.yaml:1:1 no-rules"]);
    expect(codesOf(policyFile("action: Block"))).toEqual(["web.yaml:5:1 no-rules"]);
  });
});

describe("lint of a list, as kubectl prints it", () => {
  it("looks at each item, with the places of the file", () => {
    const item = (name: string, rule: string) =>
      [
        "- apiVersion: security.kubearmor.com/v1",
        "  kind: KubeArmorPolicy",
        `  metadata: {name: ${name}, uid: x}`,
        "  spec:",
        `    process: {matchPaths: [${rule}]}`,
        "  status: {observedGeneration: 1}",
      ].join("\n");
    const items = `${item("a", "{path: /x}")}\n${item("b", "{path: x}")}\n`;
    const text = `apiVersion: v1\nkind: List\nitems:\n${items}`;
    expect(lint([{ file: "-", text }]).policies).toBe(2);
    expect(codesOf({ file: "-", text })).toEqual(["-:14:29 invalid-path"]);
  });
});

describe("lint against the schema", () => {
  it("names an unknown key with the nearest known one", () => {
    const says = (spec: string) => sayings("unknown-key", policyFile(spec));
    expect(says("process: {matchPath: [{path: /bin/sleep}]}")).toEqual([
      'the key "matchPath" is not known in spec.process: did you mean "matchPaths"?',
    ]);
    expect(says("process: {matchPaths: [{path: /bin/sleep, formSource: [{path: /bin/sh}]}]}")).toEqual([
      'the key "formSource" is not known in spec.process.matchPaths[0]: did you mean "fromSource"?',
    ]);
    expect(says("process:\n  file: {matchPaths: [{path: /x}]}")).toEqual([
      'the key "file" is not known in spec.process: it is known one level above: indent it less',
    ]);
    expect(says("selector: {app: web}\nprocess: {matchPaths: [{path: /x}]}")).toEqual([
      'the key "app" is not known in spec.selector: put it below matchLabels, or remove it',
    ]);
  });

  it("names field, value and remedy of what the schema refuses", () => {
    const says = (spec: string) => sayings("schema-violation", policyFile(spec));
    expect(says('severity: "5"\nprocess: {matchPaths: [{path: /x}]}')).toEqual([
      'spec.severity "5" is not of the type integer: give a whole number without quotes',
    ]);
    expect(says("severity: 11\nprocess: {matchPaths: [{path: /x}]}")).toEqual([
      "spec.severity 11 must be <= 10: keep within the limits",
    ]);
    expect(says("action: block\nprocess: {matchPaths: [{path: /x}]}")).toEqual([
      'spec.action "block" is not known: did you mean Block?',
    ]);
    expect(says("process: {matchPaths: {path: /x}}")).toEqual([
      'spec.process.matchPaths {"path":"/x"} is not of the type array: write a list, each item behind a -',
    ]);
    expect(says("process: {matchDirectories: [{recursive: true}]}")).toEqual([
      "spec.process.matchDirectories[0] has no dir: add dir",
    ]);
    expect(says("tags: [1]\nprocess: {matchPaths: [{path: /x}]}")).toEqual([
      'spec.tags[0] 1 is not of the type string: put it into quotes: "1"',
    ]);
  });

  it("takes a key with nothing behind it for absent, as the API server does", () => {
    expect(codesOf(policyFile("severity:\nprocess: {matchPaths: [{path: /x, fromSource: }]}"))).toEqual([]);
  });

  it("names a kind, a version and a name that cannot be", () => {
    const { text } = policyFile("process: {matchPaths: [{path: /x}]}");
    const says = (from: string, to: string) => {
      const { findings } = lint([{ file: "a.yaml", text: text.replace(from, to) }]);
      return findings.map(({ line, column, code, remedy }) => `${line}:${column} ${code} ${remedy}`);
    };
    expect(says("KubeArmorPolicy", "KubearmorPolicy")).toEqual(["2:1 unknown-kind did you mean KubeArmorPolicy?"]);
    expect(says("/v1", "/v2")).toEqual(["1:1 unknown-kind did you mean security.kubearmor.com/v1?"]);
    expect(says("name: web", "name: No Sleep")[0]).toMatch(/^3:12 schema-violation use small letters/);
  });

  it("names what can be no path, no pattern and no source, once each", () => {
    expect(
      codesOf(policyFile("process:\n  matchPaths:\n  - path: bin/ls\n  - path: /bin/\n  - path: /a/../b")),
    ).toEqual(["web.yaml:8:7 invalid-path", "web.yaml:9:7 invalid-path", "web.yaml:10:7 invalid-path"]);
    expect(sayings("invalid-path", policyFile("process: {matchPaths: [{path: /bin/}]}"))).toEqual([
      'spec.process.matchPaths[0].path "/bin/" ends in /: drop the slash, or use matchDirectories',
    ]);
    expect(sayings("invalid-path", policyFile("process: {matchPaths: [{severity: 1}]}"))).toEqual([
      "spec.process.matchPaths[0] has neither path nor execname: give one of the two",
    ]);
    expect(sayings("invalid-path", policyFile("file: {matchPatterns: [{pattern: a*}]}"))).toEqual([
      'spec.file.matchPatterns[0].pattern "a*" can never match an absolute path: begin it with / or **',
    ]);
    const sources = "process: {matchPaths: [{path: /x, fromSource: [{path: /a, dir: /b/}, {recursive: true}]}]}";
    expect(codesOf(policyFile(sources))).toEqual(["web.yaml:6:50 invalid-source", "web.yaml:6:72 invalid-source"]);
  });

  it("names a selector that selects nothing", () => {
    const spec = "selector: {matchLabels: {pod-template-hash: x}}\nprocess: {matchPaths: [{path: /x}]}";
    expect(codesOf(policyFile(spec))).toEqual(["web.yaml:6:28 invalid-selector"]);
  });
});

describe("lint of names", () => {
  it("warns of a glob where a name stands for itself, sources too", () => {
    const spec = "file:\n  matchPaths:\n  - path: /home/*/.bashrc\n  - {path: /x, fromSource: [{path: /bin/py*}]}";
    expect(codesOf(policyFile(spec))).toEqual(["web.yaml:8:7 glob-in-path", "web.yaml:9:32 glob-in-path"]);
    expect(codesOf(policyFile("file: {matchPaths: [{path: '/usr/bin/['}, {path: '/a{b'}]}"))).toEqual([]);
  });

  it("warns of a directory where a file is meant", () => {
    expect(sayings("directory-as-path", policyFile("file: {matchPaths: [{path: /var/log}]}"))).toEqual([
      'spec.file.matchPaths[0].path "/var/log" names a directory: use matchDirectories with dir: /var/log/',
    ]);
  });

  it("warns of sources that no process can be", () => {
    const says = (spec: string) =>
      sayings("source-cannot-act", policyFile(spec)).map((text) => text.replace(/: (name the exec|use dir).*/, ""));
    expect(says("file: {matchPaths: [{path: /x, fromSource: [{path: /usr/bin}]}]}")).toEqual([
      'spec.file.matchPaths[0].fromSource[0].path "/usr/bin" names a directory',
    ]);
    expect(says("file: {matchPaths: [{path: /x, fromSource: [{path: /proc/self/exe}]}]}")).toEqual([
      "spec.file.matchPaths[0] (Block /x from /proc/self/exe): nothing below /proc/ is a program",
    ]);
    const blocked =
      "process: {matchPaths: [{path: /bin/sh}]}\nfile: {matchPaths: [{path: /x, fromSource: [{path: /bin/sh}]}]}";
    expect(says(blocked)).toEqual([
      "spec.file.matchPaths[0] (Block /x from /bin/sh): spec.process.matchPaths[0] (Block /bin/sh) lets nobody execute /bin/sh",
    ]);
    expect(says(blocked.replace("/bin/sh}]}", "/bin/sh, ownerOnly: true}]}"))).toEqual([]);
  });
});

describe("lint of sockets and capabilities", () => {
  const says = (code: string, spec: string) =>
    sayings(code, policyFile(spec)).map((one) => one.replace(/: [^:]*$/, ""));

  it("finds the same protocol twice, allowed and blocked, and audited where it is blocked", () => {
    const both = "network: {matchProtocols: [{protocol: 'tcp,udp'}, {protocol: TCP, action: Allow}]}\naction: Block";
    expect(says("contradiction", both)).toEqual([
      "spec.network.matchProtocols[1] (Allow tcp) contradicts spec.network.matchProtocols[0] (Block tcp): Block decides",
    ]);
    expect(says("duplicate-rule", both.replace(", action: Allow", ""))).toEqual([
      "spec.network.matchProtocols[1] (Block tcp) says the same as spec.network.matchProtocols[0]",
    ]);
    expect(says("shadowed-rule", both.replace("Allow", "Audit"))).toEqual([
      "spec.network.matchProtocols[1] (Audit tcp) never reports: spec.network.matchProtocols[0] (Block tcp) denies it, and Audit reports only what is allowed",
    ]);
  });

  it("says that a category becomes an allow-list", () => {
    const spec = "capabilities: {matchCapabilities: [{capability: chown}]}\naction: Allow";
    expect(says("allow-list", spec)).toEqual(["capabilities becomes an allow-list of the selected containers"]);
  });
});

describe("lint of what cannot be enforced", () => {
  it("names each part with what to do instead", () => {
    const { text } = policyFile("apparmor: profile\naction: Block");
    expect(sayings("not-enforced", { file: "web.yaml", text })).toEqual([
      "spec.apparmor: AppArmor profiles cannot be enforced yet (policy.apparmor): write the rules as process and file rules",
    ]);
  });
});
