/** `allowedArgs` of a rule: the arguments that its program may have. */
import type { Rule } from "@portcullis/model";

/** Why these can be no arguments of a rule; undefined: they can. */
export function argumentsFault(allowed: unknown): string | undefined {
  if (!Array.isArray(allowed)) return "give a list of arguments";
  for (const one of allowed) {
    if (typeof one !== "string") return "each argument is a text: put it in quotes";
    if (one.includes("\0") || !one.isWellFormed())
      return `no program can have the argument ${JSON.stringify(one)}: remove it`;
  }
  return undefined;
}

/** The arguments in canonical order, each once. An empty list is no condition, as in KubeArmor. */
export function argumentsOf(allowed: readonly string[] | null | undefined): Pick<Rule, "allowedArgs"> {
  if (!allowed?.length) return {};
  return { allowedArgs: [...new Set(allowed)].sort() };
}
