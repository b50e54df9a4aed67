/**
 * Random rule sets, queries and aliases. The alphabets are small, so that names, sources and directories collide all the time. One of the
 * components is the name of a library, which as a program is a dynamic loader. Long because every kind of object is made here.
 */
import type { Category, Match, NamedMatch, Protocol, Rule, RuleSet } from "@portcullis/model";
import fc from "fast-check";
import { addressIn } from "../src/addresses/cidr.ts";
import { appletAlias } from "../src/applets.ts";
import type { KnownAliases } from "../src/compile/automaton.ts";
import type { Query } from "../src/decide/decide.ts";
import { parsePattern } from "../src/patterns/parse.ts";

const component = fc.constantFrom("a", "b", "c", "a", "b", "c", "ab", "l.so.1");
const components = (min: number, max: number) => fc.array(component, { minLength: min, maxLength: max });
const path = components(1, 4).map((c) => `/${c.join("/")}`);
const dir = components(0, 3).map((c) => (c.length === 0 ? "/" : `/${c.join("/")}/`));

export const arbitraryMatch: fc.Arbitrary<NamedMatch> = fc.oneof(
  fc.record({ kind: fc.constant("path" as const), path }),
  fc.record({ kind: fc.constant("directory" as const), dir, recursive: fc.boolean() }),
);

/** Pieces of patterns, joined by "/" or by nothing, so that globs come to span components. */
const piece = fc.constantFrom(
  "a",
  "b",
  "c",
  "*",
  "?",
  "**",
  "[ab]",
  "[^a]",
  "{a,b}",
  "{b,c/a}",
  "*.so.1",
  "l.*",
  "{a*,**b}",
  "{,a}",
);
export const patternText = fc
  .tuple(
    fc.constantFrom("/", "/", "/", "/a/", "/a/b", "**", "/**/"),
    fc.array(piece, { minLength: 1, maxLength: 4 }),
    fc.infiniteStream(fc.boolean()),
  )
  .map(([begin, pieces, joined]) => {
    const breaks = pieces.map(() => (joined.next().value === true ? "/" : ""));
    return begin + pieces.map((one, at) => (at === 0 ? one : breaks[at] + one)).join("");
  })
  .filter((text) => typeof parsePattern(text) !== "string");

/** What only objects are. */
const arbitraryName: fc.Arbitrary<Match> = fc.oneof(
  { weight: 2, arbitrary: arbitraryMatch },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pattern" as const), pattern: patternText }) },
);

/** By its last component alone, wherever it lies; what patterns can be of, and what is a glob elsewhere. */
const arbitraryExecname: fc.Arbitrary<Match> = fc.record({
  kind: fc.constant("execname" as const),
  name: fc.constantFrom("a", "b", "ab", "l.so.1", "*"),
});

/** Not all of them, so that rules collide. */
const protocol = fc.constantFrom<Protocol>(
  ...(["tcp", "tcp", "udp", "icmp", "icmpv6", "sctp", "raw", "stream", "dgram"] as const),
  ...(["rdm", "seqpacket", "dccp", "packet", "all"] as const),
);
/** Ranges within each other, of both kinds, and addresses in them and elsewhere. */
const cidr = fc.constantFrom(
  ...(["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.0.0/16", "10.1.2.3/32"] as const),
  ...(["::/0", "fd00::/8", "fd00::1/128"] as const),
);
const address = fc
  .constantFrom("10.1.2.3", "10.1.2.3", "::ffff:10.1.9.9", "10.2.0.1", "11.0.0.1", "::1", "fd00::1", "fd00::2")
  .map((text) => addressIn(text)!);
const direction = fc.constantFrom("egress" as const, "egress" as const, "ingress" as const);
const arbitraryAddress: fc.Arbitrary<Match> = fc
  .record({
    cidr,
    direction,
    protocol: fc.constantFrom(undefined, undefined, "tcp" as const, "udp" as const, "icmp" as const),
    ports: fc.constantFrom(undefined, { first: 80, last: 80 }, { first: 80, last: 90 }, { first: 1, last: 65_535 }),
  })
  .map(({ protocol, ports, ...more }) => ({
    ...{ kind: "address", ...more },
    ...(protocol && { protocol }),
    ...(ports && protocol !== "icmp" && { ports }),
  }));
const arbitraryPeer = fc
  .record({
    address: fc.option(address, { nil: undefined, freq: 4 }),
    direction,
    port: fc.constantFrom(0, 80, 85, 443),
  })
  .map((peer) => ({ ...peer, direction: peer.address === undefined ? ("ingress" as const) : peer.direction }));
const capability = fc.constantFrom(0, 13, 21, 40);
/** Domains that are above each other; as queries ask for them, in any case and deeper. */
const domain = fc.constantFrom("a", "b.a", "b.a", "c.b.a", "a.b.a", "ab.a", "b", Array(16).fill("a").join("."));
const asked = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "c", "ab"), { maxLength: 18 }), domain, fc.boolean())
  .map(([labels, above, upper]) => [...labels, upper ? above.toUpperCase() : above].join("."));
