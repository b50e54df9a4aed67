/**
 * Guards of symbolic links. Whoever could replace a link on the way to a guarded name would be free of the rule, so each of them is kept like
 * the name itself: removing, replacing or renaming it is a write that the Block rule denies (docs/semantics.md, section 2).
 */
import type { Rule } from "@portcullis/model";
import { namedObject, nameOf } from "../patterns/names.ts";
import type { Aliases } from "./automaton.ts";

/** Rules beside `rules`: of each Block rule one for every link that its name leads through. They have its id, because it is what decides. */
export function linkGuards(rules: readonly Rule[], links: Aliases): Rule[] {
  return rules.filter(({ action }) => action === "block").flatMap((rule) => guardsOf(rule, links));
}

function guardsOf(rule: Rule, links: Aliases): Rule[] {
  const named = namedObject(rule.match);
  return (named ? (links.get(nameOf(named)) ?? []) : []).map((path) => ({
    ...rule,
    category: "file",
    match: { kind: "path", path },
    readOnly: true,
    ownerOnly: false,
    noTerminal: false,
    allowedArgs: undefined,
  }));
}
