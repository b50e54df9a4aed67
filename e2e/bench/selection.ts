/** What of the bench is wanted: its command line. */
import { parseArgs } from "node:util";
import type { Suite } from "../cluster/index.ts";
import { operationOf, operations, type Target } from "./operations.ts";
import type { PlannedRow } from "./plan.ts";
import { noBpf, rows } from "./rows.ts";

/** Kernels by their version, each with the Debian suite that it comes from. */
const suites: Readonly<Record<string, Suite>> = { "6.12": "trixie", "6.1": "bookworm" };

export const help = `npm run bench -- [options]: what enforcement costs, in guest instructions

  --kernels 6.12,6.1     on which kernels (default: both)
  --rows TEXT            only rows that have this in their name; may be given several times. "no BPF" is always measured
  --operations A,B       only these operations
  --repeat FACTOR        do each operation so many times as often (default 1; at least 0.1)
  --json FILE            write every figure and every limit to this file
  --show                 show all lines of the guest's console
  --list                 print rows, operations and kernels, and measure nothing
  --help

A limit that does not hold makes the exit status 1. In a run of a part only those limits are looked at that were measured whole.
`;

export interface Selection {
  readonly kernels: readonly { readonly version: string; readonly suite: Suite }[];
  readonly rows: readonly PlannedRow[];
  readonly calls: readonly { readonly target: Target; readonly operation: ReturnType<typeof operationOf> }[];
  /** Everything is measured. */
  readonly isComplete: boolean;
  readonly json: string | undefined;
  readonly show: boolean;
}

/** A command line that asks for what there is not. Its message says what there is. */
export class SelectionError extends Error {
  override readonly name = "SelectionError";
}

/** Undefined: only the text `help` or the list is wanted. Throws SelectionError. */
export function selectionOf(args: readonly string[]): Selection | "help" | "list" {
  const { values } = parsed(args);
  if (values.help) return "help";
  if (values.list) return "list";
  const repeat = Number(values.repeat);
  if (!(repeat >= 0.1)) throw new SelectionError(`--repeat ${values.repeat}: a number from 0.1 on`);
  const kernels = names(values.kernels, Object.keys(suites), "--kernels");
  const chosen = names(
    values.operations,
    operations.map(({ name }) => name),
    "--operations",
  );
  const chosenRows = rowsOf(values.rows ?? []);
  return {
    kernels: kernels.map((version) => ({ version, suite: suites[version]! })),
    rows: chosenRows,
    calls: operations
      .filter(({ name }) => chosen.includes(name))
      .flatMap(({ name }) => {
        const operation = operationOf(name);
        const count = Math.round(operation.count * repeat);
        return operation.places.map((place) => ({
          target: { operation: name, place },
          operation: { ...operation, count },
        }));
      }),
    isComplete: chosenRows.length === rows.length && chosen.length === operations.length,
    json: values.json,
    show: values.show,
  };
}

/** What can be chosen, as text. */
export function choices(): string {
  const list = (title: string, all: readonly string[]) => [title, ...all.map((name) => `  ${name}`)];
  return [
    ...list(
      "rows:",
      rows.map(({ name }) => name),
    ),
    ...list(
      "operations, and where each is done:",
      operations.map(({ name, places }) => `${name} (${places.join(", ")})`),
    ),
    ...list("kernels:", Object.keys(suites)),
    "",
  ].join("\n");
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        kernels: { type: "string" },
        rows: { type: "string", multiple: true },
        operations: { type: "string" },
        repeat: { type: "string", default: "1" },
        json: { type: "string" },
        show: { type: "boolean", default: false },
        list: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new SelectionError((error as Error).message, { cause: error });
  }
}

function names(given: string | undefined, known: readonly string[], option: string): readonly string[] {
  const wanted = given?.split(",") ?? known;
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new SelectionError(`${option} ${unknown.join(",")}: there are ${known.join(", ")}`);
  return known.filter((name) => wanted.includes(name));
}

function rowsOf(texts: readonly string[]): PlannedRow[] {
  const unknown = texts.filter((text) => !rows.some(({ name }) => name.includes(text)));
  if (unknown.length > 0)
    throw new SelectionError(`--rows ${unknown.join(", ")}: no row has that in its name; --list prints them all`);
  const isWanted = (name: string) => name === noBpf || texts.length === 0 || texts.some((text) => name.includes(text));
  return rows.map((row, index) => ({ row, index })).filter(({ row }) => isWanted(row.name));
}
