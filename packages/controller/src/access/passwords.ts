/** Passwords of the NATS server: made once by the first controller that starts, and left alone from then on. */

import { randomBytes } from "node:crypto";
import type { NamedObject } from "../named-object.ts";

/**
 * The Secret's entries of these names; those that are missing are made. Letters and digits, a letter first, because the server reads them out of
 * variables as it reads its configuration. Of two controllers that do it at once, one rejects with a conflict.
 */
export async function passwordsIn(
  secret: NamedObject,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const found = await secret.read(signal);
  const missing = names.filter((name) => (found.data[name] ?? "") === "");
  if (missing.length === 0) return found.data;
  const made = Object.fromEntries(missing.map((name) => [name, `p${randomBytes(20).toString("hex")}`]));
  const data = { ...found.data, ...made };
  await secret.write(found, data, signal);
  return data;
}
