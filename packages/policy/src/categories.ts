/** The categories that are bound, in the order in which rule sets list them and automata have them. */
import type { Category, DecidingCategory } from "@portcullis/model";

/** Their objects have names. Automata pair them in this order. */
export const namedCategories = ["process", "file"] as const satisfies readonly Category[];
/** Objects of those that come after have numbers, and those of the last one are domains. */
export const categories = [
  ...namedCategories,
  "network",
  "capabilities",
  "dns",
] as const satisfies readonly DecidingCategory[];
/** Those and the one whose rules only report. */
export const allCategories = [...categories, "syscalls"] as const satisfies readonly Category[];
