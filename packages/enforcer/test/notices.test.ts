/** What a node notices of rules that it holds as they are written and that were probably meant otherwise. */

import { describe, expect, it } from "@jest/globals";
import type { PolicyNotices, Rule, RuleSet } from "@portcullis/model";
import fc from "fast-check";
import { fittingNotices, NoticeBoard, sourcesOf } from "../src/bind/notices.ts";
import { rule, ruleSet } from "./support.ts";

const sourced = (id: number, path: string, source: string): Rule =>
  rule(id, path, { source: { kind: "path", path: source } });
const tools = ruleSet(rule(1, "/bin/nc"), rule(2, "/bin/sh"));
const reader = ruleSet(sourced(1, "/etc/key", "/data/tool"));

/** A board with a clock of its own, and the rule sets of a bundle. */
function setting(...sets: { ruleSet: RuleSet; digest: string }[]) {
  let now = 0;
  const board = new NoticeBoard(() => now);
  let ruleSets = new Map(sets.map(({ ruleSet: set, digest }) => [digest, set]));
  const late = new Set<string>();
  return {
    board,
    late,
    /** Looks into a container that has none of these names, and has its sources written for these reasons. */
    look: (id: string, nothing: string[], unprotected: Record<string, string> = {}, of = sets[0]!) =>
      board.learn(id, of.digest, { nothing: new Set(nothing), unprotected: new Map(Object.entries(unprotected)) }),
    bundle: (...now: { ruleSet: RuleSet; digest: string }[]) => {
      ruleSets = new Map(now.map(({ ruleSet: set, digest }) => [digest, set]));
    },
    /** What is said when some time has passed. */
    said: (ms = 10_000) => {
      now += ms;
      return board.of(ruleSets, late);
    },
  };
}
const nothings = (notices: readonly PolicyNotices[]) =>
  notices.flatMap(({ namesNothing }) => namesNothing.map(({ name }) => name));
const whys = (notices: readonly PolicyNotices[]) =>
  notices.flatMap(({ unprotectedSources }) => unprotectedSources.map(({ why }) => why));

describe("a name that names nothing", () => {
  it("is noticed with its policy and rule, where no container has it", () => {
    const { look, said } = setting(tools);
    look("a", ["/bin/nc"]);
    look("b", ["/bin/nc", "/bin/sh"]);
    const origin = "spec.process.matchPaths[0]";
    expect(said()).toEqual([
      {
        policy: tools.ruleSet.policies[0],
        namesNothing: [{ origin, name: "/bin/nc", why: "" }],
        unprotectedSources: [],
      },
    ]);
  });

  it("is not, before every container that runs was looked into and nothing new came for some seconds", () => {
    const { look, said, late } = setting(tools);
    expect(nothings(said())).toEqual([]);
    look("a", ["/bin/nc", "/bin/sh"]);
    expect(nothings(said(4_000))).toEqual([]);
    late.add(tools.digest);
    expect(nothings(said())).toEqual([]);
    late.clear();
    expect(nothings(said())).toEqual(["/bin/nc", "/bin/sh"]);
  });

  it("is said no more when a container comes that has it, and never again when that one goes", () => {
    const { look, said } = setting(tools);
    look("side", ["/bin/nc", "/bin/sh"]);
    expect(nothings(said())).toEqual(["/bin/nc", "/bin/sh"]);
    look("app", ["/bin/nc"]);
    expect(nothings(said())).toEqual(["/bin/nc"]);
    look("side-again", ["/bin/nc", "/bin/sh"]);
    expect(nothings(said())).toEqual(["/bin/nc"]);
  });

  it("stays said while a new container is not looked into yet", () => {
    const { look, said, late } = setting(tools);
    look("a", ["/bin/nc"]);
    const first = said();
    late.add(tools.digest);
    look("b", ["/bin/nc"]);
    expect(said(3_500)).toBe(first);
  });

  it("is none where another rule set of its policy has a container with it, nor before that one is looked into", () => {
    const other: RuleSet = {
      ...tools.ruleSet,
      policies: [...tools.ruleSet.policies, { kind: "KubeArmorPolicy", namespace: "shop", name: "other" }],
    };
    const second = { ruleSet: other, digest: "sha256:other" };
    const { look, said } = setting(tools, second);
    look("a", ["/bin/nc", "/bin/sh"]);
    expect(nothings(said())).toEqual([]);
    look("b", ["/bin/sh"], {}, second);
    expect(nothings(said())).toEqual(["/bin/sh"]);
  });

  it("is remembered by its policy through an edit of another one, and forgotten with its policy", () => {
    const { look, said, bundle } = setting(tools);
    look("a", ["/bin/nc"]);
    said();
    const edited = { ruleSet: { ...tools.ruleSet }, digest: "sha256:edited" };
    bundle(edited);
    look("a", ["/bin/nc", "/bin/sh"], {}, edited);
    expect(nothings(said())).toEqual(["/bin/nc"]);
    bundle();
    expect(said()).toEqual([]);
    bundle(edited);
    look("a", ["/bin/nc", "/bin/sh"], {}, edited);
    expect(nothings(said())).toEqual(["/bin/nc", "/bin/sh"]);
  });

  it("may be a source, and is none where the rule is a pattern, of a preset or of the base allowance", () => {
    const pattern = rule(2, "", { match: { kind: "pattern", pattern: "/opt/*.key" } });
    const others = [rule(3, "/run/shm/x", { origin: "spec.presets[0]" }), rule(4, "/etc/ld.so.cache", { policy: -1 })];
    const { look, said } = setting(ruleSet(sourced(1, "/etc/key", "/usr/bin/gone"), pattern, ...others));
    look("a", ["/usr/bin/gone", "/opt/", "/opt/*.key", "/run/shm/x", "/etc/ld.so.cache"]);
    expect(nothings(said())).toEqual(["/usr/bin/gone"]);
  });
});

