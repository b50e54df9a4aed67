/**
 * Section 4 of docs/semantics.md, read aloud over the rules themselves: scan all, sort, take the first. No tree, no lists, and nothing
 * shared with the compiler or with `decide`, so that a mistake of theirs shows as a difference. Long because it is one section, read as a whole.
 */
import { BlockList } from "node:net";
import type { AddressMatch, Match, NamedMatch, Protocol, Rule, RuleSet } from "@portcullis/model";
import { addressText } from "../src/addresses/cidr.ts";
import type { Aliases, KnownAliases } from "../src/compile/automaton.ts";
import type { Query, Verdict } from "../src/decide/decide.ts";
import { globMatches, literalBeginning, literalLength, respelled } from "./glob-reference.ts";

export interface ReferenceVerdict {
  readonly outcome: "allowed" | "denied";
  /** The rule that decided. Rules of the base allowance are interchangeable: which of them permitted is of no account. */
  readonly rule: number | "base allowance" | "none";
  readonly report: "none" | "policy" | "posture";
  /** Indexes of the policies whose audit rules report, ascending. */
  readonly auditing: readonly number[];
}

type Name = readonly string[];

export function referenceDecide(written: RuleSet, query: Query, aliases: KnownAliases = noAliases): ReferenceVerdict {
  const ruleSet = { ...written, rules: [...written.rules, ...keepingLinks(written.rules, aliases.links)] };
  const notConcerned = { outcome: "allowed", rule: "none", report: "none", auditing: [] } as const;
  if (query.category === "file" && query.path === undefined) return notConcerned; // a pipe, a socket …
  if (query.socket && !isOfNetwork(query.socket)) return notConcerned;
  const verdict = judge(ruleSet, query, aliases);
  const blockedByPolicy = verdict.outcome === "denied" && verdict.report === "policy";
  return query.access !== "map" || blockedByPolicy || executesByMapping(query) ? verdict : notConcerned;
}

const noAliases: KnownAliases = { aliases: new Map(), fixedAliases: new Map(), links: new Map() };
const aliasesFor = ({ action }: Rule, { aliases, fixedAliases }: KnownAliases) =>
  action === "allow" ? fixedAliases : aliases;

/** Writing to a link that a blocked name leads through is blocked as well. */
function keepingLinks(rules: readonly Rule[], links: Aliases): Rule[] {
  const kept: Rule[] = [];
  for (const rule of rules) {
    if (rule.action !== "block") continue;
    const conditions = { readOnly: true, ownerOnly: false, noTerminal: false, allowedArgs: undefined };
    const { match } = rule;
    for (const path of (isName(match) ? links.get(writtenName(match)) : undefined) ?? [])
      kept.push({ ...rule, ...conditions, category: "file", match: { kind: "path", path } });
  }
  return kept;
}

/** What `decide` says, in the terms of the reference. */
export function inReferenceTerms({ rules }: RuleSet, { outcome, ruleId, report, audits }: Verdict): ReferenceVerdict {
  const policyOf = (id: number) => rules.find((rule) => rule.id === id)?.policy ?? Number.NaN;
  const rule = ruleId === 0 ? "none" : policyOf(ruleId) < 0 ? "base allowance" : ruleId;
  return { outcome, rule, report, auditing: ascending(audits.map(policyOf)) };
}

/** A dynamic loader (a program that has the name of a library itself) executes what it maps first, and that is what is asked about. */
function executesByMapping({ source }: Query): boolean {
  return namesLibrary(source);
}

function namesLibrary(name: Name | undefined): boolean {
  const last = name?.at(-1) ?? "";
  return last.endsWith(".so") || last.includes(".so.");
}

