/**
 * Rule sets ⇄ bytes. Equal content gives equal bytes, whatever the order of keys in `posture` was: the digest of these
 * bytes is the rule set's name. What the alerts of a rule carry is stored once, and rules point to it, because thousands of rules of
 * one policy share it. Long because what is written and what is read of each kind of match are best seen side by side.
 */

import type {
  Action,
  Category,
  DecidingCategory,
  Match,
  NamedMatch,
  PostureMode,
  PresetName,
  Rule,
  RuleSet,
} from "@portcullis/model";
import { MessageInvalidError } from "../errors.ts";
import { portcullis } from "../generated/portcullis.js";
import { addressFromWire, addressToWire } from "./address-match.ts";
import { open, seal } from "./envelope.ts";
import { integer, nonEmpty, parse, uint32Max, unlessDefault, WireEnum } from "./fields.ts";
import { policyRefFromWire, policyRefToWire } from "./policy-ref.ts";
import { protocolCodes } from "./protocol-codes.ts";
import { checkObject } from "./rule-object.ts";

const pb = portcullis.v1;
type WireRule = portcullis.v1.Rule.$Properties;
type WireMatch = portcullis.v1.Match.$Properties;
type WireAttributes = portcullis.v1.Attributes.$Properties;

const actionCodes = new WireEnum<Action>({ allow: 1, audit: 2, block: 3 });
const categoryCodes = new WireEnum<Category>({ process: 1, file: 2, network: 3, capabilities: 4, syscalls: 5, dns: 6 });
const categories: readonly DecidingCategory[] = ["process", "file", "network", "capabilities", "dns"];
const presetCodes = new WireEnum<PresetName>({
  ...{ anonymousMapExec: 1, exec: 2, imageOnly: 3, protectEnv: 4, protectProc: 5 },
});
const postureCodes = new WireEnum<PostureMode>({ audit: 1, block: 2 });
/** The kernel keeps capabilities in 64 bits. */
const capabilityMax = 63;
const severityForm = /^([1-9]|10)$/;

export function encodeRuleSet(ruleSet: RuleSet): Uint8Array {
  const attributes = new AttributeTable();
  const rules = ruleSet.rules.map((rule, i) => ruleToWire(rule, `rules[${i}]`, attributes));
  checkRules(ruleSet);
  const message = {
    policies: ruleSet.policies.map((ref, i) => policyRefToWire(ref, `policies[${i}]`)),
    attributes: attributes.rows,
    rules,
    posture: categories.flatMap((category) => {
      const mode = ruleSet.posture[category];
      const field = `posture.${category}`;
      if (mode === undefined) return [];
      return [{ category: categoryCodes.encode(category, field), mode: postureCodes.encode(mode, field) }];
    }),
  };
  return seal("rule set", pb.RuleSet.encode(message).finish());
}

/** Throws `BUS_MESSAGE_…`; never returns part of a rule set. */
export function decodeRuleSet(bytes: Uint8Array): RuleSet {
  const { payload } = open("rule set", bytes);
  const wire = parse("rule set", () => pb.RuleSet.decode(payload));
  const posture: Partial<Record<DecidingCategory, PostureMode>> = {};
  for (const [i, entry] of wire.posture.entries()) {
    const category = categoryCodes.decode(entry.category, `posture[${i}].category`);
    if (category === "syscalls") throw new MessageInvalidError(`posture[${i}].category`, "has no posture");
    if (posture[category] !== undefined) throw new MessageInvalidError(`posture.${category}`, "is there twice");
    posture[category] = postureCodes.decode(entry.mode, `posture.${category}`);
  }
  const ruleSet: RuleSet = {
    policies: wire.policies.map((ref, i) => policyRefFromWire(ref, `policies[${i}]`)),
    rules: wire.rules.map((rule, i) => ruleFromWire(rule, `rules[${i}]`, wire.attributes)),
    posture,
  };
  checkRules(ruleSet);
  return ruleSet;
}

function ruleToWire(rule: Rule, field: string, attributes: AttributeTable): WireRule {
  return {
    id: integer(rule.id, `${field}.id`, 1, uint32Max),
    category: categoryCodes.encode(rule.category, `${field}.category`),
    match: matchToWire(rule.match, `${field}.match`),
    source: rule.source === undefined ? null : matchToWire(rule.source, `${field}.source`),
    action: actionCodes.encode(rule.action, `${field}.action`),
    readOnly: unlessDefault(rule.readOnly),
    ownerOnly: unlessDefault(rule.ownerOnly),
    noTerminal: unlessDefault(rule.noTerminal),
    allowedArgs: [...(rule.allowedArgs ?? [])],
    policy: unlessDefault(rule.policy + 1),
    attributes: unlessDefault(attributes.indexOf(rule)),
    origin: unlessDefault(rule.origin),
  };
}

