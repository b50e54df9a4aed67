import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { BusError } from "../src/errors.ts";
import { decodeAlert, encodeAlert } from "../src/messages/alert.ts";
import { decodeBundle, encodeBundle } from "../src/messages/bundle.ts";
import { digestOf } from "../src/messages/digest.ts";
import { decodeNodeStatus, encodeNodeStatus } from "../src/messages/node-status.ts";
import { decodeRuleSet, encodeRuleSet } from "../src/messages/rule-set.ts";
import { anyAlert, anyBundle, anyRuleSet, anyStatus } from "./arbitrary.ts";
import {
  exampleAlert,
  exampleBundle,
  exampleContainer,
  exampleRule,
  exampleRuleSet,
  exampleStatus,
} from "./examples.ts";

interface Codec {
  name: string;
  any: fc.Arbitrary<unknown>;
  example: unknown;
  encode: (message: unknown) => Uint8Array;
  decode: (bytes: Uint8Array) => unknown;
}
const codecs = [
  { name: "bundle", any: anyBundle, example: exampleBundle, encode: encodeBundle, decode: decodeBundle },
  { name: "rule set", any: anyRuleSet, example: exampleRuleSet, encode: encodeRuleSet, decode: decodeRuleSet },
  { name: "node status", any: anyStatus, example: exampleStatus, encode: encodeNodeStatus, decode: decodeNodeStatus },
  { name: "alert", any: anyAlert, example: exampleAlert, encode: encodeAlert, decode: decodeAlert },
] as Codec[];

