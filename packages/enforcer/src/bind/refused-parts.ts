/** What of a rule set cannot be held in a container because of what its root is like. Pure. */
import type { Rule, RuleSet, Unenforced } from "@portcullis/model";
import { appletOf, namesOf } from "@portcullis/policy";
import type { ResolvedSymlinks } from "./symlinks.ts";

/** Rules whose names were refused because of what their symlinks lead to, and `imageOnly` where the node cannot tell what is the image's. */
export function refusedParts(
  { rules, policies }: RuleSet,
  { aliases, refused, unlayered }: Pick<ResolvedSymlinks, "aliases" | "refused" | "unlayered">,
): Unenforced[] {
  const applets = appletsOf(aliases);
  if (refused.size === 0 && applets.size === 0 && unlayered === undefined) return [];
  return rules.flatMap((rule) => {
    const policy = policies[rule.policy];
    if (!policy) return [];
    const reasons = namesOf(rule).map(
      (name) => refused.get(name) ?? (isExecuted(rule, name) ? undefined : applets.get(name)),
    );
    const { match } = rule;
    if (match.kind === "preset" && match.preset === "imageOnly" && unlayered !== undefined)
      reasons.push(
        `imageOnly: the container's root is ${unlayered} and no overlay, so that it cannot be told what was written in it since it started; programs that lie elsewhere are denied`,
      );
    return reasons.filter((reason) => reason !== undefined).map((reason) => ({ policy, origin: rule.origin, reason }));
  });
}

/** Names that are links to a multi-call binary, each with the reason why it can be no other rule's than one of executing it. */
function appletsOf(aliases: ResolvedSymlinks["aliases"]): ReadonlyMap<string, string> {
  const found = [...aliases].flatMap(([name, leadsTo]) => {
    const program = leadsTo.map(appletOf).find((applet) => applet !== undefined)?.program;
    return program === undefined
      ? []
      : [
          [
            name,
            `${name} is a symbolic link to the multi-call binary ${program}: only a process rule that has it as its path can mean the applet alone`,
          ] as const,
        ];
  });
  return new Map(found);
}

/** Is the rule about executing the program of this name? */
const isExecuted = ({ category, match, source }: Rule, name: string): boolean =>
  category === "process" &&
  match.kind === "path" &&
  match.path === name &&
  !(source?.kind === "path" && source.path === name);
