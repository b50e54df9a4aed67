/** The key that says which node a client of NATS is: made once by the first controller that starts, and left alone from then on. */

import { LoginKey } from "@portcullis/bus";
import type { NamedObject } from "../named-object.ts";

/**
 * What the Secret has as `key`; `issuer`, which the server reads when it starts, is its public half. What is missing is made. Of two controllers that do it at once, one
 * rejects with a conflict.
 */
export async function loginKeyIn(secret: NamedObject, signal: AbortSignal): Promise<LoginKey> {
  const found = await secret.read(signal);
  const { key: kept = "", issuer } = found.data;
  const key = kept === "" ? LoginKey.generate() : LoginKey.parse(kept);
  if (kept === "" || issuer !== key.issuer)
    await secret.write(found, { ...found.data, key: key.secret(), issuer: key.issuer }, signal);
  return key;
}
