/**
 * The engine's decisions, made by the kernel's own copy of the code (BPF_PROG_TEST_RUN), against a naive matcher that
 * reads the rules as a person would: no automaton, no hashes, no merged lists.
 */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Addon, BPF_F_INNER_MAP, loadAddon, mapTypes } from "../src/addon.ts";
import { componentHash, type HashSeed } from "../src/pack/hash.ts";
import { packRules } from "../src/pack/rule-table.ts";
import { automatonOf, parse, rank, type SimplePosture, type SimpleRule } from "./engine-automaton.ts";
import { loadTestObject, u32, whyNoBpf } from "./kernel.ts";

const reason = whyNoBpf();
const describeBpf = reason === undefined ? describe : describe.skip;
const seed: HashSeed = [0x0123456789abcdefn, 0xfedcba9876543210n];
const slot = 5;
const most = 24;
const exeDepth = 16;
const size = 48 + 8 * (most + 2 * exeDepth);

interface Operation {
  category: "process" | "file";
  object: string[];
  program: string[];
  script: string[];
  write: boolean;
  owner: boolean;
  terminal: boolean;
}

/** rule: the rule that denied, 0 = the posture. audits: 1 = the posture, 2 = a rule. */
interface Decision {
  denied: boolean;
  rule: number;
  audits: number;
  auditRule: number;
}

function matches(pattern: string, components: readonly string[]): boolean {
  const { components: wanted, kind } = parse(pattern);
  if (!wanted.every((name, index) => components[index] === name)) return false;
  const below = components.length - wanted.length;
  return kind === "recursive" ? below >= 0 : kind === "directory" ? below === 0 || below === 1 : below === 0;
}

function violated(rule: SimpleRule, operation: Operation): boolean {
  const write = rule.readOnly === true && operation.write;
  const owner = rule.ownerOnly === true && !operation.owner;
  return write || owner || (rule.noTerminal === true && operation.terminal);
}

function naive(rules: readonly SimpleRule[], posture: SimplePosture, operation: Operation): Decision {
  const candidates = rules
    .map((rule, index) => ({ rule, id: index + 1 }))
    .filter(({ rule }) => (rule.category ?? "file") === operation.category && matches(rule.path, operation.object))
    .filter(({ rule }) => !rule.source || [operation.program, operation.script].some((p) => matches(rule.source!, p)))
    .sort((a, b) => rank(b.rule) - rank(a.rule));
  const conditional = (rule: SimpleRule) => rule.readOnly || rule.ownerOnly || rule.noTerminal;
  const deciding = candidates.find(({ rule }) => rule.effect !== "audit" && !(rule.quiet && operation.write));
  const none = { denied: false, rule: 0, audits: 0, auditRule: 0 };
  const bad = deciding !== undefined && violated(deciding.rule, operation);
  if (deciding?.rule.effect === "block" && (bad || !conditional(deciding.rule)))
    return { ...none, denied: true, rule: deciding.id };
  if (deciding?.rule.effect === "allow" && bad) return { ...none, denied: true };
  const missed = deciding === undefined && posture.allowList === true;
  if (missed && posture.block) return { ...none, denied: true };
  const audit = candidates.find(
    ({ rule }) => rule.effect === "audit" && (!conditional(rule) || violated(rule, operation)),
  );
  return { ...none, audits: (missed ? 1 : 0) | (audit ? 2 : 0), auditRule: audit?.id ?? 0 };
}

class Decider {
  private readonly addon: Addon = loadAddon();
  private readonly object = loadTestObject(this.addon, "engine-decide");
  private readonly maps = new Map<string, ReturnType<Addon["objectMap"]>>();
  #tableId = 0n;

  constructor() {
    const settings = new Uint8Array(32);
    new BigUint64Array(settings.buffer).set(seed);
    this.addon.mapUpdate(this.map("settings"), u32(0), settings, 0);
  }