/** The code of the typed error it throws; fails on an untyped one. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof BusError) return error.code;
    throw error;
  }
  return "accepted";
}

describe.each(codecs)("a $name", ({ name, any, example, encode, decode }) => {
  it("comes back as it was", () => {
    fc.assert(fc.property(any, (message) => expect(decode(encode(message))).toEqual(message)));
  });

  it("has one encoding, whatever the order its keys were set in", () => {
    const reversed = reverseKeys(example);
    expect(JSON.stringify(reversed, big)).not.toBe(JSON.stringify(example, big));
    expect(digestOf(encode(reversed))).toBe(digestOf(encode(example)));
  });

  it("is refused with a typed error wherever it is cut off", () => {
    const bytes = encode(example);
    for (let length = 0; length < bytes.length; length++)
      expect([length, refusal(() => decode(bytes.subarray(0, length)))]).toEqual([
        length,
        expect.stringMatching(/^BUS_/),
      ]);
  });

  it("is refused, or whole, whatever byte of it is damaged", () => {
    fc.assert(
      fc.property(any, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
        const bytes = encode(message);
        const index = at % bytes.length;
        bytes[index] = (bytes[index] as number) ^ flip;
        const code = refusal(() => decode(bytes));
        // An alert has no checksum: another text in a field cannot be seen, but then every field is there.
        if (name === "alert" && code === "accepted") encode(decode(bytes));
        else expect(code).toMatch(/^BUS_/);
      }),
    );
  });

  it("is not read out of random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(refusal(() => decode(bytes))).toMatch(/^BUS_/)),
    );
  });

  it("does not pass for another kind", () => {
    for (const other of codecs)
      if (other.name !== name) expect(refusal(() => decode(other.encode(other.example)))).toMatch(/^BUS_/);
  });
});

describe("a refusal says what is wrong", () => {
  const bytes = encodeBundle(exampleBundle);
  const changed = (at: number, value: number) => Uint8Array.from(bytes, (byte, i) => (i === at ? value : byte));

  it.each([
    ["a foreign message", new TextEncoder().encode("hello, I am not a bundle"), "BUS_MESSAGE_FOREIGN"],
    ["a rule set in place of a bundle", encodeRuleSet(exampleRuleSet), "BUS_MESSAGE_FOREIGN"],
    ["a later format", changed(5, 2), "BUS_MESSAGE_VERSION"],
    ["nothing at all", new Uint8Array(), "BUS_MESSAGE_TRUNCATED"],
    ["half of it", bytes.subarray(0, bytes.length / 2), "BUS_MESSAGE_TRUNCATED"],
    ["more than it", Uint8Array.from([...bytes, 0]), "BUS_MESSAGE_CORRUPT"],
    ["another content", changed(bytes.length - 1, 255), "BUS_MESSAGE_CORRUPT"],
    ["9 MiB", new Uint8Array(9 << 20), "BUS_MESSAGE_OVERSIZED"],
  ])("%s", (_, message, code) => {
    expect(refusal(() => decodeBundle(message))).toBe(code);
  });

  it.each([
    ["rules[0].match.path", { match: { kind: "path", path: "bin/sh" } }],
    ["rules[0].match.path", { match: { kind: "path", path: "/bin/\ud800" } }],
    ["rules[0].match.dir", { match: { kind: "directory", dir: "/etc", recursive: false } }],
    ["rules[0].match.pattern", { match: { kind: "pattern", pattern: "/etc/\0*" } }],
    ["rules[0].match.kind", { match: { kind: "nickname", name: "sh" } }],
    ["rules[0].match", { category: "process", match: { kind: "fileless" }, action: "allow" }],
    ["rules[0].match.execname", { match: { kind: "execname", name: "bin/sh" } }],
    ["rules[0].action", { action: "deny" }],
    ["rules[0].category", { category: "constructor" }],
    ["rules[0].id", { id: 0 }],
    ["rules[0].policy", { policy: 1 }],
    ["rules[0].severity", { severity: "11" }],
  ])("the field %s of %j", (field, change) => {
    const ruleSet = { ...exampleRuleSet, rules: [{ ...exampleRule, ...change }] } as never;
    expect(() => encodeRuleSet(ruleSet)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_INVALID", field }));
  });

  it.each([
    ["revision", { revision: 0n }],
    ["node", { node: "" }],
    ["ruleSets[0]", { ruleSets: ["sha256:zz"], containers: [] }],
    ["containers[0].ruleSet", { ruleSets: [] }],
    ["hostRuleSet", { hostRuleSet: `sha256:${"a".repeat(64)}` }],
    ["containers[1]", { containers: [exampleContainer, exampleContainer] }],
  ])("the field %s of a bundle", (field, change) => {
    const bundle = { ...exampleBundle, ...change };
    expect(() => encodeBundle(bundle)).toThrow(expect.objectContaining({ code: "BUS_MESSAGE_INVALID", field }));
  });

  it("an alert without an end", () => {
    expect(refusal(() => decodeAlert(encodeAlert(exampleAlert).subarray(0, -3)))).toBe("BUS_MESSAGE_TRUNCATED");
  });

  it("an alert of no repetitions, which would be read as one of one operation", () => {
    expect(refusal(() => encodeAlert({ ...exampleAlert, count: 0 }))).toBe("BUS_MESSAGE_INVALID");
  });

  it("an alert of repetitions without the time of the first", () => {
    const repetitions = { ...exampleAlert, count: 2, firstTimestampNs: 7n };
    // Field 30, a number: 7.
    const bytes = Buffer.from(encodeAlert(repetitions));
    const at = bytes.indexOf(Buffer.from([0xf0, 0x01, 7]));
    expect(decodeAlert(bytes)).toEqual(repetitions);
    bytes[at + 2] = 0;
    expect(() => decodeAlert(bytes)).toThrow(expect.objectContaining({ field: "firstTimestampNs" }));
  });

  it("an alert that is too large", () => {
    expect(refusal(() => encodeAlert({ ...exampleAlert, source: "x".repeat(400 * 1024) }))).toBe(
      "BUS_MESSAGE_OVERSIZED",
    );
  });
});

it("a label named __proto__ is a label", () => {
  const labels = Object.fromEntries([["__proto__", "x"]]);
  const { labels: decoded } = decodeAlert(encodeAlert({ ...exampleAlert, labels }));
  expect(Object.entries(decoded)).toEqual([["__proto__", "x"]]);
});

it("ten thousand rules of one policy stay below 2 MiB", () => {
  const rules = Array.from({ length: 10_000 }, (_, i) => ({
    ...exampleRule,
    id: i + 1,
    match: { kind: "path" as const, path: `/opt/application/data/directory-${i}/file` },
    origin: `spec.file.matchPaths[${i}]`,
  }));
  const bytes = encodeRuleSet({ ...exampleRuleSet, rules });
  expect(bytes.length).toBeLessThan(2 << 20);
  expect(decodeRuleSet(bytes).rules).toHaveLength(10_000);
});

const big = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

function reverseKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reverseKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reverseKeys(item)]));
}
