/** The base allowance as rules, from the data file: the quiet ones, of no policy, that never alert. */
import type { Category, Match, Rule } from "@portcullis/bus";
import { type BaseEntry, baseEntries } from "../data/base-allowance.ts";

/** Rules of the base allowance; `policy` is -1. A process rule of it concerns mapping only. */
export const baseAllowance: readonly Omit<Rule, "id">[] = baseEntries.flatMap((entry) =>
  entry.use === "map" ? [rule(entry, "process"), rule(entry, "file")] : [rule(entry, "file")],
);

function rule(entry: BaseEntry, category: Category): Omit<Rule, "id"> {
  const match: Match = entry.name.endsWith("/")
    ? { kind: "directory", dir: entry.name, recursive: entry.recursive === true }
    : { kind: "path", path: entry.name };
  return {
    category,
    match,
    action: "allow",
    readOnly: category === "file" && entry.use !== "read-write",
    ownerOnly: false,
    noTerminal: false,
    policy: -1,
    severity: "",
    tags: [],
    message: "",
    origin: "",
  };
}