const syscall = fc.constantFrom("unlink", "unlink", "rmdir", "openat");

/** A category, and an object that it can have. */
const arbitraryObject: fc.Arbitrary<{ category: Category; match: Match }> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ category: fc.constantFrom("process" as const, "file" as const), match: arbitraryName }),
  },
  {
    weight: 1,
    arbitrary: arbitraryExecname.map((match) => ({ category: "process", match }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ category: "process", match: { kind: "fileless" } } as const) },
  {
    weight: 1,
    arbitrary: protocol.map((one) => ({ category: "network", match: { kind: "protocol", protocol: one } }) as const),
  },
  { weight: 3, arbitrary: arbitraryAddress.map((match) => ({ category: "network", match }) as const) },
  {
    weight: 1,
    arbitrary: capability.map(
      (one) => ({ category: "capabilities", match: { kind: "capability", capability: one } }) as const,
    ),
  },
  {
    weight: 2,
    arbitrary: domain.map((one) => ({ category: "dns", match: { kind: "domain", domain: one } }) as const),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(syscall, fc.option(arbitraryMatch, { nil: undefined, freq: 2 }))
      .map(([one, at]): { category: Category; match: Match } => ({
        category: "syscalls",
        match: { kind: "syscall", syscall: one, ...(at && at.kind !== "pattern" && { at }) },
      })),
  },
);

