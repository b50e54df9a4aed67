/**
 * Certificates of the NATS server. Each is signed by an authority of its own, whose private key is forgotten as soon as it has signed: there is no
 * key by which somebody could make a second certificate, and who accepts an authority accepts one server key. Pure, but for what is random.
 */

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

/** A certificate with its key and the authority that vouches for it, each as PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

interface Validness {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

interface Signed extends Validness {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKey: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly extensions: readonly Extension[];
}

const day = 86_400_000;
const lifetimeMs = 365 * day;
/** The clock of a node may be behind the controller's. */
const backdatedMs = day;
const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const commonName = "2.5.4.3";

/** `names`: DNS names and IP addresses of the server. Times are of the wall clock, as certificates are. */
export function makeServerCertificate(names: readonly string[], now = Date.now()): ServerCertificate {
  const authorityKey = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const serverKey = generateKeyPairSync("ec", { namedCurve: "P-256" });
  // The same name for two authorities would have a client try the wrong one's key.
  const issuer = `portcullis bus ${randomBytes(8).toString("hex")}`;
  const common = {
    issuer,
    issuerKey: authorityKey,
    notBefore: new Date(now - backdatedMs),
    notAfter: new Date(now + lifetimeMs),
  };
  const authority = signed({
    ...common,
    subject: issuer,
    publicKey: authorityKey.publicKey,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign), true),
    ],
  });
  const certificate = signed({
    ...common,
    subject: names[0] ?? "portcullis-nats",
    publicKey: serverKey.publicKey,
    extensions: [
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
      extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
      // Of several servers each dials the others, and shows it as who dials too.
      extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth, id_kp_clientAuth])),
      extension(id_ce_subjectAltName, new SubjectAlternativeName(names.map(generalName))),
    ],
  });
  return { certificate, authority, key: serverKey.privateKey.export({ type: "pkcs8", format: "pem" }) as string };
}

/** Whether clients refuse it by its dates now. */
export function isExpired(certificate: string, now = Date.now()): boolean {
  return new X509Certificate(certificate).validToDate.getTime() <= now;
}

/** Whether a third of its life, or less, is left. */
export function isDue(certificate: string, now = Date.now()): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  return validToDate.getTime() - now <= (validToDate.getTime() - validFromDate.getTime()) / 3;
}

/** Whether a client that dials by any of these names and addresses accepts it. */
export function isFor(certificate: string, names: readonly string[]): boolean {
  const read = new X509Certificate(certificate);
  // A name for all names below another: whether it is for one of them.
  const one = (name: string) => name.replace(/^\*\./, "any.");
  return names.every((name) => (isIP(name) === 0 ? read.checkHost(one(name)) : read.checkIP(name)) !== undefined);
}

/** The certificates in a PEM text, each on its own; empty when there is none. */
export const certificatesIn = (pem: string): string[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((one) => `${one}\n`);

function signed({ subject, publicKey, issuer, issuerKey, notBefore, notAfter, extensions }: Signed): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ecdsaWithSha256 });
  const tbs = new TBSCertificate({
    version: Version.v3,
    // Positive and of at most 20 bytes, as the standard asks.
    serialNumber: Uint8Array.from([0x40 | (randomBytes(1)[0]! & 0x3f), ...randomBytes(15)]).buffer,
    signature: algorithm,
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    validity: new Validity({ notBefore, notAfter }),
    subjectPublicKeyInfo: AsnConvert.parse(spki(publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions([
      ...extensions,
      extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId(publicKey))),
      extension(
        id_ce_authorityKeyIdentifier,
        new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(keyId(issuerKey.publicKey)) }),
      ),
    ]),
  });
  const signature = sign("sha256", Buffer.from(AsnConvert.serialize(tbs)), issuerKey.privateKey);
  const certificate = new Certificate({
    tbsCertificate: tbs,
    signatureAlgorithm: algorithm,
    signatureValue: Uint8Array.from(signature).buffer,
  });
  return new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString();
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function nameOf(text: string): Name {
  // A common name holds 64 characters at most. Who verifies looks at the alternative names.
  const value = new AttributeValue({ utf8String: text.slice(0, 64) });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: commonName, value })])]);
}

const generalName = (name: string): GeneralName =>
  isIP(name) === 0 ? new GeneralName({ dNSName: name }) : new GeneralName({ iPAddress: name });

const spki = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });

function keyId(key: KeyObject): ArrayBuffer {
  return Uint8Array.from(createHash("sha256").update(spki(key)).digest().subarray(0, 20)).buffer;
}
