import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { envelope, isEnvelopeOf, ReleaseKey } from "./signing.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

const written = (name: string, pem: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, pem);
  return path;
};
const pkcs8 = { type: "pkcs8", format: "pem" } as const;
const p256 = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

describe("a signing key", () => {
  it("signs so that its public key verifies, and no other", () => {
    const { privateKey, publicKey } = p256();
    const key = ReleaseKey.read(written("key", privateKey.export(pkcs8)));
    const data = Buffer.from("what is signed");
    const signature = key.sign(data);
    expect(verify("sha256", data, publicKey, Buffer.from(signature, "base64"))).toBe(true);
    expect(verify("sha256", data, p256().publicKey, Buffer.from(signature, "base64"))).toBe(false);
    expect(key.hasSigned(Buffer.from("something else"), signature)).toBe(false);
    expect(key.publicKey).toBe(publicKey.export({ type: "spki", format: "pem" }));
  });

  it("knows an envelope of its own, and takes nothing else for one", () => {
    const key = ReleaseKey.read(written("own", p256().privateKey.export(pkcs8)));
    const other = ReleaseKey.read(written("other", p256().privateKey.export(pkcs8)));
    const statement = Buffer.from('{"_type":"x"}');
    expect(isEnvelopeOf(key, statement, envelope(key, statement))).toBe(true);
    expect(isEnvelopeOf(other, statement, envelope(key, statement))).toBe(false);
    expect(isEnvelopeOf(key, Buffer.from("{}"), envelope(key, statement))).toBe(false);
    expect(isEnvelopeOf(key, statement, Buffer.from("no JSON"))).toBe(false);
    const own = JSON.parse(envelope(key, statement).toString()) as object;
    for (const found of [
      {},
      null,
      [],
      { ...own, signatures: {} },
      { ...own, signatures: [{}] },
      { ...own, signatures: [null] },
    ])
      expect(isEnvelopeOf(key, statement, Buffer.from(JSON.stringify(found)))).toBe(false);
  });

  it.each([
    ["a file that is not there", () => join(folder, "none"), /none: cannot be read.*openssl genpkey/],
    ["what is no key", () => written("text", "hello"), /text: is no private key.*openssl genpkey/],
    [
      "a key with a password",
      () => written("locked", p256().privateKey.export({ ...pkcs8, cipher: "aes-256-cbc", passphrase: "x" })),
      /locked: is no private key in PEM without a password.*openssl pkey/,
    ],
    [
      "a key of another curve",
      () => written("p384", generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export(pkcs8)),
      /p384: is a key of another kind \(secp384r1\)/,
    ],
    [
      "a key of another algorithm",
      () => written("ed", generateKeyPairSync("ed25519").privateKey.export(pkcs8)),
      /ed: is a key of another kind \(ed25519\)/,
    ],
  ])("is not %s; the message says what to do", (_, make, message) => {
    const path = make();
    const read = () => ReleaseKey.read(path);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "RELEASE_KEY" }));
  });
});