function ruleFromWire(wire: WireRule, field: string, attributes: readonly WireAttributes[]): Rule {
  const shared = attributes[wire.attributes ?? 0];
  if (shared === undefined)
    throw new MessageInvalidError(`${field}.attributes`, `${wire.attributes ?? 0} of ${attributes.length}`);
  return {
    id: wire.id ?? 0,
    category: categoryCodes.decode(wire.category, `${field}.category`),
    match: matchFromWire(wire.match, `${field}.match`),
    ...(wire.source ? { source: namedMatchFromWire(wire.source, `${field}.source`) } : {}),
    action: actionCodes.decode(wire.action, `${field}.action`),
    readOnly: wire.readOnly ?? false,
    ownerOnly: wire.ownerOnly ?? false,
    noTerminal: wire.noTerminal ?? false,
    ...(wire.allowedArgs?.length && { allowedArgs: wire.allowedArgs }),
    policy: (wire.policy ?? 0) - 1,
    severity: shared.severity ?? "",
    tags: shared.tags ?? [],
    message: shared.message ?? "",
    origin: wire.origin ?? "",
  };
}

function matchToWire(match: Match, field: string): WireMatch {
  switch (match.kind) {
    case "path":
      return { path: { path: absolute(match.path, `${field}.path`) } };
    case "directory": {
      const dir = directory(match.dir, `${field}.dir`);
      return { directory: { dir, recursive: unlessDefault(match.recursive) } };
    }
    case "pattern":
      return { pattern: { pattern: text(match.pattern, `${field}.pattern`) } };
    case "execname":
      return { execname: component(match.name, `${field}.execname`) };
    case "fileless":
      return { fileless: true };
    case "preset":
      return { preset: presetCodes.encode(match.preset, `${field}.preset`) };
    case "protocol":
      return { protocol: protocolCodes.encode(match.protocol, `${field}.protocol`) };
    case "domain":
      return { domain: domainOf(match.domain, `${field}.domain`) };
    case "address":
      return { address: addressToWire(match, `${field}.address`) };
    case "capability":
      return { capability: integer(match.capability, `${field}.capability`, 0, capabilityMax) + 1 };
    case "syscall":
      return { syscall: syscallToWire(match, `${field}.syscall`) };
    default:
      throw new MessageInvalidError(`${field}.kind`, `${JSON.stringify((match as Match).kind)} has no wire form`);
  }
}

function matchFromWire(wire: WireMatch | null | undefined, field: string): Match {
  if (wire?.protocol) return { kind: "protocol", protocol: protocolCodes.decode(wire.protocol, `${field}.protocol`) };
  if (wire?.capability)
    return { kind: "capability", capability: integer(wire.capability - 1, `${field}.capability`, 0, capabilityMax) };
  if (wire?.domain) return { kind: "domain", domain: domainOf(wire.domain, `${field}.domain`) };
  if (wire?.address) return addressFromWire(wire.address, `${field}.address`);
  if (wire?.execname) return { kind: "execname", name: component(wire.execname, `${field}.execname`) };
  if (wire?.fileless) return { kind: "fileless" };
  if (wire?.preset) return { kind: "preset", preset: presetCodes.decode(wire.preset, `${field}.preset`) };
  if (wire?.syscall) return syscallFromWire(wire.syscall, `${field}.syscall`);
  return namedMatchFromWire(wire, field);
}

type SyscallMatch = Extract<Match, { kind: "syscall" }>;

function syscallToWire({ syscall, at }: SyscallMatch, field: string): portcullis.v1.SyscallMatch.$Properties {
  const place = at === undefined ? {} : matchToWire(at, `${field}.at`);
  return {
    syscall: nonEmpty(syscall, `${field}.syscall`),
    path: place.path ?? null,
    directory: place.directory ?? null,
  };
}

