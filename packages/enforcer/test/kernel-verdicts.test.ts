/**
 * The three verdicts of every operation, held against each other: what the kernel's code decides (run by BPF_PROG_TEST_RUN), what
 * `decide` says of the same automaton, and what the naive reference reads from the rules. The way is the product's own: rules are
 * compiled, packed and set into a slot, and the kernel's answer is what it returns and what it reports by events.
 * Long because all of it asks one kernel, which is loaded once.
 */
import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Automaton, Rule, RuleSet } from "@portcullis/model";
import { type KernelEvent, packRules } from "@portcullis/native";
import {
  componentHash,
  type KernelAnswer,
  KernelVerdicts,
  type Operation,
  whyNoKernelVerdicts,
} from "@portcullis/native/testing";
import { compile, decide, type KnownAliases, type Query, syscallNumber, type Verdict } from "@portcullis/policy";
import {
  arbitraryAliases,
  arbitraryApplets,
  arbitraryQuery,
  arbitraryRuleSet,
  inReferenceTerms,
  referenceDecide,
} from "@portcullis/policy/testing";
import fc from "fast-check";
import { byStream, queryFor } from "./dns-messages.ts";

const reason = whyNoKernelVerdicts();
const describeBpf = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`kernel-verdicts.test.ts skipped: ${reason}`);

const seed = [0x0123456789abcdefn, 0xfedcba9876543210n] as const;
const noRules: RuleSet = { policies: [], rules: [], posture: {} };
const eperm = -1;
const eacces = -13;
const noSuchFile = -2;
/** A program whose name the kernel could not keep: it asks the task which file it runs, and here that is this process's. */
const running = readlinkSync("/proc/self/exe").slice(1).split("/");

let tableId = 0n;
const pack = (ruleSet: RuleSet, aliases?: KnownAliases) => {
  tableId += 1n;
  const { automaton, unenforced } = compile(ruleSet, aliases);
  expect(unenforced).toEqual([]);
  return { automaton, table: packRules(automaton, { seed, tableId }) };
};

/** A verdict as far as it leaves the kernel: what it allows is not said. */
interface Seen {
  readonly outcome: "allowed" | "denied";
  /** The rule that denied; 0: the posture. */
  readonly deniedBy: number;
  readonly postureReports: boolean;
  /** The audit rules that report, the most specific first. */
  readonly auditedBy: readonly number[];
}

function seenOf({ outcome, ruleId, report, audits }: Verdict): Seen {
  return {
    outcome,
    deniedBy: outcome === "denied" && report === "policy" ? ruleId : 0,
    postureReports: outcome === "allowed" && report === "posture",
    auditedBy: audits,
  };
}

function seenIn({ denied, events }: KernelAnswer): Seen {
  const [denials, audits] = (["denials", "audits"] as const).map((ring) => events.filter((one) => one.ring === ring));
  expect(denials).toHaveLength(denied ? 1 : 0);
  return {
    outcome: denied ? "denied" : "allowed",
    deniedBy: denials![0]?.ruleId ?? 0,
    postureReports: audits!.some(({ ruleId }) => ruleId === 0),
    auditedBy: audits!.map(({ ruleId }) => ruleId).filter((id) => id !== 0),
  };
}

/** The operations that a query stands for: there is more than one way to write. */
function operationsOf({ category, access, path, source, syscall, domain, applet, ...others }: Query): Operation[] {
  const rest = { ...others, ...(applet !== undefined && { called: `/anywhere/${applet}` }) };
  if (rest.peer) return [{ ...rest, access: "speak", object: undefined, program: source }];
  if (domain !== undefined) {
    const asked = { ...rest, access: "dns", object: undefined, program: source } as const;
    const bytes = queryFor(domain);
    return [
      { ...asked, message: { bytes, isStream: false } },
      { ...asked, message: { bytes: byStream(bytes), isStream: true } },
    ];
  }
  if (syscall !== undefined) {
    const text = path && { text: `/${path.join("/")}` };
    const called = { number: syscallNumber(syscall)!, result: noSuchFile, ...text };
    return [{ ...rest, access: "syscall", syscall: called, object: undefined, program: source }];
  }
  const ways = {
    write: ["write", "open-to-write"] as const,
    use: category === "network" ? (["socket", "connect"] as const) : (["capable"] as const),
    ...({ read: ["read"], exec: ["exec"], map: ["map"] } as const),
  };
  const operations = ways[access].map((way) => ({ ...rest, access: way, object: path, program: source }));
  return access === "use" ? operations.flatMap((one) => [one, { ...one, isUnseen: true }]) : operations;
}

