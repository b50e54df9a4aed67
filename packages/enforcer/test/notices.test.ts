/** What a node notices of rules that it holds as they are written and that were probably meant otherwise. */

import { describe, expect, it } from "@jest/globals";
import type { PolicyNotices, Rule, RuleSet } from "@portcullis/model";
import { NoticeBoard, sourcesOf } from "../src/bind/notices.ts";
import { rule, ruleSet } from "./support.ts";

const sourced = (id: number, path: string, source: string): Rule =>
  rule(id, path, { source: { kind: "path", path: source } });
const tools = ruleSet(rule(1, "/bin/nc"), rule(2, "/bin/sh"));
const reader = ruleSet(sourced(1, "/etc/key", "/data/tool"));

/** A board with a clock of its own, and the rule sets of a bundle, all of which some container has. */
function setting(...sets: { ruleSet: RuleSet; digest: string }[]) {
  let now = 0;
  const board = new NoticeBoard(() => now);
  let ruleSets = new Map(sets.map(({ ruleSet: set, digest }) => [digest, set]));
  let running: ReadonlySet<string> = new Set(ruleSets.keys());
  const [late, present] = [new Set<string>(), new Set<string>()];
  return {
    late,
    /** Looks into a container that has none of these names, and may have written its sources for these reasons. */
    look: (id: string, nothing: string[], unprotected: Record<string, string> = {}, of = sets[0]!) => {
      present.add(id);
      board.learn(id, of.digest, { nothing: new Set(nothing), unprotected: new Map(Object.entries(unprotected)) });
    },
    end: (id: string) => present.delete(id),
    /** Rule sets that no container has just now. */
    idle: (...idle: { digest: string }[]) => {
      running = new Set([...ruleSets.keys()].filter((digest) => !idle.some((one) => one.digest === digest)));
    },
    bundle: (...all: { ruleSet: RuleSet; digest: string }[]) => {
      ruleSets = new Map(all.map(({ ruleSet: set, digest }) => [digest, set]));
      running = new Set(ruleSets.keys());
    },
    /** What there is to say when some time has passed. */
    noticed: (ms = 10_000) => {
      now += ms;
      return board.of({ ruleSets, running, late, present: new Set(present) }) ?? [];
    },
  };
}
const nothings = (notices: readonly PolicyNotices[]) =>
  notices.flatMap(({ namesNothing }) => namesNothing.map(({ name }) => name));
const whys = (notices: readonly PolicyNotices[]) =>
  notices.flatMap(({ unprotectedSources }) => unprotectedSources.map(({ why }) => why));

