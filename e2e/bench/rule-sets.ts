/** The rules that the engine's rows bind, for one operation on one file system. */
import type { Match, Rule, RuleSet } from "@portcullis/model";
import { type FileSystem, folderOf, namesOf, type Target } from "./operations.ts";

type Draft = Pick<Rule, "category" | "match"> & Partial<Pick<Rule, "ownerOnly" | "action">>;

function ruleSet(drafts: readonly Draft[]): RuleSet {
  const rules = drafts.map(
    (draft, index): Rule => ({
      ownerOnly: false,
      action: "block",
      ...draft,
      id: index + 1,
      readOnly: false,
      noTerminal: false,
      policy: 0,
      severity: "1",
      tags: [],
      message: "",
      origin: `bench[${index}]`,
    }),
  );
  return { policies: [{ kind: "KubeArmorPolicy", namespace: "bench", name: "bench" }], rules, posture: {} };
}

/** Block rules for the same object, one a category. */
const both = (match: Match, ownerOnly = false): Draft[] => [
  { category: "file", match, ownerOnly },
  { category: "process", match, ownerOnly },
];

const path = (name: string, ownerOnly = false): Draft[] => both({ kind: "path", path: name }, ownerOnly);

/** Capabilities by the kernel's numbers. */
const [sysAdmin, sysBoot] = [21, 22];

/** Names, sockets and capabilities that share nothing with what is measured. */
export const elsewhere = (): RuleSet =>
  ruleSet([
    ...["/srv/one/two/three", "/etc/secret/key", "/opt/vault/token"].flatMap((name) => path(name)),
    { category: "network", match: { kind: "protocol", protocol: "sctp" } },
    { category: "capabilities", match: { kind: "capability", capability: sysBoot } },
  ]);

/**
 * Every name that the operation touches. Its owner is allowed, so that each walk goes to the end and each list decides. The sockets are
 * allowed by their protocol, and the capability by its name.
 */
export const matched = (target: Target): RuleSet =>
  ruleSet([
    ...namesOf(target).flatMap((name) => path(name, true)),
    { category: "network", match: { kind: "protocol", protocol: "udp" }, action: "allow" },
    { category: "capabilities", match: { kind: "capability", capability: sysAdmin }, action: "allow" },
  ]);

/** The peer is allowed by its range, among a hundred others. */
export const ranges = (): RuleSet =>
  ruleSet(
    ["127.0.0.0/8", ...Array.from({ length: 100 }, (_, index) => `198.51.${index}.0/24`)].flatMap((cidr) =>
      (["egress", "ingress"] as const).map(
        (direction): Draft => ({ category: "network", match: { kind: "address", cidr, direction }, action: "allow" }),
      ),
    ),
  );

/** As many patterns of the last component, of which one has the object's name and allows it to its owner. */
export function patterns(target: Target, count: number): RuleSet {
  const folder = folderOf(target.place as FileSystem);
  const own = namesOf(target).map((name) => name.replace(/\w(?=[^/]*$)/, "?").replace(/\w$/, "*"));
  const others = Array.from({ length: count - own.length }, (_, index) => `${folder}/n${index}-*.key`);
  return ruleSet([
    ...own.flatMap((pattern) => both({ kind: "pattern", pattern }, true)),
    ...others.flatMap((pattern) => both({ kind: "pattern", pattern })),
  ]);
}

/** `count` rules a category: one for the object's name, the others for its neighbours. */
export function exact(target: Target, count: number): RuleSet {
  const [name] = namesOf(target);
  const neighbours = Array.from({ length: count - 1 }, (_, index) => path(`${name}-n${index}`));
  return ruleSet([...path(name!, true), ...neighbours.flat()]);
}

/** Ten directories beside the object's, so that every name has to be walked down to where they part. */
export function directories({ place }: Target): RuleSet {
  const above = folderOf(place as FileSystem).slice(0, -"d".length);
  const dirs = Array.from({ length: 10 }, (_, index) => `${above}e${index}/`);
  return ruleSet(dirs.flatMap((dir) => both({ kind: "directory", dir, recursive: true })));
}