  bind(rules: readonly SimpleRule[], posture: { process: SimplePosture; file: SimplePosture }): void {
    this.#tableId += 1n;
    const { elements, data } = packRules(automatonOf(rules, posture), { seed, tableId: this.#tableId });
    const image = this.addon.mapCreate("image", mapTypes.array, 4, 64, elements, BPF_F_INNER_MAP);
    this.addon.mapFill(image, 0, data);
    this.addon.mapSetHandle(this.map("slots"), u32(slot), image);
    this.addon.close(image);
  }

  decide(operation: Operation): Decision {
    const view = new DataView(new ArrayBuffer(size));
    const words = [slot, operation.category === "file" ? 1 : 0, operation.write ? 1 : 0, operation.object.length];
    words.push(operation.program.length, operation.script.length, Number(operation.owner), Number(operation.terminal));
    for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true);
    const put = (at: number, components: readonly string[]) => {
      for (const [index, name] of [...components].reverse().entries())
        view.setBigUint64(at + index * 8, componentHash(name, seed), true);
    };
    put(48, operation.object);
    put(48 + 8 * most, operation.program);
    put(48 + 8 * (most + exeDepth), operation.script);
    this.addon.mapUpdate(this.map("current"), u32(0), new Uint8Array(view.buffer), 0);
    this.run("decide");
    const { buffer, byteOffset } = this.addon.mapLookup(this.map("current"), u32(0))!;
    const out = new DataView(buffer, byteOffset);
    const denied = out.getInt32(32, true) === -13;
    const audits = denied ? 0 : out.getUint32(40, true);
    const auditRule = audits & 2 ? out.getUint32(44, true) : 0;
    return { denied, rule: denied ? out.getUint32(36, true) : 0, audits, auditRule };
  }

  hash(name: Uint8Array): bigint {
    const value = new Uint8Array(272);
    new DataView(value.buffer).setUint32(8, name.length, true);
    value.set(name, 12);
    this.addon.mapUpdate(this.map("names"), u32(0), value, 0);
    this.run("hash");
    const { buffer, byteOffset } = this.addon.mapLookup(this.map("names"), u32(0))!;
    return new DataView(buffer, byteOffset).getBigUint64(0, true);
  }

  private map(name: string) {
    const known = this.maps.get(name) ?? this.addon.objectMap(this.object, name);
    this.maps.set(name, known);
    return known;
  }

  private run(program: string): void {
    const returned = this.addon.programRun(this.addon.objectProgram(this.object, program), new Uint8Array(0), 1);
    if (returned !== 0) throw new Error(`program ${program} returned ${returned}`);
  }
}

/** Few names, so that rules and operations meet; one is longer than a dentry keeps inline. */
const component = fc.constantFrom("a", "b", "bin", "a-name-of-exactly-forty-bytes-0123456789");
const path = (longest: number) => fc.array(component, { minLength: 1, maxLength: longest });
const pattern = fc
  .tuple(path(4), fc.constantFrom("", "/", "/**"))
  .map(([components, end]) => `/${components.join("/")}${end}`);
const rule: fc.Arbitrary<SimpleRule> = fc
  .record({
    path: pattern,
    category: fc.constantFrom("process" as const, "file" as const),
    effect: fc.constantFrom("block" as const, "allow" as const, "audit" as const),
    source: fc.option(pattern, { nil: undefined }),
    readOnly: fc.boolean(),
    ownerOnly: fc.boolean(),
    noTerminal: fc.boolean(),
    quiet: fc.boolean(),
  })
  .map(({ source, quiet, ...rest }) => ({
    ...rest,
    ...(source === undefined ? {} : { source }),
    ...(quiet && rest.effect === "allow" ? { quiet, readOnly: true, ownerOnly: false, noTerminal: false } : {}),
  }));
const posture = fc.record({ allowList: fc.boolean(), block: fc.boolean() });
const operation: fc.Arbitrary<Operation> = fc.record({
  category: fc.constantFrom("process" as const, "file" as const),
  object: path(7),
  program: path(5),
  script: fc.oneof(fc.constant<string[]>([]), path(5)),
  write: fc.boolean(),
  owner: fc.boolean(),
  terminal: fc.boolean(),
});

describeBpf("the kernel's decisions", () => {
  it("hash a name as TypeScript does, at every length", () => {
    const decider = new Decider();
    for (let length = 1; length <= 255; length++) {
      const name = Uint8Array.from({ length }, (_, i) => ((i * 37 + length) % 255) + 1);
      expect(decider.hash(name)).toBe(componentHash(name, seed));
    }
  });

  it("are those of a naive matcher, for any rules and operations", () => {
    const decider = new Decider();
    const sets = fc.tuple(fc.array(rule, { maxLength: 12 }), fc.record({ process: posture, file: posture }));
    fc.assert(
      fc.property(sets, fc.array(operation, { minLength: 10, maxLength: 30 }), ([rules, postures], operations) => {
        decider.bind(rules, postures);
        for (const op of operations) expect(decider.decide(op)).toEqual(naive(rules, postures[op.category], op));
      }),
      { numRuns: 200 },
    );
  });

  it("hold at sixteen components, the most that the ring keeps", () => {
    const decider = new Decider();
    const object = Array.from({ length: 16 }, (_, i) => `c${i}`);
    decider.bind([{ path: `/${object.join("/")}` }], { process: {}, file: {} });
    const base = { category: "file" as const, program: ["p"], script: [], write: false, owner: true, terminal: false };
    expect(decider.decide({ ...base, object }).denied).toBe(true);
    expect(decider.decide({ ...base, object: [...object.slice(0, 15), "other"] }).denied).toBe(false);
    expect(decider.decide({ ...base, object: object.slice(0, 15) }).denied).toBe(false);
  });

  it("hold for names deeper than the ring when the rule is not", () => {
    const decider = new Decider();
    decider.bind([{ path: "/a/b/**" }], { process: {}, file: {} });
    const base = { category: "file" as const, program: ["p"], script: [], write: false, owner: true, terminal: false };
    const deep = Array.from({ length: 22 }, (_, i) => `d${i}`);
    expect(decider.decide({ ...base, object: ["a", "b", ...deep] }).denied).toBe(true);
    expect(decider.decide({ ...base, object: ["b", "a", ...deep] }).denied).toBe(false);
  });

  it("find each of ten thousand rules, and none beside them", () => {
    const decider = new Decider();
    const rules = Array.from({ length: 10_000 }, (_, i) => ({ path: `/opt/d${i % 91}/file-${i}` }));
    decider.bind(rules, { process: {}, file: {} });
    const base = { category: "file" as const, program: ["p"], script: [], write: false, owner: true, terminal: false };
    for (let i = 0; i < 10_000; i += 97) {
      expect(decider.decide({ ...base, object: ["opt", `d${i % 91}`, `file-${i}`] })).toMatchObject({ rule: i + 1 });
      expect(decider.decide({ ...base, object: ["opt", `d${(i + 1) % 91}`, `file-${i}`] }).denied).toBe(false);
    }
  });
});
