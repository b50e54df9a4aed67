/**
 * A bundle's signature. It follows the payload in the message's envelope: 8 bytes of the key's id, 64 of an Ed25519 signature over
 *
 *     "portcullis bundle\n"   bytes 0…15 of the envelope   the payload
 *
 * which is everything that a node acts on: its name, epoch and revision, its containers, and the digests of their rule sets, in which rules,
 * postures and the base allowance are. The message is verified as it came, before anything of it is decoded.
 */

import { verify } from "node:crypto";
import { BundleUnsignedError, KeyUnknownError, SignatureInvalidError } from "../errors.ts";
import { keyIdBytes, type PublicKeys } from "../signing/public-keys.ts";
import type { SigningKey } from "../signing/signing-key.ts";
import { open, type SignedParts, seal } from "./envelope.ts";

/** What the signature is for is part of it: the key's other signatures, should there ever be some, are none of a bundle. */
const purpose = Buffer.from("portcullis bundle\n", "latin1");

/** `bundle` is an encoded one, signed or not. */
export function signBundle(bundle: Uint8Array, key: SigningKey): Uint8Array {
  return signPayload(open("bundle", bundle).payload, key);
}

/** The signed bundle of this payload. */
export function signPayload(payload: Uint8Array, key: SigningKey): Uint8Array {
  return seal("bundle", payload, (parts) => Buffer.concat([Buffer.from(key.id, "hex"), key.sign(signedBytes(parts))]));
}

/** Throws `BUS_MESSAGE_…`, `BUS_BUNDLE_UNSIGNED`, `BUS_KEY_UNKNOWN` or `BUS_SIGNATURE_INVALID` unless one of the keys has signed the bundle. */
export function verifySignature(bundle: Uint8Array, keys: PublicKeys): void {
  const { signature, ...parts } = open("bundle", bundle);
  if (signature.length === 0) throw new BundleUnsignedError("the bundle is not signed");
  const id = keyIdIn(signature);
  const key = keys.get(id);
  if (key === undefined)
    throw new KeyUnknownError(`the bundle is signed with the key ${id}, accepted are ${keys.ids.join(", ") || "none"}`);
  if (!verify(null, signedBytes(parts), key, signature.subarray(keyIdBytes)))
    throw new SignatureInvalidError(`the bundle's signature is not of the key ${id} that it names`);
}

/** Whether a signed bundle is the one of this payload under a signature of this key. It looks at no signature. */
export function isSigned(signed: Uint8Array, payload: Uint8Array, key: SigningKey): boolean {
  const { payload: present, signature } = open("bundle", signed);
  return keyIdIn(signature) === key.id && Buffer.compare(present, payload) === 0;
}

const keyIdIn = (signature: Uint8Array): string => Buffer.from(signature.subarray(0, keyIdBytes)).toString("hex");

function signedBytes({ header, payload }: SignedParts): Buffer {
  return Buffer.concat([purpose, header, payload]);
}