function judge(ruleSet: RuleSet, query: Query, aliases: KnownAliases): ReferenceVerdict {
  if (query.peer && ruleSet.rules.some(({ match }) => match.kind === "address")) {
    const made = judge(ruleSet, { ...query, peer: undefined }, aliases);
    if (made.outcome === "denied") return made;
  }
  const rules = candidates(ruleSet, query, aliases);
  const reporting = rules.filter((rule) => rule.action === "audit" && auditReports(rule, query));
  const auditing = ascending(reporting.map((rule) => rule.policy));
  const decider = rules.find((rule) => rule.action !== "audit" && rule.policy >= 0);

  if (decider?.action === "block") {
    if (countConditions(decider) > 0 && meetsConditions(decider, query))
      return { outcome: "allowed", rule: decider.id, report: "none", auditing };
    return { outcome: "denied", rule: decider.id, report: "policy", auditing: [] };
  }
  if (decider?.action === "allow") {
    if (meetsConditions(decider, query)) return { outcome: "allowed", rule: decider.id, report: "none", auditing };
    return { outcome: "denied", rule: decider.id, report: "posture", auditing: [] };
  }
  if (rules.some((rule) => rule.policy < 0 && meetsConditions(rule, query)))
    return { outcome: "allowed", rule: "base allowance", report: "none", auditing };
  const needs = query.peer ? undefined : allowedToSpeak(ruleSet, query, aliases);
  if (needs) return { outcome: "allowed", rule: needs.id, report: "none", auditing };
  return judgeByPosture(ruleSet, query, auditing);
}

/** A socket that some Allow rule by address could be about, where nothing else decides; one for everybody before one for a source. */
function allowedToSpeak({ rules }: RuleSet, query: Query, all: KnownAliases): Rule | undefined {
  const found = rules.filter(
    ({ match, action }) => match.kind === "address" && action === "allow" && isMeantBy(match, action, query),
  );
  const acting = found.filter(({ source }) => source && actsFrom(source, query, all.fixedAliases));
  return found.find(({ source }) => source === undefined) ?? acting[0];
}

/** Whether a rule by address is about such a socket. Without a protocol, raw sockets and packets are none that it allows. */
function isMeantBy({ protocol }: AddressMatch, action: Rule["action"], { socket }: Query): boolean {
  if (!socket) return false;
  if (protocol) return meant[protocol](socket);
  const allowed = ["tcp", "udp", "icmp", "icmpv6", "sctp", "stream", "dgram", "rdm", "seqpacket", "dccp"] as const;
  return action !== "allow" || allowed.some((one) => meant[one](socket));
}

/** How specific a rule by address is for a peer: its range, then its ports, then its protocol. Those of protocols are 0 and 1. */
function specificityOfPeer(match: AddressMatch, action: Rule["action"], query: Query): number | undefined {
  const { peer } = query;
  const { cidr, direction, ports = { first: 0, last: 65_536 }, protocol } = match;
  if (!peer || direction !== peer.direction || !isMeantBy(match, action, query)) return undefined;
  if (peer.port < ports.first || peer.port > ports.last || !hasPeer(cidr, action, query)) return undefined;
  const bits = Number(cidr.split("/")[1]) + (cidr.includes(".") ? 96 : 0);
  return 10 + bits * 200_000 + (65_536 - (ports.last - ports.first)) * 2 + Number(protocol !== undefined);
}

/** Whether the peer is in the range; one that is still to come: whether the range may decide about it already. */
function hasPeer(cidr: string, action: Rule["action"], { peer, socket }: Query): boolean {
  const [base = "", length = ""] = cidr.split("/");
  const family = base.includes(".") ? "ipv4" : "ipv6";
  if (peer?.address === undefined)
    return (family === "ipv4") === (socket?.family === 2) && (action === "allow" || length === "0");
  const text = addressText(peer.address);
  const list = new BlockList();
  list.addSubnet(base, Number(length), family);
  return text.includes(".") === (family === "ipv4") && list.check(text, family);
}

/** No rule decides. */
function judgeByPosture(ruleSet: RuleSet, { category }: Query, auditing: readonly number[]): ReferenceVerdict {
  const isAllowList = ruleSet.rules.some(
    (rule) => rule.category === category && rule.action === "allow" && rule.policy >= 0,
  );
  if (!isAllowList || category === "syscalls") return { outcome: "allowed", rule: "none", report: "none", auditing };
  if (ruleSet.posture[category] === "block")
    return { outcome: "denied", rule: "none", report: "posture", auditing: [] };
  return { outcome: "allowed", rule: "none", report: "posture", auditing };
}

