/** What of a rule set cannot be held in a container because of what its root is like. Pure. */
import type { RuleSet, Unenforced } from "@portcullis/model";
import { namesOf } from "@portcullis/policy";
import type { ResolvedSymlinks } from "./symlinks.ts";

/** Rules whose names were refused because of what their symlinks lead to, and `imageOnly` where the node cannot tell what is the image's. */
export function refusedParts(
  { rules, policies }: RuleSet,
  { refused, unlayered }: Pick<ResolvedSymlinks, "refused" | "unlayered">,
): Unenforced[] {
  if (refused.size === 0 && unlayered === undefined) return [];
  return rules.flatMap((rule) => {
    const policy = policies[rule.policy];
    if (!policy) return [];
    const reasons = namesOf(rule).map((name) => refused.get(name));
    const { match } = rule;
    if (match.kind === "preset" && match.preset === "imageOnly" && unlayered !== undefined)
      reasons.push(
        `imageOnly: the container's root is ${unlayered} and no overlay, so that it cannot be told what was written in it since it started; programs that lie elsewhere are denied`,
      );
    return reasons.filter((reason) => reason !== undefined).map((reason) => ({ policy, origin: rule.origin, reason }));
  });
}
