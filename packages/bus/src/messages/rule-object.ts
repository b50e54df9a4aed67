/** Whether the object of a rule is one of its category, and the rule does with it what such rules can. */
import type { Category, Match, PresetName, Rule } from "@portcullis/model";
import { MessageInvalidError } from "../errors.ts";

/** Objects that are of one category alone; what is left are names. */
const unnamed: Partial<Record<Match["kind"], Category>> = {
  execname: "process",
  fileless: "process",
  protocol: "network",
  address: "network",
  capability: "capabilities",
  domain: "dns",
  syscall: "syscalls",
};
const presets: Readonly<Record<PresetName, Category>> = {
  ...({ anonymousMapExec: "process", exec: "process", imageOnly: "process" } as const),
  ...({ protectEnv: "file", protectProc: "file" } as const),
};

/** Throws MessageInvalidError. */
export function checkObject({ match, category, action, ownerOnly, noTerminal }: Rule, field: string): void {
  const { kind } = match;
  if (!isOf(match, category)) throw new MessageInvalidError(`${field}.match`, `a ${kind} is no object of ${category}`);
  if (kind === "syscall" && action !== "audit")
    throw new MessageInvalidError(`${field}.action`, `${action} a system call: such rules only audit`);
  const isForbidden = kind === "fileless" || kind === "preset";
  if (isForbidden && (action === "allow" || ownerOnly || noTerminal))
    throw new MessageInvalidError(`${field}.match`, `a rule of a ${kind} object blocks or audits, without conditions`);
}

function isOf(match: Match, category: Category): boolean {
  if (match.kind === "preset") return presets[match.preset] === category;
  const only = unnamed[match.kind];
  return only === undefined ? category === "process" || category === "file" : only === category;
}
