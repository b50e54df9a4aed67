/** What the kernel makes of messages to a server of DNS: the code that judges them, run by BPF_PROG_TEST_RUN, when they are sent and when they leave. */
import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Rule, RuleSet } from "@portcullis/model";
import { packRules } from "@portcullis/native";
import { KernelVerdicts, whyNoKernelVerdicts } from "@portcullis/native/testing";
import { compile } from "@portcullis/policy";
import { byStream, queryFor } from "./dns-messages.ts";

const reason = whyNoKernelVerdicts();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`kernel-domains.test.ts skipped: ${reason}`);

const seed = [0x0123456789abcdefn, 0xfedcba9876543210n] as const;
const noRules: RuleSet = { policies: [], rules: [], posture: {} };
const running = readlinkSync("/proc/self/exe").slice(1).split("/");
const rest = { readOnly: false, ownerOnly: false, noTerminal: false, policy: 0, severity: "1", tags: [], message: "" };

const ruleFor = (domain: string, action: Rule["action"] = "block", id = 1): Rule => ({
  ...{ id, category: "dns", match: { kind: "domain", domain }, action, ...rest, origin: "spec" },
});
const rules = (posture: "audit" | "block", ...all: Rule[]): RuleSet => ({
  policies: [{ kind: "KubeArmorPolicy", namespace: "n", name: "p" }],
  rules: all,
  posture: { dns: posture },
});

let tableId = 0n;
const pack = (ruleSet: RuleSet) => {
  tableId += 1n;
  return packRules(compile(ruleSet).automaton, { seed, tableId });
};

describeBpf("the kernel, given a message to a server of DNS,", () => {
  let kernel: KernelVerdicts;
  const who = { object: undefined, program: running, isOwner: true, hasTerminal: false };
  const send = (bytes: Uint8Array, isStream = false) =>
    kernel.ask({ access: "dns", message: { bytes, isStream }, ...who });
  /** What becomes of it where a name is blocked, and where a list of others is in block posture. */
  const fate = (bytes: Uint8Array, isStream = false) =>
    [rules("audit", ruleFor("evil.example")), rules("block", ruleFor("good.example", "allow"))].map((ruleSet) => {
      kernel.setRules(pack(ruleSet));
      const { denied, leaves } = send(bytes, isStream);
      return denied ? "denied" : leaves ? "allowed" : "dropped";
    });
  beforeAll(() => {
    kernel = new KernelVerdicts(seed, pack(noRules));
  });
  afterAll(() => kernel.close());

  const longest = [63, 63, 63, 40, 4, 7].map((length, i) => "abcdef"[i]!.repeat(length)).join(".");
  const evil = `${"x".repeat(63)}.${"y".repeat(63)}.${"z".repeat(63)}.${"w".repeat(46)}.evil.example`;
  it.each([
    ["a blocked name", queryFor("evil.example"), ["denied", "denied"]],
    ["its sub-domain", queryFor("a.b.evil.example"), ["denied", "denied"]],
    ["a name in other letters", queryFor("WWW.eViL.ExAmPlE"), ["denied", "denied"]],
    ["a name that ends likewise", queryFor("notevil.example"), ["allowed", "denied"]],
    ["the domain above", queryFor("example"), ["allowed", "denied"]],
    ["an allowed name", queryFor("www.good.example"), ["allowed", "allowed"]],
    ["a name of 253 bytes", queryFor(evil), ["denied", "denied"]],
    ["another one", queryFor(longest), ["allowed", "denied"]],
    ["a name of many labels", queryFor(`${"a.".repeat(110)}evil.example`), ["denied", "denied"]],
    ["what comes behind the question", queryFor("good.example", { more: new Uint8Array(40) }), ["allowed", "allowed"]],
    ["two questions", queryFor("good.example", { questions: 2 }), ["denied", "denied"]],
    ["no question", queryFor("good.example", { questions: 0 }), ["denied", "denied"]],
    ["a question that is cut short", queryFor("good.example").subarray(0, -1), ["denied", "denied"]],
    [
      "a name that goes on elsewhere",
      Buffer.from([...new Array(5).fill(0), 1, ...new Array(6).fill(0), 0xc0, 12, 0, 1, 0, 1]),
      ["denied", "denied"],
    ],
    ["a message that is none", Buffer.from("GET / HTTP/1.1\r\n\r\n"), ["denied", "denied"]],
    ["a header alone", queryFor("good.example").subarray(0, 12), ["denied", "denied"]],
  ])("decides about %s", (_what, bytes, wanted) => expect(fate(bytes)).toEqual(wanted));

  const good = queryFor("good.example");
  const bad = queryFor("evil.example");
  it.each([
    ["one message", byStream(good), ["allowed", "allowed"]],
    ["two messages", byStream(good, good), ["allowed", "allowed"]],
    ["a message behind another one", byStream(good, bad), ["denied", "denied"]],
    ["as many as are looked at", byStream(...new Array(8).fill(good)), ["allowed", "allowed"]],
    ["more than are looked at", byStream(...new Array(9).fill(good)), ["dropped", "dropped"]],
    ["a length alone", byStream(good).subarray(0, 2), ["dropped", "dropped"]],
    ["half of a message", byStream(good).subarray(0, 20), ["dropped", "dropped"]],
    ["a message and the beginning of another one", byStream(good, bad).subarray(0, -3), ["dropped", "dropped"]],
    ["no message", byStream(new Uint8Array()), ["denied", "denied"]],
  ])("decides about %s by TCP", (_what, bytes, wanted) => expect(fate(bytes, true)).toEqual(wanted));

  it("lets everything leave where nothing can be denied, and says what it knows", () => {
    kernel.setRules(pack(rules("audit", ruleFor("evil.example", "audit"), ruleFor("good.example", "allow", 2))));
    expect(send(bad)).toMatchObject({ denied: false, leaves: true });
    expect(send(bad).events.map(({ ruleId, object }) => [ruleId, object])).toEqual([
      [0, "evil.example"],
      [1, "evil.example"],
    ]);
    expect(send(byStream(good).subarray(0, 2), true)).toMatchObject({ denied: false, leaves: true, events: [] });
    expect(send(good).events).toEqual([]);
  });
});
