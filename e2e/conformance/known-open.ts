/**
 * Cases that fail for a reason that is known and not mended yet: known-open.yaml. They run like all others. One that fails is reported as
 * open with its reason, one that passes fails the run, so that the list can only be what is true.
 */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { CaseInvalidError } from "../cluster/index.ts";
import type { CaseResult } from "./case-results.ts";

/** A reason and the cases that it holds for. */
const schema = z.array(
  z.strictObject({
    reason: z.string().min(1),
    cases: z.array(z.string()).min(1),
  }),
);

/** By case, why it is open. Throws CaseInvalidError. */
export function loadKnownOpen(file: string): ReadonlyMap<string, string> {
  const parsed = schema.safeParse(parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new CaseInvalidError(file, z.prettifyError(parsed.error));
  const open = new Map<string, string>();
  for (const { reason, cases } of parsed.data)
    for (const id of cases) {
      if (open.has(id)) throw new CaseInvalidError(file, `${id} is listed twice`);
      open.set(id, reason);
    }
  return open;
}

/** A result as it counts, once the list has been looked at. */
export function judgedByList(result: CaseResult, open: ReadonlyMap<string, string>): CaseResult {
  const why = open.get(result.id);
  if (why === undefined || result.status === "skipped") return result;
  if (result.status === "failed")
    return { ...result, status: "open", reason: `known open: ${why}`, seen: result.reason };
  return { ...result, status: "failed", reason: "it passes, and known-open.yaml lists it: take it off the list" };
}