const flags = fc.record({
  readOnly: fc.boolean(),
  ownerOnly: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  noTerminal: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** A rule of programs without a name allows none, and has no conditions. */
const forbidding = <T extends { action: Rule["action"] }>(rule: T) => ({
  ...rule,
  action: rule.action === "allow" ? ("block" as const) : rule.action,
  ownerOnly: false,
  noTerminal: false,
});

/** Among them one of eight bytes, which is where the kernel has to look for the end, the empty one, and one longer than any name. */
const argument = fc.constantFrom("-m", "-m", "random", "", "12345678", "größe", "x".repeat(300));
const allowedArgs = fc.uniqueArray(argument, { minLength: 1, maxLength: 4 }).map((all) => all.sort());

const policyRule = fc
  .tuple(
    fc.record({
      object: arbitraryObject,
      action: fc.constantFrom("allow" as const, "audit" as const, "block" as const),
      policy: fc.integer({ min: 0, max: 2 }),
    }),
    flags,
    fc.option(arbitraryMatch, { nil: undefined }),
    fc.option(allowedArgs, { nil: undefined, freq: 2 }),
  )
  .map(([{ object, ...rule }, condition, source, args]) => ({
    ...object,
    ...rule,
    ...condition,
    readOnly: object.category === "file" && condition.readOnly,
    ownerOnly: (object.category === "file" || object.category === "process") && condition.ownerOnly,
    noTerminal:
      object.category !== "syscalls" &&
      object.category !== "dns" &&
      object.match.kind !== "address" &&
      condition.noTerminal,
    action: object.category === "syscalls" ? ("audit" as const) : rule.action,
    ...(source && { source }),
    ...(args &&
      ["path", "execname"].includes(object.match.kind) &&
      object.category === "process" && { allowedArgs: args }),
  }))
  .map((rule) => (rule.match.kind === "fileless" ? forbidding(rule) : rule));

const baseRule = fc.record({
  category: fc.constantFrom("process" as const, "file" as const),
  match: arbitraryMatch,
  readOnly: fc.boolean(),
});

const rest = { severity: "1", tags: [], message: "" };

export const arbitraryRuleSet: fc.Arbitrary<RuleSet> = fc
  .record({
    rules: fc.array(policyRule, { maxLength: 10 }),
    base: fc.array(baseRule, { maxLength: 3 }),
    process: fc.constantFrom("audit" as const, "block" as const),
    file: fc.constantFrom("audit" as const, "block" as const),
    network: fc.constantFrom("audit" as const, "block" as const),
    capabilities: fc.constantFrom("audit" as const, "block" as const),
    dns: fc.constantFrom("audit" as const, "block" as const),
  })
  .map(({ rules, base, ...posture }) => {
    const all: Omit<Rule, "id">[] = [
      ...rules.map((rule, i) => ({ ...rule, ...rest, origin: `spec.x[${i}]` })),
      ...base.map((rule) => ({
        ...rule,
        ...rest,
        readOnly: rule.category === "file" && rule.readOnly,
        action: "allow" as const,
        ownerOnly: false,
        noTerminal: false,
        policy: -1,
        origin: "",
      })),
    ];
    const policies = ["p", "q", "r"].map((name) => ({ kind: "KubeArmorPolicy" as const, namespace: "n", name }));
    return { policies, rules: all.map((rule, i) => ({ id: i + 1, ...rule })), posture };
  });

const program = fc.option(components(1, 4), { nil: undefined, freq: 10 });

/** Families, types and protocols that rules tell apart, and some that they do not. */
const arbitrarySocket = fc.record({
  family: fc.constantFrom(2, 2, 2, 10, 10, 17, 43, 1, 16, 40),
  type: fc.constantFrom(1, 2, 3, 4, 5, 6, 10),
  protocol: fc.constantFrom(0, 0, 0, 1, 6, 17, 58, 132, 136, 255, 256, 262),
});

export const arbitraryQuery: fc.Arbitrary<Query> = fc
  .record({
    category: fc.constantFrom<Category>(
      ...(["process", "process", "file", "file", "network", "capabilities", "syscalls", "dns"] as const),
    ),
    domain: asked,
    socket: arbitrarySocket,
    peer: fc.option(arbitraryPeer, { nil: undefined, freq: 3 }),
    capability,
    syscall,
    path: fc.option(components(0, 5), { nil: undefined, freq: 8 }),
    second: fc.boolean(),
    source: program,
    script: fc.option(components(1, 4), { nil: undefined, freq: 2 }),
    isOwner: fc.boolean(),
    hasTerminal: fc.boolean(),
    named: fc.constantFrom("cat", "sh", "b", "other"),
    args: fc.array(fc.oneof({ weight: 9, arbitrary: argument }, { weight: 1, arbitrary: fc.constant("--other") }), {
      maxLength: 4,
    }),
  })
  .map(({ second, socket, peer, capability, syscall, domain, args, named, ...q }): Query => {
    const spoken = peer && (socket.family === 2 || socket.family === 10) ? { peer } : {};
    if (q.category === "network") return { ...q, path: undefined, socket, ...spoken, access: "use" };
    if (q.category === "capabilities") return { ...q, path: undefined, capability, access: "use" };
    if (q.category === "dns") return { ...q, path: undefined, domain, access: "use" };
    if (q.category === "syscalls") return { ...q, syscall, access: "use" };
    const access = q.category === "process" ? (second ? "map" : "exec") : second ? "write" : "read";
    return { ...q, access, ...(access === "exec" && { args, applet: named }) };
  });

const applet = fc.constantFrom("cat", "sh", "b");

/** Aliases for names as rules write them, some of them fixed, and links on the way to some names. */
export const arbitraryAliases: fc.Arbitrary<KnownAliases> = fc
  .tuple(
    fc.array(fc.oneof(aliasesOf(path), aliasesOf(dir)), { maxLength: 4 }),
    fc.array(fc.tuple(fc.oneof(path, dir), fc.array(path, { maxLength: 2 })), { maxLength: 3 }),
  )
  .map(([entries, links]) => ({
    links: new Map(links),
    aliases: new Map(entries.map(([name, found]) => [name, found.map(({ alias }) => alias)])),
    fixedAliases: new Map(
      entries.map(([name, found]) => [name, found.filter(({ fixed }) => fixed).map(({ alias }) => alias)]),
    ),
  }));

function aliasesOf(name: fc.Arbitrary<string>) {
  return fc.tuple(name, fc.array(fc.record({ alias: name, fixed: fc.boolean() }), { maxLength: 2 }));
}

/** Rules on links to one multi-call program among others, and what it is executed as: an applet that has rules or not, or is not known. */
export const arbitraryApplets: fc.Arbitrary<{ ruleSet: RuleSet; aliases: KnownAliases; queries: Query[] }> = fc
  .tuple(
    arbitraryRuleSet,
    fc.array(fc.record({ applet, fixed: fc.boolean() }), { minLength: 10, maxLength: 10 }),
    fc.array(fc.tuple(arbitraryQuery, fc.nat(3)), { minLength: 10, maxLength: 20 }),
  )
  .map(([{ rules, ...rest }, links, all]) => {
    const named = rules.map((rule, i): Rule => {
      const match = { kind: "path", path: `/links/${links[i % links.length]!.applet}` } as const;
      return rule.category === "process" && rule.match.kind === "path" && i % 2 === 0 ? { ...rule, match } : rule;
    });
    const aliases = ["cat", "sh", "b"].map(
      (of) => [`/links/${of}`, [appletAlias({ program: "/a/b", applet: of })]] as const,
    );
    const fixed = aliases.filter((_, i) => links[i]!.fixed);
    const queries = all.map(([{ applet: of, ...query }, known]): Query => {
      const named = known && of !== undefined ? { ...query, applet: of } : query;
      return query.category === "process" && query.path ? { ...named, path: ["a", "b"] } : named;
    });
    const known = { aliases: new Map(aliases), fixedAliases: new Map(fixed), links: new Map() };
    return { ruleSet: { ...rest, rules: named }, aliases: known, queries };
  });