function syscallFromWire(wire: portcullis.v1.SyscallMatch.$Properties, field: string): SyscallMatch {
  const syscall = nonEmpty(wire.syscall, `${field}.syscall`);
  if (!wire.path && !wire.directory) return { kind: "syscall", syscall };
  const place = wire.path ? { path: wire.path } : { directory: wire.directory! };
  const at = namedMatchFromWire(place, `${field}.at`);
  if (at.kind === "pattern") throw new MessageInvalidError(`${field}.at`, "is a pattern");
  return { kind: "syscall", syscall, at };
}

function namedMatchFromWire(wire: WireMatch | null | undefined, field: string): NamedMatch {
  if (wire?.path) return { kind: "path", path: absolute(wire.path.path ?? "", `${field}.path`) };
  if (wire?.directory) {
    const dir = directory(wire.directory.dir ?? "", `${field}.dir`);
    return { kind: "directory", dir, recursive: wire.directory.recursive ?? false };
  }
  if (wire?.pattern) return { kind: "pattern", pattern: text(wire.pattern.pattern ?? "", `${field}.pattern`) };
  throw new MessageInvalidError(field, "is missing, or of a kind this build does not know");
}

function text(pattern: string, field: string): string {
  if (pattern === "" || pattern.includes("\0") || !pattern.isWellFormed())
    throw new MessageInvalidError(field, `${JSON.stringify(pattern)} is no pattern`);
  return pattern;
}

function component(name: string, field: string): string {
  if (name === "" || /[/\0]/.test(name) || !name.isWellFormed())
    throw new MessageInvalidError(field, `${JSON.stringify(name)} is the name of no program`);
  return name;
}

function domainOf(domain: string, field: string): string {
  if (!/^[\x21-\x7e]+$/.test(domain)) throw new MessageInvalidError(field, `${JSON.stringify(domain)} is no domain`);
  return domain;
}

function absolute(path: string, field: string): string {
  if (!path.startsWith("/") || path.includes("\0") || !path.isWellFormed())
    throw new MessageInvalidError(field, `${JSON.stringify(path)} is not an absolute path`);
  return path;
}

function directory(dir: string, field: string): string {
  if (!absolute(dir, field).endsWith("/"))
    throw new MessageInvalidError(field, `${JSON.stringify(dir)} does not end in "/"`);
  return dir;
}

/** Whether the arguments are what a program can have, in their one order, and the rule is one that can ask for them. */
function checkArguments({ allowedArgs, match, category }: Rule, field: string): void {
  if (allowedArgs === undefined) return;
  const isProgram = category === "process" && (match.kind === "path" || match.kind === "execname");
  if (!isProgram) throw new MessageInvalidError(field, `a ${match.kind} of ${category} has no arguments`);
  if (allowedArgs.length === 0) throw new MessageInvalidError(field, "is empty");
  for (const [i, one] of allowedArgs.entries()) {
    const isArgument = !one.includes("\0") && one.isWellFormed();
    if (!isArgument || (i > 0 && one <= allowedArgs[i - 1]!))
      throw new MessageInvalidError(`${field}[${i}]`, `${JSON.stringify(one)} is no argument, or not in order`);
  }
}

/** What holds between fields. Writing and reading check the same, so that nothing is written that cannot be read. */
function checkRules({ rules, policies }: RuleSet): void {
  const ids = new Set<number>();
  for (const [i, rule] of rules.entries()) {
    integer(rule.id, `rules[${i}].id`, 1, uint32Max);
    if (ids.has(rule.id)) throw new MessageInvalidError(`rules[${i}].id`, `${rule.id} is there twice`);
    ids.add(rule.id);
    integer(rule.policy, `rules[${i}].policy`, -1, policies.length - 1);
    checkObject(rule, `rules[${i}]`);
    checkArguments(rule, `rules[${i}].allowedArgs`);
    // The base allowance never alerts, so it needs no severity.
    if (!severityForm.test(rule.severity) && !(rule.policy === -1 && rule.severity === ""))
      throw new MessageInvalidError(`rules[${i}].severity`, `${JSON.stringify(rule.severity)} is not "1" to "10"`);
  }
}

/** The distinct (severity, tags, message) of a rule set, in order of first use. */
class AttributeTable {
  readonly rows: WireAttributes[] = [];
  readonly #index = new Map<string, number>();

  indexOf({ severity, tags, message }: Rule): number {
    const key = JSON.stringify([severity, tags, message]);
    const known = this.#index.get(key);
    if (known !== undefined) return known;
    this.#index.set(key, this.rows.length);
    this.rows.push({ severity: unlessDefault(severity), tags: [...tags], message: unlessDefault(message) });
    return this.rows.length - 1;
  }
}
