/** Content addresses: `sha256:<64 hex digits>` of the encoded bytes, and its forms as a bucket key and on the wire. */

import { createHash } from "node:crypto";
import { MessageInvalidError } from "../errors.ts";

const digestForm = /^sha256:([0-9a-f]{64})$/;

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The hexadecimal part; throws `BUS_MESSAGE_INVALID` naming `field` when `digest` has another form. */
export function digestHex(digest: string, field = "digest"): string {
  const hex = digestForm.exec(digest)?.[1];
  if (hex === undefined)
    throw new MessageInvalidError(field, `${JSON.stringify(digest)} is not sha256:<64 lower-case hex digits>`);
  return hex;
}

export function digestToBytes(digest: string, field: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digestHex(digest, field), "hex"));
}

export function digestFromBytes(bytes: Uint8Array, field: string): string {
  if (bytes.length !== 32)
    throw new MessageInvalidError(field, `a SHA-256 digest has 32 bytes, this has ${bytes.length}`);
  return `sha256:${Buffer.from(bytes).toString("hex")}`;
}
