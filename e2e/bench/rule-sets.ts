/** The rules that the engine's rows bind, for one operation on one file system. */
import type { Match, Rule, RuleSet } from "@portcullis/model";
import { folderOf, namesOf, type Target } from "./operations.ts";

type Draft = Pick<Rule, "category" | "match" | "ownerOnly">;

function ruleSet(drafts: readonly Draft[]): RuleSet {
  const rules = drafts.map(
    (draft, index): Rule => ({
      ...draft,
      id: index + 1,
      action: "block",
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

/** Names that share nothing with what is measured. */
export const elsewhere = (): RuleSet =>
  ruleSet(["/srv/one/two/three", "/etc/secret/key", "/opt/vault/token"].flatMap((name) => path(name)));

/** Every name that the operation touches. Its owner is allowed, so that each walk goes to the end and each list decides. */
export const matched = (target: Target): RuleSet => ruleSet(namesOf(target).flatMap((name) => path(name, true)));

/** `count` rules a category: one for the object's name, the others for its neighbours. */
export function exact(target: Target, count: number): RuleSet {
  const [name] = namesOf(target);
  const neighbours = Array.from({ length: count - 1 }, (_, index) => path(`${name}-n${index}`));
  return ruleSet([...path(name!, true), ...neighbours.flat()]);
}

/** Ten directories beside the object's, so that every name has to be walked down to where they part. */
export function directories({ fileSystem }: Target): RuleSet {
  const above = folderOf(fileSystem).slice(0, -"d".length);
  const dirs = Array.from({ length: 10 }, (_, index) => `${above}e${index}/`);
  return ruleSet(dirs.flatMap((dir) => both({ kind: "directory", dir, recursive: true })));
}
