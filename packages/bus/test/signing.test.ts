import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { BusError } from "../src/errors.ts";
import { decodeBundle, encodeBundle } from "../src/messages/bundle.ts";
import { open, seal } from "../src/messages/envelope.ts";
import { signBundle, verifySignature } from "../src/messages/signed-bundle.ts";
import { PublicKeys } from "../src/signing/public-keys.ts";
import { SigningKey } from "../src/signing/signing-key.ts";
import { exampleBundle } from "./examples.ts";

const [key, other] = [SigningKey.generate(), SigningKey.generate()];
const keys = new PublicKeys([key.publicKey]);
const both = new PublicKeys([key.publicKey, other.publicKey]);
const bundle = encodeBundle(exampleBundle);
const signed = signBundle(bundle, key);

function verdict(bytes: Uint8Array, accepted = keys): string {
  try {
    verifySignature(bytes, accepted);
    return "accepted";
  } catch (error) {
    if (error instanceof BusError) return error.code;
    throw error;
  }
}

/** A whole message, checksum and all, of this content and this signature. */
const forged = (payload: Uint8Array, signature: Uint8Array) => seal("bundle", payload, () => signature);

describe("a signed bundle", () => {
  it("is accepted by who has the key, and says what it said before it was signed", () => {
    expect(verdict(signed)).toBe("accepted");
    expect(verdict(signed, both)).toBe("accepted");
    expect(decodeBundle(signed)).toEqual(exampleBundle);
  });

  it("has one form, also when it is signed again", () => {
    expect(signBundle(bundle, key)).toEqual(signed);
    expect(signBundle(signBundle(bundle, other), key)).toEqual(signed);
  });

  it("is refused by who has another key, or none, and unsigned it is refused by everybody", () => {
    expect(verdict(signed, new PublicKeys([other.publicKey]))).toBe("BUS_KEY_UNKNOWN");
    expect(verdict(signed, new PublicKeys([]))).toBe("BUS_KEY_UNKNOWN");
    expect(verdict(bundle)).toBe("BUS_BUNDLE_UNSIGNED");
  });

  it.each([
    ["another node", { node: "node-2" }],
    ["another epoch", { epoch: 1n }],
    ["a higher revision", { revision: exampleBundle.revision + 1n }],
    ["no containers", { containers: [], ruleSets: [] }],
    ["another cluster", { cluster: "other" }],
  ])("is refused when it has got %s", (_, change) => {
    const { payload } = open("bundle", encodeBundle({ ...exampleBundle, ...change }));
    expect(verdict(forged(payload, open("bundle", signed).signature))).toBe("BUS_SIGNATURE_INVALID");
  });

  it("is refused when it names another accepted key than the one that signed it", () => {
    const { payload, signature } = open("bundle", signed);
    const renamed = Buffer.concat([Buffer.from(other.id, "hex"), signature.subarray(8)]);
    expect(verdict(forged(payload, renamed), both)).toBe("BUS_SIGNATURE_INVALID");
  });

  it("is refused whatever byte of its content or signature is another, though the checksum is right", () => {
    const { payload, signature } = open("bundle", signed);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.concat([payload, signature]);
        const index = at % bytes.length;
        bytes[index] = (bytes[index] as number) ^ flip;
        const changed = forged(bytes.subarray(0, payload.length), bytes.subarray(payload.length));
        expect(verdict(changed)).toMatch(/^BUS_(SIGNATURE_INVALID|KEY_UNKNOWN)$/);
      }),
    );
  });

  it("is refused wherever it is cut off, and with anything behind it", () => {
    for (let length = 0; length < signed.length; length++)
      expect([length, verdict(signed.subarray(0, length))]).toEqual([length, expect.stringMatching(/^BUS_MESSAGE_/)]);
    expect(verdict(Buffer.concat([signed, Buffer.of(0)]))).toBe("BUS_MESSAGE_CORRUPT");
  });
});

describe("keys", () => {
  it("come back from their text", () => {
    expect(SigningKey.parse(key.secret()).id).toBe(key.id);
    expect(verdict(signBundle(bundle, SigningKey.parse(key.secret())))).toBe("accepted");
    expect(PublicKeys.parse(String(both)).ids.toSorted()).toEqual([key.id, other.id].sort());
    expect(String(new PublicKeys([other.publicKey, key.publicKey]))).toBe(String(both));
  });

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const rsaPublic = rsa.publicKey.export({ format: "der", type: "spki" }).toString("base64");
  it.each([
    ["no JSON", "keys"],
    ["another document", '{"apiVersion": "v1"}'],
    ["a key under another id", JSON.stringify({ keys: [{ id: other.id, publicKey: key.publicKey }] })],
    ["too many keys", JSON.stringify({ keys: Array(17).fill({ id: key.id, publicKey: key.publicKey }) })],
  ])("are refused as %s", (_, text) => {
    expect(() => PublicKeys.parse(text)).toThrow(expect.objectContaining({ code: "BUS_KEY_INVALID" }));
  });

  it("of another kind are refused, and a refusal repeats nothing of a secret", () => {
    expect(() => new PublicKeys([rsaPublic])).toThrow(expect.objectContaining({ code: "BUS_KEY_INVALID" }));
    const secret = rsa.privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
    for (const text of [secret, secret.slice(0, 40), key.publicKey])
      expect(() => SigningKey.parse(text)).toThrow(
        expect.objectContaining({ code: "BUS_KEY_INVALID", message: expect.not.stringContaining(text.slice(0, 20)) }),
      );
  });
});
