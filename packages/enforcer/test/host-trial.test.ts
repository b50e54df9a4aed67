/** An allow-list of the host, tried against what the node needs before it blocks. */

import { describe, expect, it } from "@jest/globals";
import type { DecidingCategory, Rule, RuleSet } from "@portcullis/model";
import { compile, decide } from "@portcullis/policy";
import { noAliases } from "../src/bind/alias-memory.ts";
import type { RecordedOperation, RecordingState } from "../src/host/recording.ts";
import { type Needs, tryHostList } from "../src/host/trial.ts";

const rule = (more: Partial<Rule> & Pick<Rule, "category" | "match">): Rule => ({
  ...{ id: 1, action: "allow", readOnly: false, ownerOnly: false, noTerminal: false, policy: 0 },
  ...{ severity: "1", tags: [], message: "", origin: "spec.file.matchPaths[0]" },
  ...more,
});
const path = (name: string) => ({ kind: "path", path: name }) as const;
const policies = [{ kind: "KubeArmorHostPolicy", namespace: "", name: "list" }] as const;
const listOf = (...rules: Rule[]): RuleSet => ({
  policies,
  rules: rules.map((one, i) => ({ ...one, id: i + 1 })),
  posture: Object.fromEntries(rules.map(({ category }) => [category, "audit"])),
});
const hosts = listOf(rule({ category: "file", match: path("/etc/hosts") }));

const kubelet = "/usr/bin/kubelet";
const did = (object: string, more: Partial<RecordedOperation> = {}): RecordedOperation => ({
  ...{ category: "file", access: "write", program: kubelet, parent: "", object },
  ...more,
});
const needs = (operations: readonly RecordedOperation[], state: RecordingState = "closed"): Needs => ({
  ...{ operations, vitalPrograms: [kubelet], state: () => state },
});
const tried = (ruleSet: RuleSet, of: Needs, categories: readonly DecidingCategory[] = ["file"]) =>
  tryHostList(ruleSet, categories, of, noAliases);

/** What the rule set that comes of it does with a file. */
const outcome = ({ ruleSet }: { ruleSet: RuleSet }, program: string, object: string, access: "read" | "write") =>
  decide(compile(ruleSet, noAliases).automaton, {
    ...{ category: "file", access, isOwner: false, hasTerminal: false },
    ...{ path: object.split("/").slice(1), source: program.split("/").slice(1) },
  }).outcome;

describe("an allow-list of the host", () => {
  it("stays audited while nothing is recorded yet, and its policies wait", () => {
    const trial = tried(hosts, needs([did("/var/x")], "recording"));
    expect(trial.ruleSet).toBe(hosts);
    expect(trial.waiting).toContain("file: what the node needs is being recorded");
    expect(outcome(trial, "/bin/cat", "/etc/passwd", "read")).toBe("allowed");
    expect(tried(hosts, needs([], "missed")).waiting).toContain("has to begin again");
  });

  it("blocks when the recording is closed, everybody but vital programs", () => {
    const trial = tried(hosts, needs([did("/var/x")]));
    expect(trial).toMatchObject({ waiting: "", unenforced: [] });
    expect(outcome(trial, "/bin/cat", "/etc/hosts", "read")).toBe("allowed");
    expect(outcome(trial, "/bin/cat", "/var/x", "write")).toBe("denied");
    expect(outcome(trial, kubelet, "/var/x", "write")).toBe("allowed");
    expect(outcome(trial, kubelet, "/var/never-seen", "read")).toBe("allowed");
  });

  it("names what it would have denied, and whose that is", () => {
    const { exempt } = tried(hosts, needs([did("/var/x"), did("/etc/hosts")]));
    expect(exempt).toMatchObject([{ policy: policies[0], origin: "spec.file.matchPaths[0]" }]);
    expect(exempt[0]?.reason).toContain(`${kubelet}; seen were 1 such as ${kubelet} (write /var/x)`);
    expect(tried(hosts, needs([did("/etc/hosts")])).exempt).toEqual([]);
  });

  it("stays audited where even so it would deny what was seen: a program without a name cannot be left out of a list of files", () => {
    const trial = tried(hosts, needs([did("/run/x", { program: "", parent: kubelet })]));
    expect(trial.ruleSet).toBe(hosts);
    expect(trial.unenforced).toMatchObject([{ policy: policies[0] }]);
    expect(trial.unenforced[0]?.reason).toMatch(/^LockoutAvoided: .*a nameless program of \/usr\/bin\/kubelet/);
    expect(outcome(trial, "/bin/cat", "/var/x", "write")).toBe("allowed");
  });

  it("stays audited where more happens than can be recorded", () => {
    const trial = tried(hosts, needs([], "full"));
    expect(trial.ruleSet).toBe(hosts);
    expect(trial.unenforced[0]?.reason).toContain("more than can be recorded");
  });

  it("does not free vital programs of Block rules", () => {
    const ruleSet = listOf(
      rule({ category: "file", match: path("/etc/hosts") }),
      rule({ category: "file", match: { kind: "directory", dir: "/boot/", recursive: true }, action: "block" }),
    );
    const trial = tried(ruleSet, needs([did("/boot/x")]));
    expect(outcome(trial, kubelet, "/boot/x", "read")).toBe("denied");
    expect(trial).toMatchObject({ unenforced: [], exempt: [] });
  });

  it("leaves vital programs their programs, sockets and capabilities, what has no name among them", () => {
    const categories = ["process", "network", "capabilities"] as const;
    const ruleSet = listOf(
      rule({ category: "process", match: path("/bin/date") }),
      rule({ category: "network", match: { kind: "protocol", protocol: "udp" } }),
      rule({ category: "capabilities", match: { kind: "capability", capability: 1 } }),
    );
    const operations = [
      did("/usr/bin/mount", { category: "process", access: "exec" }),
      did("/memfd:x", { category: "process", access: "exec" }),
      did("", { category: "process", access: "exec" }),
      did("2 1 6", { category: "network", access: "use", socket: { family: 2, type: 1, protocol: 6 } }),
      did("21", { category: "capabilities", access: "use", capability: 21 }),
    ];
    const trial = tried(ruleSet, needs(operations), categories);
    expect(trial.unenforced).toEqual([]);
    expect(trial.ruleSet.posture).toEqual({ process: "block", network: "block", capabilities: "block" });
    expect(trial.exempt.map(({ origin }) => origin)).toHaveLength(3);
  });

  it("is another table for other programs, and the same for the same", () => {
    const variant = (programs: string[]) => tried(hosts, { ...needs([]), vitalPrograms: programs }).variant;
    expect(variant([kubelet])).toBe(variant([kubelet]));
    expect(variant([kubelet])).not.toBe(variant([kubelet, "/usr/sbin/sshd"]));
  });
});
