/**
 * Signatures as cosign makes and verifies them, with a key of one's own: the digest of an image in the simple signing format, and statements in DSSE
 * envelopes. ECDSA on P-256 with SHA-256, by Node's own cryptography.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { messageOf, ReleaseError } from "../processes/errors.ts";

export const statementType = "application/vnd.in-toto+json";

export class ReleaseKey {
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  private constructor(key: KeyObject) {
    this.#private = key;
    this.#public = createPublicKey(key);
  }

  /** A private key as PEM without a password. Nothing of it goes into a message. */
  static read(path: string): ReleaseKey {
    const fault = (what: string, cause?: unknown) =>
      new ReleaseError("RELEASE_KEY", `--key ${path}: ${what}`, { cause });
    const make = "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE` makes one";
    let pem: Buffer;
    try {
      pem = readFileSync(path);
    } catch (error) {
      throw fault(`cannot be read (${messageOf(error)}); ${make}`, error);
    }
    let key: KeyObject;
    try {
      key = createPrivateKey(pem);
    } catch (error) {
      throw fault(
        `is no private key in PEM without a password; ${make}, \`openssl pkey -in FILE\` takes a password off`,
        error,
      );
    }
    const { namedCurve } = key.asymmetricKeyDetails ?? {};
    if (key.asymmetricKeyType !== "ec" || namedCurve !== "prime256v1")
      throw fault(`is a key of another kind (${namedCurve ?? key.asymmetricKeyType}) than ECDSA on P-256; ${make}`);
    return new ReleaseKey(key);
  }

  /** What verifies the signatures, as PEM. */
  get publicKey(): string {
    return this.#public.export({ type: "spki", format: "pem" }) as string;
  }

  sign(data: Buffer): string {
    return sign("sha256", data, this.#private).toString("base64");
  }

  hasSigned(data: Buffer, signature: string): boolean {
    return verify("sha256", data, this.#public, Buffer.from(signature, "base64"));
  }
}

/** What is signed of an image: which repository and which digest. */
export function simpleSigning(repository: string, digest: string): Buffer {
  const critical = {
    identity: { "docker-reference": repository },
    image: { "docker-manifest-digest": digest },
    type: "cosign container image signature",
  };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

interface Envelope {
  readonly payloadType: string;
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** What a signature of an envelope is of (DSSE's pre-authentication encoding). */
export function signedBytes(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${statementType.length} ${statementType} ${payload.length} `), payload]);
}

export function envelope(key: ReleaseKey, statement: Buffer): Buffer {
  const signatures = [{ keyid: "", sig: key.sign(signedBytes(statement)) }];
  return Buffer.from(JSON.stringify({ payloadType: statementType, payload: statement.toString("base64"), signatures }));
}

/** Is it that statement, signed with that key? What others have put there may be anything. */
export function isEnvelopeOf(key: ReleaseKey, statement: Buffer, found: Buffer): boolean {
  try {
    const { payloadType, payload, signatures } = JSON.parse(found.toString("utf8")) as Envelope;
    const isSame = payloadType === statementType && payload === statement.toString("base64");
    return isSame && signatures.some(({ sig }) => key.hasSigned(signedBytes(statement), sig));
  } catch {
    return false;
  }
}
