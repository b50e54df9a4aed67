/** The categories that are bound, in the order in which rule sets list them and automata pair them. */
import type { Category } from "@portcullis/model";

export const categories = ["process", "file"] as const satisfies readonly Category[];
