/**
 * The encrypted connection: which one, and why there is none. A URL `tls://` asks for it; then nothing is sent to a server that has no certificate
 * of an accepted authority for its name, and nothing older than TLS 1.3 is spoken.
 */

import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { ConnectionError, type ConnectionOptions } from "@nats-io/transport-node";
import type { TlsOptions } from "../bus.ts";
import {
  type BusError,
  CertificateRefusedError,
  DisconnectedError,
  OptionError,
  PermissionError,
  RequestTimeoutError,
  TlsMissingError,
} from "../errors.ts";
import { causesOf, toBusError } from "./nats-errors.ts";

/** Told of the certificate of a server that was verified otherwise, at every dial. */
export type SeenCertificate = (certificate: PeerCertificate) => void;

/** Part of the client's options. Empty: the URLs ask for no encryption. */
export function tlsOptions(
  servers: readonly string[],
  { authorities, serverName }: TlsOptions = {},
  seen: SeenCertificate = () => {},
): Pick<ConnectionOptions, "tls"> {
  const encrypted = servers.filter((url) => /^tls:/i.test(url));
  if (encrypted.length === 0) {
    if (authorities === undefined && serverName === undefined) return {};
    throw new OptionError("servers: authorities of a server are given, so its URL has to be tls://, not nats://");
  }
  if (encrypted.length < servers.length) {
    throw new OptionError("servers: one is tls:// and another is not; what travels is as safe as the weakest of them");
  }
  const names = serverName === undefined ? [...new Set(servers.map(hostOf))] : [serverName];
  const [name = ""] = names;
  const options = {
    minVersion: "TLSv1.3",
    // An address may not be named in the handshake, and of several names the client would not say which it means.
    ...(names.length === 1 && isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_: string, certificate: PeerCertificate) => {
      const refusals = names.map((host) => checkServerIdentity(host, certificate));
      if (!refusals.includes(undefined)) return refusals[0];
      seen(certificate);
      return undefined;
    },
    // The client reads this at every dial.
    get ca() {
      const pem = authorities?.();
      // Node.js would take none for its own ones.
      if (pem !== undefined && !pem.includes("BEGIN CERTIFICATE"))
        throw new CertificateRefusedError("could not connect to NATS: no authority is known yet that vouches for it");
      return pem;
    },
  };
  return { tls: options as ConnectionOptions["tls"] & object };
}

/** Why a dial failed. What Node.js says of a certificate the client gives as it is, or as a cause. */
export function dialError(error: unknown): BusError {
  const causes = causesOf(error);
  const ours = causes.find((cause) => cause instanceof CertificateRefusedError);
  if (ours !== undefined) return ours;
  const refused = causes.find((cause) => certificateFaults.has(codeOf(cause)));
  const what = "connect to NATS";
  const options = { cause: error };
  if (refused !== undefined) {
    // Of what Node.js says itself only the names of the certificate are worth repeating.
    const names = codeOf(refused) === otherName ? `: ${refused.message}` : "";
    return new CertificateRefusedError(`could not ${what}: ${certificateFaults.get(codeOf(refused))}${names}`, options);
  }
  const old = causes.find((cause) => codeOf(cause).startsWith("ERR_SSL_"));
  if (old !== undefined) {
    return new TlsMissingError(`could not ${what}: the server does not speak TLS 1.3 with us; ${old.message}`, options);
  }
  // The one error that the client makes itself while it looks at what the server offers, and that has no class: its words are pinned by a test.
  if (causes.length === 1 && causes[0] instanceof ConnectionError && causes[0].message.includes("'tls'")) {
    return new TlsMissingError(`could not ${what}: the URL is tls://, and the server offers no TLS`, options);
  }
  const known = toBusError(error, what);
  if (known instanceof PermissionError || known instanceof RequestTimeoutError) return known;
  return new DisconnectedError(known.message, options);
}

const otherName = "ERR_TLS_CERT_ALTNAME_INVALID";
const unknownAuthority = "its certificate is of an authority that is not accepted here";

/** What OpenSSL and Node.js say of a certificate, by code. */
const certificateFaults = new Map([
  ["CERT_HAS_EXPIRED", "its certificate has expired"],
  ["CERT_NOT_YET_VALID", "its certificate is not valid yet; look at the clocks"],
  [otherName, "its certificate is for another name"],
  ["UNABLE_TO_GET_ISSUER_CERT", unknownAuthority],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", unknownAuthority],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", unknownAuthority],
  ["SELF_SIGNED_CERT_IN_CHAIN", unknownAuthority],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", unknownAuthority],
  ["CERT_SIGNATURE_FAILURE", unknownAuthority],
  ["CERT_UNTRUSTED", unknownAuthority],
  ["CERT_REJECTED", unknownAuthority],
  ["CERT_REVOKED", "its certificate is revoked"],
  ["INVALID_CA", "its certificate is of one that is no authority"],
  ["INVALID_PURPOSE", "its certificate is not for a server"],
]);

const codeOf = (error: Error): string => String((error as { code?: unknown }).code ?? "");

/** The host of a URL as the client reads it. */
function hostOf(url: string): string {
  const { hostname } = new URL(url.replace(/^\w+:/, "http:"));
  return hostname.replace(/^\[|\]$/g, "");
}
