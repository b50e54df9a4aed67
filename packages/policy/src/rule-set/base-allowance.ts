/** The base allowance as rules, made from the data file. They belong to no policy and never alert. */
import type { Match, Rule } from "@portcullis/model";
import { type BaseEntry, baseEntries } from "../../data/base-allowance.ts";

/** Rules of the base allowance; `policy` is -1. */
export const baseAllowance: readonly Omit<Rule, "id">[] = baseEntries.map(rule);

function rule(entry: BaseEntry): Omit<Rule, "id"> {
  const match: Match = entry.name.endsWith("/")
    ? { kind: "directory", dir: entry.name, recursive: entry.recursive === true }
    : { kind: "path", path: entry.name };
  return {
    category: "file",
    match,
    action: "allow",
    readOnly: entry.use === "read",
    ownerOnly: false,
    noTerminal: false,
    policy: -1,
    severity: "",
    tags: [],
    message: "",
    origin: "",
  };
}
