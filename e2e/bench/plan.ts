/**
 * What the guest does, in which order, as calls of the functions of measure.sh. Whatever is in force is in force alone: first nothing,
 * then the other LSMs' rules, then the engine, and last the empty programs, which are told the engine's hooks.
 */
import { nameOf, type operationOf, type Target } from "./operations.ts";
import { type EngineRow, isMeasured, type Row } from "./rows.ts";

export interface PlannedRow {
  readonly row: Row;
  /** Its place in `rows`. */
  readonly index: number;
}

/** How a target's workload is called. */
interface Call {
  readonly target: Target;
  readonly operation: ReturnType<typeof operationOf>;
}

/** The guest's script. Each of the `calls` is done for each of the rows. */
export function planOf(rows: readonly PlannedRow[], calls: readonly Call[]): string {
  const inForce = (what: Row["inForce"]): PlannedRow[] => rows.filter(({ row }) => row.inForce === what);
  const callsOf = ({ row }: PlannedRow): readonly Call[] => calls.filter(({ operation }) => isMeasured(row, operation));
  const all = (planned: PlannedRow, how: string): string[] =>
    callsOf(planned).map((call) => measure(planned, how, call));
  const empty = inForce("empty programs");
  return [
    ...inForce("nothing").flatMap((planned) => all(planned, "plain")),
    ...inForce("Landlock").flatMap((planned) => all(planned, "landlock")),
    ...inForce("AppArmor").flatMap((planned) => [
      `load_profile ${planned.index}`,
      ...all(planned, "confined"),
      "remove_profile",
    ]),
    "load_engine",
    ...inForce("engine").flatMap((planned) =>
      callsOf(planned).flatMap((call) => [bind(planned, call), measure(planned, group(planned), call)]),
    ),
    "remove_engine",
    ...(empty.length > 0 ? ["attach_empty_programs"] : []),
    ...empty.flatMap((planned) => all(planned, "plain")),
    "",
  ].join("\n");
}

const bind = ({ index }: PlannedRow, { target }: Call): string => `bind ${index} ${target.operation} ${target.place}`;

const measure = ({ index }: PlannedRow, how: string, { target, operation }: Call): string =>
  `measure ${index} ${target.operation} ${target.place} ${how} /run/bench/workload ${operation.mode} ${operation.count} ${nameOf(target) ?? "-"}`;

const group = ({ row }: PlannedRow): string => {
  const name = (row as EngineRow).group;
  return name === "none" ? "plain" : `contained ${name}`;
};