/** The rules that speak of this object and this source, most specific first. */
function candidates(ruleSet: RuleSet, query: Query, all: KnownAliases): Rule[] {
  const { category } = query;
  const found = ruleSet.rules
    .filter(
      (rule) =>
        rule.category === category &&
        !(isBaseDevice(query) && rule.policy >= 0 && ["directory", "pattern"].includes(rule.match.kind)) &&
        (rule.source === undefined || actsFrom(rule.source, query, aliasesFor(rule, all))),
    )
    .map((rule) => ({ rule, depth: depthOf(rule, query, aliasesFor(rule, all)) ?? -1 }))
    .filter(({ depth }) => depth >= 0);
  found.sort(
    (a, b) =>
      Number(b.rule.source !== undefined) - Number(a.rule.source !== undefined) ||
      (a.depth === b.depth ? 0 : b.depth - a.depth) ||
      leniency(a.rule) - leniency(b.rule) ||
      a.rule.id - b.rule.id,
  );
  return found.map(({ rule }) => rule);
}

/** What holds nothing is no concern of rules on directories and patterns. */
const isBaseDevice = ({ category, path }: Query): boolean =>
  category === "file" && /^\/dev\/(null|zero|full|random|urandom|tty|ptmx|pts\/[^/]+)$/.test(`/${path?.join("/")}`);

const depthOf = (rule: Rule, query: Query, aliases: Aliases): number | undefined =>
  query.category === "process" && meansApplet(rule, query, aliases) ? anApplet : specificityOf(rule, query, aliases);

/** A link to a multi-call program means one of its applets; what may become any of them is none that may, and each that may not. */
function meansApplet({ match, action }: Rule, { path, access, applet }: Query, aliases: Aliases): boolean {
  if (match.kind !== "path" || path === undefined) return false;
  const known = access === "exec" ? applet : undefined;
  return (aliases.get(match.path) ?? []).some((alias) => {
    const [program, of] = alias.split("\0");
    return (
      of !== undefined && program === `/${path.join("/")}` && (known === undefined ? action === "block" : known === of)
    );
  });
}

/** The program counts as a source, and the script that it was executed for. */
function actsFrom(source: NamedMatch, { source: program, script }: Query, aliases: Aliases): boolean {
  return [program, script].some((name) => name !== undefined && specificity(source, name, aliases) !== undefined);
}

/** Of equally specific rules the lower one decides: Block first, with few conditions, then Allow, with many. */
function leniency(rule: Rule): number {
  return rule.action === "block" ? countConditions(rule) : 10 - countConditions(rule);
}

/** What links are followed from: of a pattern, the name at its beginning. */
function writtenName(match: NamedMatch): string {
  if (match.kind === "pattern") return literalBeginning(match.pattern) || "/";
  return match.kind === "path" ? match.path : match.dir;
}

/** More than any directory is deep. */
const anyPattern = 1_000;
/** More than any pattern, less than an exact name. */
const anyExecname = 1_000_000;

const exact = Number.MAX_VALUE;
/** More than the multi-call program itself. */
const anApplet = Number.POSITIVE_INFINITY;

const isName = (match: Match): match is NamedMatch => ["path", "directory", "pattern"].includes(match.kind);

const isBelow = (name: string | undefined, domain: string): boolean => `.${name}`.toLowerCase().endsWith(`.${domain}`);

/** How specific an object is for the operation's. Of sockets, what is named goes before all of them. */
function specificityOf({ match, action }: Rule, query: Query, aliases: Aliases): number | undefined {
  const { path, socket, capability, domain } = query;
  switch (match.kind) {
    case "syscall":
      return specificityOfCall(match, query, aliases);
    case "protocol":
      return socket && meant[match.protocol](socket) ? Number(match.protocol !== "all") : undefined;
    case "address":
      return specificityOfPeer(match, action, query);
    case "domain":
      return isBelow(domain, match.domain) ? match.domain.length : undefined;
    case "capability":
      return match.capability === capability ? 0 : undefined;
    case "fileless":
      return path === undefined && (query.access === "exec" || executesByMapping(query)) ? 0 : undefined;
    case "preset":
      return undefined; // it is no name, and asked before names: presets.test.ts
    case "execname":
      return path?.at(-1) === match.name ? anyExecname : undefined;
    default:
      return path && specificity(match, path, aliases);
  }
}

/** How specific a rule of the network category is where the peer is known; undefined: it is not about that. */
export const specificityForPeer = (rule: Rule, query: Query): number | undefined =>
  specificityOf(rule, query, noAliases.aliases);

function specificityOfCall(
  { syscall, at }: Extract<Match, { kind: "syscall" }>,
  { path, syscall: called }: Query,
  aliases: Aliases,
): number | undefined {
  if (syscall !== called) return undefined;
  return at ? path && specificity(at, path, aliases) : 0;
}

