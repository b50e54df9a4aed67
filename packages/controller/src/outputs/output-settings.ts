/** Where alerts are sent on to, as the environment has it. One definition of the variables for each receiver, under a prefix of its own. */

import { z } from "zod";
import type { TargetOptions } from "./http-target.ts";

const path = z.string().regex(/^\//, "must be an absolute path").optional();
const receiver = z
  .string()
  .refine(isPlainUrl, "must be a URL such as https://host:4318, without a login, a query or a fragment in it")
  .optional();
/** Of HTTP's basic login, where a colon ends the name. */
const user = z
  .string()
  .regex(/^[^:]+$/, "must be a name without a colon; the password is what the other variable's file holds")
  .optional();

const minutes = "is no whole number of minutes from 1 to 1440; leave it unset for no reports";

/** A URL is said in logs: nothing secret may be in it. */
function isPlainUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return false;
  return [url.username, url.password, url.search, url.hash].every((part) => part === "");
}

export const outputVariables = {
  FALCOSIDEKICK_URL: receiver,
  /** The authorities that vouch for the receiver; unset: those that Node.js knows. Files are read again when they change. */
  FALCOSIDEKICK_CA_FILE: path,
  FALCOSIDEKICK_TOKEN_FILE: path,
  FALCOSIDEKICK_USER: user,
  FALCOSIDEKICK_PASSWORD_FILE: path,
  OTLP_ENDPOINT: receiver,
  OTLP_CA_FILE: path,
  OTLP_TOKEN_FILE: path,
  OTLP_USER: user,
  OTLP_PASSWORD_FILE: path,
  /** Unset: no reports. */
  REPORTS_MINUTES: z.coerce.number({ error: minutes }).int(minutes).min(1, minutes).max(1_440, minutes).optional(),
};

type Values = z.infer<z.ZodObject<typeof outputVariables>>;

export interface OutputSettings {
  readonly falcosidekick?: TargetOptions | undefined;
  readonly otlp?: TargetOptions | undefined;
  /** How often reports are written. */
  readonly reports?: { readonly everyMs: number } | undefined;
}

/** Whether a message must not repeat the variable's value: somebody may have written a password into it. */
export const mayHoldSecret = (name: string): boolean => name in outputVariables && name !== "REPORTS_MINUTES";

/** Throws what `fault` makes of a text that names the variables. */
export function outputSettings(values: Values, fault: (text: string) => Error): OutputSettings {
  const { REPORTS_MINUTES: every } = values;
  return {
    reports: every === undefined ? undefined : { everyMs: every * 60_000 },
    falcosidekick: target(values, { prefix: "FALCOSIDEKICK", url: "FALCOSIDEKICK_URL", path: "" }, fault),
    otlp: target(values, { prefix: "OTLP", url: "OTLP_ENDPOINT", path: "/v1/logs" }, fault),
  };
}

interface Names {
  readonly prefix: "FALCOSIDEKICK" | "OTLP";
  readonly url: "FALCOSIDEKICK_URL" | "OTLP_ENDPOINT";
  /** What is added to the URL. */
  readonly path: string;
}

function target(values: Values, names: Names, fault: (text: string) => Error): TargetOptions | undefined {
  const { prefix } = names;
  const base = values[names.url];
  if (base === undefined) return undefined;
  const caFile = values[`${prefix}_CA_FILE`];
  const tokenFile = values[`${prefix}_TOKEN_FILE`];
  const user = values[`${prefix}_USER`];
  const passwordFile = values[`${prefix}_PASSWORD_FILE`];
  if ((user === undefined) !== (passwordFile === undefined))
    throw fault(`${prefix}_USER, ${prefix}_PASSWORD_FILE: set both or none`);
  if (user !== undefined && tokenFile !== undefined)
    throw fault(`${prefix}_USER, ${prefix}_TOKEN_FILE: set one of them, not both`);
  const secret = tokenFile !== undefined || user !== undefined || caFile !== undefined;
  if (secret && !base.startsWith("https:"))
    throw fault(`${names.url}: has to be https:// where a login or an authority is given; it would be sent in clear`);
  const url = new URL(`${base.replace(/\/+$/, "")}${names.path}`);
  return {
    url,
    caFile,
    tokenFile,
    login: user === undefined || passwordFile === undefined ? undefined : { user, passwordFile },
  };
}
