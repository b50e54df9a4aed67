/** Private keys, Ed25519, as a Secret keeps them: PKCS #8, DER, base64. */

import { createPrivateKey, type KeyObject } from "node:crypto";
import { KeyInvalidError } from "../errors.ts";

/** Reads what `secretOf` gave. Throws `BUS_KEY_INVALID`, which calls the key `name`. */
export function privateKeyIn(secret: string, name: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey({ key: Buffer.from(secret, "base64"), format: "der", type: "pkcs8" });
  } catch {
    // It is said below, without what the library says of it.
  }
  if (key?.asymmetricKeyType !== "ed25519") throw new KeyInvalidError(`${name} is not Ed25519 as PKCS #8 in base64`);
  return key;
}

/** It belongs into a Secret and nowhere else. */
export const secretOf = (key: KeyObject): string => key.export({ format: "der", type: "pkcs8" }).toString("base64");
