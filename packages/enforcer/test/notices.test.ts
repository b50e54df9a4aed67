/** What a node notices of rules that it holds as they are written and that were probably meant otherwise. */

import { describe, expect, it } from "@jest/globals";
import type { Rule, RuleSet } from "@portcullis/model";
import { NoticeBoard, type NoticedNames, noticedSince, noticesOf, sourcesOf } from "../src/bind/notices.ts";
import { rule, ruleSet } from "./support.ts";

const noticed = (nothing: string[], unprotected: Record<string, string> = {}): NoticedNames => ({
  nothing: new Set(nothing),
  unprotected: new Map(Object.entries(unprotected)),
});
const sourced = (id: number, path: string, source: string): Rule =>
  rule(id, path, { source: { kind: "path", path: source } });
const { ruleSet: tools } = ruleSet(rule(1, "/bin/nc"), rule(2, "/bin/sh"));
const { ruleSet: reader } = ruleSet(sourced(1, "/etc/key", "/data/tool"));
/** Another rule set of the same policy: that of containers which a second policy selects as well. */
const withOther: RuleSet = {
  ...tools,
  policies: [...tools.policies, { kind: "KubeArmorPolicy", namespace: "shop", name: "other" }],
};
const origins = (parts: readonly { readonly origin: string }[]) => parts.map(({ origin }) => origin);

describe("a name that names nothing", () => {
  it("is noticed with its rule and the name, where no container has it", () => {
    const { namesNothing } = noticesOf([
      { ruleSet: tools, noticed: noticed(["/bin/nc"]) },
      { ruleSet: tools, noticed: noticed(["/bin/nc", "/bin/sh"]) },
    ]);
    expect(namesNothing).toEqual([
      {
        policy: tools.policies[0],
        origin: "spec.process.matchPaths[0]",
        reason: expect.stringMatching(/^nothing in any container that it selects has the name "\/bin\/nc"/),
      },
    ]);
  });

  it("is not noticed where one container has it, whatever rule set that one has", () => {
    const of = (nothing: string[]) =>
      noticesOf([
        { ruleSet: tools, noticed: noticed(["/bin/nc", "/bin/sh"]) },
        { ruleSet: withOther, noticed: noticed(nothing) },
      ]);
    expect(origins(of(["/bin/nc", "/bin/sh"]).namesNothing)).toEqual(origins(tools.rules));
    expect(origins(of(["/bin/sh"]).namesNothing)).toEqual(["spec.process.matchPaths[1]"]);
    expect(of([]).namesNothing).toEqual([]);
  });

  it("may be a source, and is none where the rule is a pattern", () => {
    const pattern = rule(2, "", { match: { kind: "pattern", pattern: "/opt/*.key" } });
    const { ruleSet: set } = ruleSet(sourced(1, "/etc/key", "/usr/bin/gone"), pattern);
    const { namesNothing } = noticesOf([{ ruleSet: set, noticed: noticed(["/usr/bin/gone", "/opt/", "/opt/*.key"]) }]);
    expect(namesNothing).toEqual([expect.objectContaining({ reason: expect.stringContaining('"/usr/bin/gone"') })]);
  });

  it.each([
    ["of the base allowance", { policy: -1 }],
    ["of a preset", { origin: "spec.presets[0]" }],
  ])("is nobody's mistake %s", (_whose, more) => {
    const { ruleSet: set } = ruleSet(rule(1, "/run/shm", more));
    expect(noticesOf([{ ruleSet: set, noticed: noticed(["/run/shm"]) }]).namesNothing).toEqual([]);
  });

  it("stays one that names something when what had it has gone", () => {
    const first = noticed(["/tmp/pid", "/bin/nc"]);
    const then = noticedSince(first, noticed(["/bin/nc"]));
    const last = noticedSince(then, noticed(["/tmp/pid", "/bin/nc"]));
    expect([...(last?.nothing ?? [])]).toEqual(["/bin/nc"]);
    expect(last).toBe(then);
    expect(noticedSince(undefined, first)).toBe(first);
  });
});

describe("a source that nothing protects", () => {
  it("is noticed where one container may have written it, with why", () => {
    const { unprotectedSources } = noticesOf([
      { ruleSet: reader, noticed: noticed([]) },
      { ruleSet: reader, noticed: noticed([], { "/data/tool": "it lies on a mount" }) },
    ]);
    expect(unprotectedSources).toEqual([
      {
        policy: reader.policies[0],
        origin: "spec.process.matchPaths[0]",
        reason:
          'nothing protects the source "/data/tool": it lies on a mount; name a program of the image, or mount it read-only',
      },
    ]);
  });

  it("is asked about as it is written, directories included", () => {
    const dir = rule(2, "/etc/key", { source: { kind: "directory", dir: "/opt/bin/", recursive: true } });
    const { ruleSet: set } = ruleSet(sourced(1, "/etc/key", "/data/tool"), dir, rule(3, "/bin/sh"));
    expect([...sourcesOf(set)]).toEqual(["/data/tool", "/opt/bin/"]);
  });
});

describe("the notices of a node", () => {
  it("are made anew when a container comes, or something else is noticed of one, and else are the same ones", () => {
    const board = new NoticeBoard();
    const one = { ruleSet: tools, noticed: noticed(["/bin/nc"]) };
    const first = board.of([one]);
    expect(board.of([{ ...one }])).toBe(first);
    expect(board.of([one, { ...one, noticed: noticed([]) }]).namesNothing).toEqual([]);
    expect(board.of([{ ...one, noticed: noticed(["/bin/sh"]) }]).namesNothing).toHaveLength(1);
    expect(board.of([]).namesNothing).toEqual([]);
  });
});
