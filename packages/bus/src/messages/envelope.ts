/**
 * The envelope around bundles, rule sets and node status, so that a foreign message, a truncated one, one of another
 * version and a damaged one are told apart before protobuf sees them. 24 bytes, little-endian:
 *
 *   0  "PCLS"                       12  payload length, u32
 *   4  kind, u8   5 version, u8     16  first 8 bytes of SHA-256
 *   6  zero, u16
 *   8  length of what follows the payload, u32: the signature of a bundle, or zero
 *
 * The checksum is over bytes 0…15 and all that follows it. It finds damage, not forgery; `signed-bundle.ts` finds that.
 */

import { createHash } from "node:crypto";
import {
  MessageCorruptError,
  MessageForeignError,
  MessageOversizedError,
  MessageTruncatedError,
  MessageVersionError,
} from "../errors.ts";

const envelopeBytes = 24;
/** What of the envelope the checksum and the signature are over. */
const signedHeaderBytes = 16;
const envelopeMagic = Buffer.from("PCLS", "latin1");

interface Kind {
  readonly number: number;
  readonly version: number;
  /** Largest whole message in bytes. */
  readonly maxBytes: number;
  /** How many bytes of signature follow the payload, where there is one; absent: there is none. */
  readonly signatureBytes?: number;
}

/** The key's id and an Ed25519 signature. */
const signatureBytes = 8 + 64;

const mib = 1 << 20;
/** Versions rise when an old reader would misunderstand a new message; see proto/portcullis.proto. */
const messageKinds = {
  bundle: { number: 1, version: 1, maxBytes: 8 * mib, signatureBytes },
  "rule set": { number: 2, version: 1, maxBytes: 32 * mib },
  "node status": { number: 3, version: 1, maxBytes: 4 * mib },
} as const satisfies Record<string, Kind>;
type KindName = keyof typeof messageKinds;

/** What a signature is over: everything of a message but the checksum and the signature itself. */
export interface SignedParts {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** With `sign` the message ends with what that returns, `signatureBytes` long. */
export function seal(kindName: KindName, payload: Uint8Array, sign?: (parts: SignedParts) => Uint8Array): Uint8Array {
  const kind = messageKinds[kindName];
  const trailerBytes = sign === undefined ? 0 : signatureBytes;
  const size = envelopeBytes + payload.length + trailerBytes;
  if (size > kind.maxBytes) throw oversized(kindName, size);
  const out = Buffer.alloc(size);
  envelopeMagic.copy(out, 0);
  out[4] = kind.number;
  out[5] = kind.version;
  out.writeUInt32LE(trailerBytes, 8);
  out.writeUInt32LE(payload.length, 12);
  out.set(payload, envelopeBytes);
  if (sign) out.set(sign({ header: out.subarray(0, signedHeaderBytes), payload }), envelopeBytes + payload.length);
  out.set(checksum(out), 16);
  return new Uint8Array(out.buffer, out.byteOffset, out.length);
}

export interface OpenedMessage extends SignedParts {
  /** Empty: the message is not signed. */
  readonly signature: Uint8Array;
}

/** The parts of a whole, undamaged message of this kind and version; throws `BUS_MESSAGE_…` otherwise. It looks at no signature. */
export function open(kindName: KindName, message: Uint8Array): OpenedMessage {
  const kind: Kind = messageKinds[kindName];
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  if (bytes.length > kind.maxBytes) throw oversized(kindName, bytes.length);
  const magic = bytes.subarray(0, envelopeMagic.length);
  if (!envelopeMagic.subarray(0, magic.length).equals(magic))
    throw new MessageForeignError(`a ${kindName} starts with "PCLS", this message with 0x${magic.toString("hex")}`);
  if (bytes.length < envelopeBytes)
    throw new MessageTruncatedError(`a ${kindName} has at least ${envelopeBytes} bytes, this message ${bytes.length}`);
  if (bytes[4] !== kind.number) throw new MessageForeignError(`expected a ${kindName}, got ${nameOf(bytes[4])}`);
  if (bytes[5] !== kind.version)
    throw new MessageVersionError(
      `${kindName} in format ${bytes[5]}, this build reads format ${kind.version}: upgrade the older side`,
    );
  const [trailerBytes, length] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const [present, expected] = [bytes.length - envelopeBytes, length + trailerBytes];
  if (present < expected)
    throw new MessageTruncatedError(`the ${kindName} should have ${expected} bytes of content, ${present} are there`);
  const isSignature = trailerBytes === 0 || trailerBytes === kind.signatureBytes;
  if (present > expected || bytes.readUInt16LE(6) !== 0 || !isSignature)
    throw new MessageCorruptError(`the ${kindName}'s envelope is damaged`);
  if (!checksum(bytes).equals(bytes.subarray(16, envelopeBytes)))
    throw new MessageCorruptError(`the ${kindName}'s content does not have the checksum its envelope names`);
  const end = envelopeBytes + length;
  const header = message.subarray(0, signedHeaderBytes);
  return { header, payload: message.subarray(envelopeBytes, end), signature: message.subarray(end) };
}

function checksum(message: Buffer): Buffer {
  const hash = createHash("sha256")
    .update(message.subarray(0, signedHeaderBytes))
    .update(message.subarray(envelopeBytes));
  return hash.digest().subarray(0, 8);
}

function nameOf(kind: number | undefined): string {
  for (const [name, { number }] of Object.entries(messageKinds)) if (number === kind) return `a ${name}`;
  return `unknown kind ${kind}`;
}

function oversized(kindName: KindName, size: number): MessageOversizedError {
  return new MessageOversizedError(
    `a ${kindName} has at most ${messageKinds[kindName].maxBytes} bytes, this one ${size}`,
  );
}
