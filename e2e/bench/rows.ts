/** The rows of the table: what is in force while the operations are done, and where they are done. */
import type { RuleSet } from "@portcullis/model";
import { allowList, containerDefault } from "./apparmor-profiles.ts";
import type { operationOf, Target } from "./operations.ts";
import { directories, elsewhere, exact, matched, patterns, ranges } from "./rule-sets.ts";

export const noBpf = "no BPF";
export const limitRow = "limit: an empty program on the same hooks";
export const appArmorDefault = "AppArmor, container default";

interface Measured {
  readonly name: string;
  /** What the row is about, if not about all operations: names, or sockets. */
  readonly about?: "names" | "sockets";
}

/** Another LSM's rules, or none, and no BPF; or the empty programs of empty-programs.c. */
interface OtherRow extends Measured {
  readonly inForce: "nothing" | "Landlock" | "empty programs";
}

interface AppArmorRow extends Measured {
  readonly inForce: "AppArmor";
  readonly profile: string;
}

export interface EngineRow extends Measured {
  readonly inForce: "engine";
  /** The control group that the workload is in, or none: then it is a process of the host. `bound` has the rules. */
  readonly group: "none" | "free" | "bound";
  readonly rules: (target: Target) => RuleSet;
}

export type Row = OtherRow | AppArmorRow | EngineRow;

const engineRow = (name: string, rules: EngineRow["rules"], group: EngineRow["group"] = "bound"): EngineRow => ({
  name,
  inForce: "engine",
  group,
  rules,
});
const about = <R extends Row>(what: Measured["about"] & string, row: R): R => ({ ...row, about: what });

/** Whether the operation is measured for the row. */
export function isMeasured(row: Row, operation: ReturnType<typeof operationOf>): boolean {
  if (row.about === "names") return operation.leaf !== undefined;
  return row.about === undefined || operation.places.includes("lo");
}

/** In the order in which they are printed. */
export const rows: readonly Row[] = [
  { name: noBpf, inForce: "nothing" },
  { name: limitRow, inForce: "empty programs" },
  engineRow("not a subject", matched, "none"),
  engineRow("container, no policy", matched, "free"),
  engineRow("subject, rules elsewhere", elsewhere),
  engineRow("subject, matched to the last component", matched),
  about("names", engineRow("subject, directory rules", directories)),
  ...[1, 100, 1000, 10_000].map((count) =>
    about(
      "names",
      engineRow(`subject, ${count} rule${count === 1 ? "" : "s"}`, (target) => exact(target, count)),
    ),
  ),
  about(
    "names",
    engineRow("subject, 200 patterns", (target) => patterns(target, 200)),
  ),
  about("sockets", engineRow("subject, matched by address", ranges)),
  { name: appArmorDefault, inForce: "AppArmor", profile: containerDefault() },
  about("names", { name: "AppArmor, 1000 rules", inForce: "AppArmor", profile: allowList(1000) }),
  about("names", { name: "Landlock, 1 rule", inForce: "Landlock" }),
];
