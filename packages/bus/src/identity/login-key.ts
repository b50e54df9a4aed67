/**
 * The key with which a controller signs who a client of NATS is. NATS knows keys by a notation of its own: a byte that says what the key is for, the key,
 * and a checksum, in base 32. Its own library signs in JavaScript, which takes milliseconds; Node.js takes microseconds.
 */

import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { privateKeyIn, secretOf } from "../signing/private-key.ts";

/** "A": the key of an account. */
const accountPrefix = 0;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class LoginKey {
  /** As the server's configuration names it: "A…", 56 letters and digits. */
  readonly issuer: string;
  readonly #private: KeyObject;

  private constructor(privateKey: KeyObject) {
    this.#private = privateKey;
    const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
    this.issuer = accountName(spki.subarray(-32));
  }

  static generate(): LoginKey {
    return new LoginKey(generateKeyPairSync("ed25519").privateKey);
  }

  /** Reads what `secret` gave. Throws `BUS_KEY_INVALID`. */
  static parse(secret: string): LoginKey {
    return new LoginKey(privateKeyIn(secret, "the key for logins"));
  }

  /** PKCS #8, DER, base64. It belongs into a Secret and nowhere else. */
  secret(): string {
    return secretOf(this.#private);
  }

  sign(bytes: Uint8Array): Buffer {
    return sign(null, bytes, this.#private);
  }
}

/** An account's public key, 32 bytes, in NATS' notation. */
export function accountName(publicKey: Uint8Array): string {
  const named = Buffer.concat([Buffer.from([accountPrefix]), publicKey]);
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc16(named));
  return base32(Buffer.concat([named, sum]));
}

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

/** RFC 4648, without padding. */
function base32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += alphabet[(held >>> (bits - 5)) & 31];
    held &= 31;
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}
