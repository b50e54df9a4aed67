/**
 * The NATS settings of a process, as its environment has them: one definition for the controller, the enforcer and whoever else
 * connects. A process spreads `natsVariables` into the schema of its own environment, so that one message names all that is wrong.
 */

import { readFileSync } from "node:fs";
import { z } from "zod";
import type { NatsCredentials, TlsOptions } from "./bus.ts";

const url = /^(nats|tls):\/\/\S+$/;
const example = "must be a URL such as tls://portcullis-nats:4222";

export const natsVariables = {
  /** `tls://host:4222` or `nats://host:4222`, several separated by commas. */
  NATS_URL: z.string({ error: example }).refine((list) => serversOf(list).every((server) => url.test(server)), example),
  NATS_TOKEN: z.string().min(1).optional(),
  /** A file with a token, which is read at every dial: it is exchanged from time to time. */
  NATS_TOKEN_FILE: z.string().regex(/^\//, "must be an absolute path").optional(),
  NATS_USER: z.string().min(1).optional(),
  NATS_PASSWORD: z.string().optional(),
  NATS_NKEY_SEED: z.string().min(1).optional(),
  /** What the certificate of each server is for; unset: the hosts of the URLs. */
  NATS_SERVER_NAME: z.string().min(1, "leave it unset where it is the host of the URL").optional(),
  /** The authorities that vouch for a server of a `tls://` URL, certificates as PEM. Read at every dial; unset: those that Node.js knows. */
  NATS_CA_FILE: z.string().regex(/^\//, "must be an absolute path").optional(),
};

export interface NatsSettings {
  readonly servers: readonly string[];
  readonly auth: NatsCredentials | undefined;
  readonly tls?: TlsOptions | undefined;
}

export function natsSettings(values: z.infer<z.ZodObject<typeof natsVariables>>): NatsSettings {
  const { NATS_URL: url, NATS_CA_FILE: path, NATS_SERVER_NAME: serverName } = values;
  const authorities = path === undefined ? undefined : () => readFileSync(path, "utf8");
  const tls = authorities === undefined && serverName === undefined ? undefined : { authorities, serverName };
  return { servers: serversOf(url), auth: credentialsOf(values), tls };
}

/** Whether a message must not repeat the variable's value: it is a secret, or a URL that may carry a password. */
export const isNatsVariable = (name: string): boolean => name in natsVariables;

const serversOf = (list: string): string[] => list.split(",").map((server) => server.trim());

function credentialsOf(values: z.infer<z.ZodObject<typeof natsVariables>>): NatsCredentials | undefined {
  if (values.NATS_NKEY_SEED) return { nkeySeed: values.NATS_NKEY_SEED };
  if (values.NATS_TOKEN) return { token: values.NATS_TOKEN };
  if (values.NATS_TOKEN_FILE) return { tokenFile: values.NATS_TOKEN_FILE };
  if (values.NATS_USER) return { user: values.NATS_USER, password: values.NATS_PASSWORD ?? "" };
  return undefined;
}
