/** The categories that are bound, in the order in which rule sets list them and automata have them. */
import type { Category } from "@portcullis/model";

/** Their objects have names. Automata pair them in this order. */
export const namedCategories = ["process", "file"] as const satisfies readonly Category[];
/** Their objects have numbers. */
export const numberedCategories = ["network", "capabilities"] as const satisfies readonly Category[];
export const categories = [...namedCategories, ...numberedCategories] as const satisfies readonly Category[];