describe("a name that names nothing", () => {
  it("is noticed with its policy and rule, where no container has it", () => {
    const { look, noticed } = setting(tools);
    look("a", ["/bin/nc"]);
    look("b", ["/bin/nc", "/bin/sh"]);
    const origin = "spec.process.matchPaths[0]";
    expect(noticed()).toEqual([
      {
        policy: tools.ruleSet.policies[0],
        namesNothing: [{ origin, name: "/bin/nc", why: "" }],
        unprotectedSources: [],
      },
    ]);
  });

  it("is not, before every container that runs was looked into and nothing new came for some seconds", () => {
    const { look, noticed, late } = setting(tools);
    expect(nothings(noticed())).toEqual([]);
    look("a", ["/bin/nc", "/bin/sh"]);
    expect(nothings(noticed(4_000))).toEqual([]);
    late.add(tools.digest);
    expect(nothings(noticed())).toEqual([]);
    late.clear();
    expect(nothings(noticed())).toEqual(["/bin/nc", "/bin/sh"]);
  });

  it("is said no more when a container comes that has it, and never again when that one goes", () => {
    const { look, noticed } = setting(tools);
    look("side", ["/bin/nc", "/bin/sh"]);
    expect(nothings(noticed())).toEqual(["/bin/nc", "/bin/sh"]);
    look("app", ["/bin/nc"]);
    expect(nothings(noticed())).toEqual(["/bin/nc"]);
    look("side-again", ["/bin/nc", "/bin/sh"]);
    expect(nothings(noticed())).toEqual(["/bin/nc"]);
  });

  it("is pending until that is known, and what no container has just now keeps nobody waiting", () => {
    const second = { ruleSet: { ...tools.ruleSet }, digest: "sha256:second" };
    const { look, noticed, idle } = setting(tools, second);
    const isPending = () => noticed().some(({ pending }) => pending);
    expect(isPending()).toBe(true);
    look("a", ["/bin/nc"]);
    expect([isPending(), nothings(noticed())]).toEqual([true, []]);
    idle(second);
    expect([isPending(), nothings(noticed())]).toEqual([false, ["/bin/nc"]]);
    idle(tools, second);
    expect(nothings(noticed())).toEqual(["/bin/nc"]);
  });

  it("stays said while a new container is not looked into yet", () => {
    const { look, noticed, late } = setting(tools);
    look("a", ["/bin/nc"]);
    const [first] = noticed();
    late.add(tools.digest);
    look("b", ["/bin/nc"]);
    expect(noticed(3_500)).toEqual([{ ...first, pending: true }]);
    late.clear();
    const settled = noticed();
    expect([settled, noticed()]).toEqual([[first], [first]]);
    expect(noticed()).toBe(settled);
  });

  it("is none where another rule set of its policy has a container with it, nor before that one is looked into", () => {
    const other: RuleSet = {
      ...tools.ruleSet,
      policies: [...tools.ruleSet.policies, { kind: "KubeArmorPolicy", namespace: "shop", name: "other" }],
    };
    const second = { ruleSet: other, digest: "sha256:other" };
    const { look, noticed } = setting(tools, second);
    look("a", ["/bin/nc", "/bin/sh"]);
    expect(nothings(noticed())).toEqual([]);
    look("b", ["/bin/sh"], {}, second);
    expect(nothings(noticed())).toEqual(["/bin/sh"]);
  });

  it("is remembered by its policy through an edit of another one, and forgotten with its policy", () => {
    const { look, noticed, bundle } = setting(tools);
    look("a", ["/bin/nc"]);
    noticed();
    const edited = { ruleSet: { ...tools.ruleSet }, digest: "sha256:edited" };
    bundle(edited);
    look("a", ["/bin/nc", "/bin/sh"], {}, edited);
    expect(nothings(noticed())).toEqual(["/bin/nc"]);
    bundle();
    expect(noticed()).toEqual([]);
    bundle(edited);
    look("a", ["/bin/nc", "/bin/sh"], {}, edited);
    expect(nothings(noticed())).toEqual(["/bin/nc", "/bin/sh"]);
  });

  it("may be a source, and is none where the rule is a pattern, of a preset or of the base allowance", () => {
    const pattern = rule(2, "", { match: { kind: "pattern", pattern: "/opt/*.key" } });
    const others = [rule(3, "/run/shm/x", { origin: "spec.presets[0]" }), rule(4, "/etc/ld.so.cache", { policy: -1 })];
    const { look, noticed } = setting(ruleSet(sourced(1, "/etc/key", "/usr/bin/gone"), pattern, ...others));
    look("a", ["/usr/bin/gone", "/opt/", "/opt/*.key", "/run/shm/x", "/etc/ld.so.cache"]);
    expect(nothings(noticed())).toEqual(["/usr/bin/gone"]);
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
    expect([whys(one.noticed()), whys(two.noticed())]).toEqual([["it lies on a"], ["it lies on a"]]);
  });

  it("is noticed no more when the containers that could write it have ended and others go on", () => {
    const { look, noticed, end } = setting(reader);
    look("a", [], { "/data/tool": "it lies on a" });
    expect(whys(noticed())).toEqual(["it lies on a"]);
    end("a");
    expect(whys(noticed())).toEqual(["it lies on a"]);
    look("b", []);
    expect(whys(noticed())).toEqual([]);
  });

  it("is asked about as it is written, directories included", () => {
    const dir = rule(2, "/etc/key", { source: { kind: "directory", dir: "/opt/bin/", recursive: true } });
    const { ruleSet: set } = ruleSet(sourced(1, "/etc/key", "/data/tool"), dir, rule(3, "/bin/sh"));
    expect([...sourcesOf(set)]).toEqual(["/data/tool", "/opt/bin/"]);
  });
});