type Socket = NonNullable<Query["socket"]>;

/** Internet, version 4 and 6; packets of the link layer; SMC, which is TCP as well. */
const isOfNetwork = ({ family }: Socket): boolean => [2, 10, 17, 43].includes(family);

const isInternet = ({ family }: Socket): boolean => family === 2 || family === 10;
const isSmc = ({ family }: Socket): boolean => family === 43;
const ofType = (wanted: number) => (socket: Socket) => isInternet(socket) && socket.type === wanted;
const ofNumber = (wanted: number) => (socket: Socket) => isInternet(socket) && socket.protocol === wanted;

/** Section 6 of docs/semantics.md, protocol by protocol. */
const meant: Readonly<Record<Protocol, (socket: Socket) => boolean>> = {
  all: () => true,
  packet: ({ family }) => family === 17,
  raw: (socket) => socket.family === 17 || ofType(3)(socket),
  tcp: (socket) => isSmc(socket) || (ofType(1)(socket) && [0, 6, 256, 262].includes(socket.protocol)),
  udp: (socket) => ofType(2)(socket) && [0, 17].includes(socket.protocol),
  icmp: ofNumber(1),
  icmpv6: ofNumber(58),
  sctp: (socket) => (ofNumber(132)(socket) && socket.type !== 3) || (ofType(5)(socket) && socket.protocol === 0),
  stream: (socket) => isSmc(socket) || ofType(1)(socket),
  dgram: ofType(2),
  rdm: ofType(4),
  seqpacket: ofType(5),
  dccp: ofType(6),
};

/** How specific a match is for a name: undefined = does not match, Infinity = exact, then patterns, else the directory's depth. */
function specificity(match: NamedMatch, name: Name, aliases: Aliases): number | undefined {
  if (match.kind === "pattern") return specificityOfPattern(match.pattern, `/${name.join("/")}`, aliases);
  const written = writtenName(match);
  const found = [written, ...(aliases.get(written) ?? []).filter((alias) => !alias.includes("\0"))]
    .map((spelling) => specificityOfSpelling(match, split(spelling), name))
    .filter((depth) => depth !== undefined);
  return found.length === 0 ? undefined : Math.max(...found);
}

function specificityOfPattern(pattern: string, name: string, aliases: Aliases): number | undefined {
  const beginning = literalBeginning(pattern);
  const others = beginning === "" ? [] : (aliases.get(beginning) ?? []).filter((alias) => !alias.includes("\0"));
  const spellings = [pattern, ...others.map((other) => respelled(pattern, other))];
  return spellings.some((spelling) => globMatches(spelling, name)) ? anyPattern + literalLength(pattern) : undefined;
}

function specificityOfSpelling(
  match: Exclude<NamedMatch, { kind: "pattern" }>,
  spelling: Name,
  name: Name,
): number | undefined {
  const isSelf = spelling.join("/") === name.join("/");
  if (match.kind === "path") return isSelf ? exact : undefined;
  const isBelow = name.length > spelling.length && spelling.every((component, i) => name[i] === component);
  const isChild = isBelow && name.length === spelling.length + 1;
  return isSelf || isChild || (match.recursive && isBelow) ? spelling.length : undefined;
}

const split = (name: string): Name => name.split("/").filter((component) => component !== "");

function countConditions({ readOnly, ownerOnly, noTerminal, allowedArgs }: Rule): number {
  return [readOnly, ownerOnly, noTerminal, allowedArgs].filter(Boolean).length;
}

function meetsConditions(rule: Rule, query: Query): boolean {
  if (rule.readOnly && query.access === "write") return false;
  if (rule.ownerOnly && !query.isOwner) return false;
  if (rule.allowedArgs && !(query.access === "exec" && hasArgumentsOf(rule.allowedArgs, query.args ?? [])))
    return false;
  return !(rule.noTerminal && query.hasTerminal);
}

/** At least one argument, and none that is not listed. */
function hasArgumentsOf(allowed: readonly string[], args: readonly string[]): boolean {
  const others = args.filter((one) => !new Set(allowed).has(one));
  return args.length !== 0 && others.length === 0;
}

/** An audit rule with conditions reports what breaks them; one without reports everything. */
function auditReports(rule: Rule, query: Query): boolean {
  return countConditions(rule) === 0 || !meetsConditions(rule, query);
}

const ascending = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);
