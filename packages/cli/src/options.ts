/** Options of a command line, read strictly: what is not known is a UsageError. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./errors.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** The options' values and what is no option. Throws UsageError. */
export function readOptions<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

/** The value, if it is one of these. Throws UsageError. */
export function oneOf<T extends string>(option: string, value: string, values: readonly T[]): T {
  const found = values.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${option} ${value}: use ${values.join(", ")}`);
  return found;
}

/** Comma lists, repeated or not, as one list. */
export const listed = (values: readonly string[] = []): string[] =>
  values.flatMap((value) => value.split(",").map((one) => one.trim())).filter((one) => one !== "");