describe("a source that nothing protects", () => {
  it("is noticed where one container can have written it, with the same words whichever comes first", () => {
    const [one, two] = [setting(reader), setting(reader)];
    one.look("a", [], { "/data/tool": "it lies on a" });
    one.look("b", [], { "/data/tool": "it lies on b" });
    two.look("b", [], { "/data/tool": "it lies on b" });
    two.look("a", [], { "/data/tool": "it lies on a" });
    two.look("c", ["/data/tool"]);
    expect([whys(one.said()), whys(two.said())]).toEqual([["it lies on a"], ["it lies on a"]]);
  });

  it("is asked about as it is written, directories included", () => {
    const dir = rule(2, "/etc/key", { source: { kind: "directory", dir: "/opt/bin/", recursive: true } });
    const { ruleSet: set } = ruleSet(sourced(1, "/etc/key", "/data/tool"), dir, rule(3, "/bin/sh"));
    expect([...sourcesOf(set)]).toEqual(["/data/tool", "/opt/bin/"]);
  });
});

describe("the notices that are sent", () => {
  const policy = (name: string) => ({ kind: "KubeArmorPolicy", namespace: "shop", name }) as const;
  const named = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ origin: `spec.file[${i}]`, name: "/x", why: "" }));
  const of = (name: string, count: number): PolicyNotices => ({
    ...{ policy: policy(name), namesNothing: named(count), unprotectedSources: [] },
  });

  it("are all of them where there is room", () =>
    expect(fittingNotices([of("a", 2), of("b", 1)], 3_072)).toEqual({ notices: [of("a", 2), of("b", 1)], cut: false }));

  it("hold something of every policy before more of one, and say that there was more", () => {
    const { notices, cut } = fittingNotices([of("loud", 1_000), of("quiet", 1)], 512);
    expect(cut).toBe(true);
    expect(notices.map(({ policy: { name } }) => name)).toEqual(["loud", "quiet"]);
  });

  it("leave out a name that is too long, and nothing else for it", () => {
    const long = { origin: "spec.file[0]", name: `/${"x".repeat(4_000)}`, why: "" };
    const { notices, cut } = fittingNotices([{ ...of("a", 1), unprotectedSources: [long] }], 3_072);
    expect({ notices, cut }).toEqual({ notices: [of("a", 1)], cut: true });
  });

  it("are never longer than their room", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 20 }), fc.nat(4_000), (counts, most) => {
        const all = counts.map((count, i) => of(`p${i}`, count));
        expect(JSON.stringify(fittingNotices(all, most).notices).length).toBeLessThanOrEqual(most * 6 + 2);
      }),
    );
  });
});
