/**
 * The public keys that a reader of bundles accepts, and their text: what the controller writes into a ConfigMap and kubelet mounts into
 * the enforcers.
 *
 *     {"keys": [{"id": "<16 hex digits>", "publicKey": "<SPKI, DER, base64>"}]}
 *
 * A key's id is the beginning of the SHA-256 of its SPKI: it says which key to try, and proves nothing.
 */

import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { KeyInvalidError } from "../errors.ts";

export const keyIdBytes = 8;
/** More are never accepted at once: the one that signs, the next and those before it. */
const mostKeys = 16;

const keysForm = z.object({
  keys: z.array(z.object({ id: z.string(), publicKey: z.string() })).max(mostKeys),
});

export class PublicKeys {
  readonly #keys: ReadonlyMap<string, { readonly text: string; readonly key: KeyObject }>;

  /** Each key as SPKI, DER, base64. Throws `BUS_KEY_INVALID`. */
  constructor(texts: readonly string[]) {
    this.#keys = new Map(texts.map((text) => [keyIdOf(text), { text, key: publicKeyOf(text) }]));
  }

  /** Reads what `toString` has written. Throws `BUS_KEY_INVALID`. */
  static parse(text: string): PublicKeys {
    let parsed: z.infer<typeof keysForm>;
    try {
      parsed = keysForm.parse(JSON.parse(text));
    } catch {
      throw new KeyInvalidError('the public keys are not written as {"keys": [{"id": …, "publicKey": …}]}');
    }
    for (const { id, publicKey } of parsed.keys)
      if (keyIdOf(publicKey) !== id)
        throw new KeyInvalidError(`the public key ${JSON.stringify(id)} has another id than it says`);
    return new PublicKeys(parsed.keys.map(({ publicKey }) => publicKey));
  }

  get ids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  get(id: string): KeyObject | undefined {
    return this.#keys.get(id)?.key;
  }

  /** Equal keys have equal text, in whatever order they were given. */
  toString(): string {
    const sorted = [...this.#keys].sort(([a], [b]) => (a < b ? -1 : 1));
    const keys = sorted.map(([id, { text }]) => ({ id, publicKey: text }));
    return `${JSON.stringify({ keys }, undefined, 2)}\n`;
  }
}

/** 16 hexadecimal digits, of a key as SPKI, DER, base64. */
export function keyIdOf(publicKey: string): string {
  const digest = createHash("sha256").update(Buffer.from(publicKey, "base64")).digest();
  return digest.subarray(0, keyIdBytes).toString("hex");
}

function publicKeyOf(text: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
  } catch {
    // It is said below.
  }
  if (key?.asymmetricKeyType !== "ed25519") throw new KeyInvalidError("a public key is not Ed25519 as SPKI in base64");
  return key;
}