/** Where the socket itself is refused, or no rule is by address, that is all that is asked about. */
function asked(automaton: Automaton, { peer, ...query }: Query, known: Query): Query {
  if (!peer || !automaton.addresses || decide(automaton, { ...known, peer: undefined }).outcome === "denied")
    return query;
  return { ...query, peer };
}

describeBpf("the kernel's verdicts", () => {
  let kernel: KernelVerdicts;
  beforeAll(() => {
    kernel = new KernelVerdicts(seed, pack(noRules).table);
  });
  afterAll(() => kernel.close());

  function expectObject(query: Query, event: KernelEvent): void {
    const { path, domain, peer } = query;
    if (path !== undefined) expect(event.object).toBe(`/${path.join("/")}`);
    expect(event.peer).toEqual(peer && { address: peer.address ?? 0n, port: peer.port });
    if (domain !== undefined) expect(event.object).toBe(domain.toLowerCase());
    else expect([event.socket, event.capability]).toEqual([query.socket, query.capability]);
  }

  /** An event says what was asked about, and by which rule table. */
  function expectAbout(query: Query, event: KernelEvent): void {
    expect([event.category, event.tableId, event.truncated]).toEqual([query.category, tableId, false]);
    expectObject(query, event);
    const called = query.syscall && { number: syscallNumber(query.syscall), errno: -noSuchFile };
    expect(event.called).toEqual(called);
    if (event.verdict !== 0) expect(event.verdict).toBe(query.category === "capabilities" ? eperm : eacces);
  }

  /** What the kernel answers to a query, all ways of doing it alike. */
  function ask(query: Query): Seen {
    const answers = operationsOf(query).map((operation) => {
      const answer = kernel.ask(operation);
      for (const event of answer.events) expectAbout(query, event);
      if (query.domain !== undefined) expect(answer.leaves).toBe(!answer.denied);
      return seenIn(answer);
    });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    return answers[0]!;
  }

  // Every rule table waits for the kernel once, and every operation is a system call: on a busy machine that adds up.
  const timeLimitMs = 120_000;
  it(
    "are the same in the host's slot as in a container's",
    () => {
      const ofHost = new KernelVerdicts(seed, pack(noRules).table, { ofHost: true });
      const queries = fc.array(arbitraryQuery, { minLength: 10, maxLength: 20 });
      try {
        fc.assert(
          fc.property(arbitraryRuleSet, queries, (ruleSet, all) => {
            const { table } = pack(ruleSet);
            for (const asked of [kernel, ofHost]) asked.setRules(table);
            for (const operation of all.flatMap(operationsOf))
              expect(seenIn(ofHost.ask(operation))).toEqual(seenIn(kernel.ask(operation)));
          }),
          { numRuns: 50 },
        );
      } finally {
        ofHost.close();
      }
    },
    timeLimitMs,
  );

  it(
    "are those of decide and of the reference, for any rules, aliases and operations",
    () => {
      const queries = fc.array(arbitraryQuery, { minLength: 10, maxLength: 20 });
      fc.assert(
        fc.property(arbitraryRuleSet, arbitraryAliases, queries, (ruleSet, aliases, all) => {
          const { automaton, table } = pack(ruleSet, aliases);
          kernel.setRules(table);
          for (const query of all) {
            const known = { ...query, source: query.source ?? running };
            const verdict = decide(automaton, known);
            expect(inReferenceTerms(ruleSet, verdict)).toEqual(referenceDecide(ruleSet, known, aliases));
            expect(ask(asked(automaton, query, known))).toEqual(seenOf(verdict));
          }
        }),
        { numRuns: 200 },
      );
    },
    timeLimitMs,
  );

  it("are those of decide for the applets of a multi-call program, which nobody traces", () => {
    fc.assert(
      fc.property(arbitraryApplets, ({ ruleSet, aliases, queries }) => {
        const { automaton, table } = pack(ruleSet, aliases);
        kernel.setRules(table);
        const programs = queries.filter(({ category }) => category === "process");
        for (const query of programs.filter(({ access, applet }) => access !== "exec" || applet !== undefined))
          expect(ask(query)).toEqual(seenOf(decide(automaton, { ...query, source: query.source ?? running })));
      }),
      { numRuns: 100 },
    );
  });

  it("hash a name as the packer does, at every length", () => {
    for (let length = 1; length <= 255; length++) {
      const name = Uint8Array.from({ length }, (_, i) => ((i * 37 + length) % 255) + 1);
      const hash = componentHash(name, seed);
      expect(kernel.hash(name)).toEqual({ fromDentry: hash, ofAnyLength: hash });
    }
  });

  /** A Block rule for each of these names. One with a star is a pattern. */
  const blocking = (...paths: string[]): RuleSet => ({
    policies: [{ kind: "KubeArmorPolicy", namespace: "n", name: "p" }],
    rules: paths.map((path, index): Rule => {
      const match = path.endsWith("/")
        ? { kind: "directory" as const, dir: path, recursive: true }
        : path.includes("*")
          ? { kind: "pattern" as const, pattern: path }
          : { kind: "path" as const, path };
      const rest = { readOnly: false, ownerOnly: false, noTerminal: false, severity: "1", tags: [], message: "" };
      return { id: index + 1, category: "file", match, action: "block", policy: 0, origin: "spec", ...rest };
    }),
    posture: {},
  });
  const reading = (...path: string[]): Query => ({
    category: "file",
    access: "read",
    path,
    source: ["bin", "cat"],
    isOwner: true,
    hasTerminal: false,
  });
  /** The verdict on a query, which must be `decide`'s as well. */
  function verdictOf(ruleSet: RuleSet): (query: Query) => Seen {
    const { automaton, table } = pack(ruleSet);
    kernel.setRules(table);
    return (query) => {
      const answer = ask(query);
      expect(answer).toEqual(seenOf(decide(automaton, query)));
      return answer;
    };
  }

  it.each([15, 16, 17, 22, 24])("hold for a name of %i components: a name window keeps sixteen", (depth) => {
    const name = Array.from({ length: depth }, (_, i) => `c${i}`);
    const verdict = verdictOf(blocking(`/${name.join("/")}`));
    expect(verdict(reading(...name))).toMatchObject({ outcome: "denied", deniedBy: 1 });
    expect(verdict(reading(...name.slice(0, -1), "other")).outcome).toBe("allowed");
    expect(verdict(reading("other", ...name.slice(1))).outcome).toBe("allowed");
    expect(verdict(reading(...name.slice(0, -1))).outcome).toBe("allowed");
  });

  it("hold for names deeper than a name window when the rule is not", () => {
    const verdict = verdictOf(blocking("/a/b/"));
    const deep = Array.from({ length: 22 }, (_, i) => `d${i}`);
    expect(verdict(reading("a", "b", ...deep))).toMatchObject({ outcome: "denied", deniedBy: 1 });
    expect(verdict(reading("b", "a", ...deep)).outcome).toBe("allowed");
  });

  it("hold for components that a dentry does not keep itself", () => {
    const long = "a-name-of-exactly-forty-bytes-0123456789";
    const verdict = verdictOf(blocking(`/${long}/größe`, `/${"x".repeat(255)}`));
    expect(verdict(reading(long, "größe"))).toMatchObject({ outcome: "denied", deniedBy: 1 });
    expect(verdict(reading("x".repeat(255)))).toMatchObject({ outcome: "denied", deniedBy: 2 });
    expect(verdict(reading("x".repeat(254))).outcome).toBe("allowed");
  });

  it.each([15, 16, 17, 22, 24])("hold for a pattern and a name of %i components", (depth) => {
    const name = Array.from({ length: depth }, (_, i) => `c${i}`);
    const verdict = verdictOf(blocking(`/*0/c1/**/*${depth - 1}`, "/other/**.key"));
    expect(verdict(reading(...name))).toMatchObject({ outcome: "denied", deniedBy: 1 });
    expect(verdict(reading("c0", "c2", ...name.slice(2))).outcome).toBe("allowed");
    expect(verdict(reading(...name.slice(0, -1), "other")).outcome).toBe("allowed");
    expect(verdict(reading("other", ...name.slice(2), "x.key"))).toMatchObject({ outcome: "denied", deniedBy: 2 });
    expect(verdict(reading("other", ...name.slice(2), "x.keys")).outcome).toBe("allowed");
  });

  it("hold for patterns and components of any length, that a dentry keeps itself or not", () => {
    const verdict = verdictOf(blocking("/a*z", "/größe-*ß/x*", "/**q"));
    for (let length = 2; length <= 255; length++) {
      const middle = "m".repeat(length - 2);
      expect([length, verdict(reading(`a${middle}z`)).deniedBy]).toEqual([length, 1]);
      expect([length, verdict(reading(`a${middle}y`)).outcome]).toEqual([length, "allowed"]);
      expect([length, verdict(reading(`x${middle}q`)).deniedBy]).toEqual([length, 3]);
    }
    expect(verdict(reading("größe-und-ß", "xx"))).toMatchObject({ outcome: "denied", deniedBy: 2 });
    expect(verdict(reading("größe-und-s", "xx")).outcome).toBe("allowed");
  });

  it("find each of a thousand patterns, and none beside them", () => {
    const patterns = Array.from({ length: 1000 }, (_, i) => `/opt/d${i % 91}/file-${i}*.log`);
    const verdict = verdictOf(blocking(...patterns, "/opt/d1/exact"));
    for (let i = 0; i < 1000; i += 97) {
      expect(verdict(reading("opt", `d${i % 91}`, `file-${i}-x.log`))).toMatchObject({ deniedBy: i + 1 });
      expect(verdict(reading("opt", `d${(i + 1) % 91}`, `file-${i}-x.log`)).outcome).toBe("allowed");
    }
    expect(verdict(reading("opt", "d1", "exact"))).toMatchObject({ deniedBy: 1001 });
  });

  it("find each of ten thousand rules, and none beside them", () => {
    const path = (i: number, directory = i % 91) => ["opt", `d${directory}`, `file-${i}`];
    const verdict = verdictOf(blocking(...Array.from({ length: 10_000 }, (_, i) => `/${path(i).join("/")}`)));
    for (let i = 0; i < 10_000; i += 97) {
      expect(verdict(reading(...path(i)))).toMatchObject({ outcome: "denied", deniedBy: i + 1 });
      expect(verdict(reading(...path(i, (i + 1) % 91))).outcome).toBe("allowed");
    }
  });

  describe.each([false, true])("on a socket that exists, its task unseen by the stub: %s,", (isUnseen) => {
    const udp = { family: 2, type: 2, protocol: 17 };
    const rulesFor = (action: Rule["action"], source?: string, noTerminal = false): RuleSet => ({
      policies: [{ kind: "KubeArmorPolicy", namespace: "n", name: "p" }],
      rules: [
        {
          ...{ id: 1, category: "network", match: { kind: "protocol", protocol: "udp" }, action, noTerminal },
          ...(source && { source: { kind: "path", path: source } as const }),
          ...{ readOnly: false, ownerOnly: false, policy: 0, severity: "1", tags: [], message: "", origin: "spec" },
        },
      ],
      posture: { network: "block" },
    });
    const use = (access: "made" | "connect", program: string, judged = 0n, socket = udp) => {
      const who = { object: undefined, program: ["bin", program], isOwner: true, hasTerminal: false };
      return kernel.ask({ access, socket, judged, isUnseen, ...who });
    };

    it("are given once for the same rules, if it was allowed", () => {
      kernel.setRules(pack(rulesFor("audit")).table);
      const first = use("connect", "curl");
      expect([first.events.length, first.judged === 0n]).toEqual([1, false]);
      expect(use("connect", "curl", first.judged)).toMatchObject({ events: [], judged: 0n });
      kernel.setRules(pack(rulesFor("audit")).table);
      expect(use("connect", "curl", first.judged).events).toHaveLength(1);
      kernel.setRules(pack(rulesFor("block")).table);
      expect(use("connect", "curl", first.judged)).toMatchObject({ denied: true, judged: 0n });
    });

    it("are those on its making, which are not reported twice", () => {
      kernel.setRules(pack(rulesFor("audit")).table);
      const made = use("made", "curl");
      expect([made.denied, made.events.length]).toEqual([false, 0]);
      expect(use("connect", "curl", made.judged).events).toEqual([]);
      kernel.setRules(pack(rulesFor("block")).table); // it has come after the socket's making was allowed
      expect(use("made", "curl")).toMatchObject({ denied: true, events: [{ operation: "socket" }] });
    });

    it("are given anew for another source", () => {
      kernel.setRules(pack(rulesFor("allow", "/bin/curl")).table);
      const { denied, judged } = use("connect", "curl");
      expect(denied).toBe(false);
      expect(use("connect", "wget", judged).denied).toBe(true);
      expect(use("connect", "curl", judged)).toMatchObject({ denied: false, judged: 0n });
    });

    it("are given anew where a terminal decides, which may come and go", () => {
      kernel.setRules(pack(rulesFor("allow", undefined, true)).table);
      expect(use("connect", "curl")).toMatchObject({ denied: false, judged: 0n });
    });

    it("are none where no rule concerns its family", () => {
      kernel.setRules(pack(rulesFor("allow")).table);
      expect(use("connect", "curl", 0n, { family: 1, type: 2, protocol: 0 })).toMatchObject({
        denied: false,
        events: [],
      });
    });
  });

  it("deny what a Block rule could mean when a name cannot be read, whether directories or exact names are blocked", () => {
    for (const rule of ["/a/b/", "/a/b/c"]) {
      const { table } = pack(blocking(rule));
      kernel.setRules(table);
      const asked = { access: "read", object: ["a", "b", "c"], program: ["bin", "cat"] } as const;
      for (const access of ["read", "write", "exec"] as const) {
        const answer = kernel.ask({ ...asked, access, isOwner: true, hasTerminal: false, unreadable: true });
        expect(answer.denied).toBe(access !== "exec"); // no rule of the process category could mean it
        expect(answer.events.every(({ unresolvable }) => unresolvable)).toBe(true);
      }
    }
  });

  it("deny everything by a rule table that is cut short or of another version", () => {
    const { table } = pack(blocking("/a/b/"));
    const cut = { ...table, elements: 2, data: table.data.subarray(0, 2 * 64) };
    const other = { ...table, data: table.data.slice() };
    new DataView(other.data.buffer, other.data.byteOffset).setUint32(0, 99, true);
    for (const broken of [cut, other]) {
      kernel.setRules(broken);
      for (const access of ["read", "write"] as const) {
        const operation = { access, object: ["x", "y"], program: ["bin", "cat"], isOwner: true, hasTerminal: false };
        expect(kernel.ask(operation).denied).toBe(true);
      }
    }
  });
});
