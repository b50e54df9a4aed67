/** The key that a controller signs bundles with: Ed25519, of which equal content has equal signatures. */

import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { privateKeyIn, secretOf } from "./private-key.ts";
import { keyIdOf, type PublicKeys } from "./public-keys.ts";

export class SigningKey {
  /** 16 hexadecimal digits. */
  readonly id: string;
  /** SPKI, DER, base64. */
  readonly publicKey: string;
  readonly #private: KeyObject;

  private constructor(privateKey: KeyObject) {
    this.#private = privateKey;
    this.publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).toString("base64");
    this.id = keyIdOf(this.publicKey);
  }

  static generate(): SigningKey {
    return new SigningKey(generateKeyPairSync("ed25519").privateKey);
  }

  /** Reads what `secret` gave. Throws `BUS_KEY_INVALID`. */
  static parse(secret: string): SigningKey {
    return new SigningKey(privateKeyIn(secret, "the signing key"));
  }

  /** PKCS #8, DER, base64. It belongs into a Secret and nowhere else. */
  secret(): string {
    return secretOf(this.#private);
  }

  sign(bytes: Uint8Array): Uint8Array {
    return sign(null, bytes, this.#private);
  }
}

/** Who publishes bundles signs with one key, and takes for its own what is signed with any of those that it may have signed with before. */
export interface BundleSigner {
  readonly key: SigningKey;
  readonly accepted: PublicKeys;
}
