/**
 * What the Secret of the NATS server's certificate says, and what follows from it. Pure. The server reads the first two entries:
 *
 *     tls.crt, tls.key, ca.crt: PEM; rotation.json: {"next": {certificate, key, authority}, "retired": ["<PEM>"], "rotation": "<text>"}
 */

import { X509Certificate } from "node:crypto";
import {
  certificatesIn,
  isDue,
  isExpired,
  isFor,
  makeServerCertificate,
  type ServerCertificate,
} from "@portcullis/bus/certificates";
import { z } from "zod";
import { CertificateUnreadableError } from "../errors.ts";

export interface CertificateState {
  /** What the server is to present. */
  readonly present: ServerCertificate;
  /** Its authority is published already, and the server does not present it yet. */
  readonly next?: ServerCertificate | undefined;
  /** Authorities of certificates that the server may still present. */
  readonly retired: readonly string[];
  /** The request for a rotation that was followed last. */
  readonly rotation: string;
}

/** What decides which step is due. */
export interface Circumstances {
  /** The names that the server is dialled by; undefined: its certificate is made by somebody else. */
  readonly names: readonly string[] | undefined;
  /** What asks for a rotation. */
  readonly rotation: string;
  /** The authorities have been published, unchanged, for so long that every node accepts them. */
  readonly published: boolean;
  /** The server has presented the present certificate for as long as that. */
  readonly presented: boolean;
}

const form = z.object({
  next: z.object({ certificate: z.string(), key: z.string(), authority: z.string() }).optional(),
  retired: z.array(z.string()),
  rotation: z.string(),
});

/** Nodes are told of so many earlier authorities at most; no rotation begins while there are more. */
const mostRetired = 4;

/** Undefined: there is no certificate yet. Throws CertificateUnreadableError, which repeats nothing of it. */
export function readState(data: Readonly<Record<string, string>>): CertificateState | undefined {
  const { "tls.crt": certificate, "tls.key": key, "ca.crt": authority, "rotation.json": rest } = data;
  if (certificate === undefined && key === undefined) return undefined;
  try {
    // Throws what is no certificate.
    for (const pem of [certificate, authority]) new X509Certificate(pem ?? "");
    const present = { certificate: certificate ?? "", key: key ?? "", authority: authority ?? "" };
    if (rest === undefined) return { present, retired: [], rotation: "" };
    return { present, ...form.parse(JSON.parse(rest)) };
  } catch {
    throw new CertificateUnreadableError(
      "the Secret of NATS' certificate lacks tls.crt or ca.crt, or holds something else there; one that the controller makes gets new " +
        "ones when it is without data",
    );
  }
}

export function writeState({ present, next, retired, rotation }: CertificateState): Record<string, string> {
  return {
    "tls.crt": present.certificate,
    "tls.key": present.key,
    "ca.crt": present.authority,
    "rotation.json": JSON.stringify({ next, retired, rotation }),
  };
}

/** PEM of the authorities that nodes are to accept. */
export const authoritiesOf = ({ present, next, retired }: CertificateState): string =>
  certificatesIn([present.authority, next?.authority ?? "", ...retired].join("\n")).join("");

export const firstState = (names: readonly string[], rotation: string): CertificateState => ({
  present: makeServerCertificate(names),
  retired: [],
  rotation,
});

/** Nobody accepts the present certificate any more, so there is nothing to wait for. */
export const isLost = ({ present }: CertificateState): boolean => isExpired(present.certificate);

/** The authorities of what the issuer has made, and those that nodes were told before. */
export function withPublished(state: CertificateState, published: string): CertificateState {
  const own = new Set(certificatesIn(state.present.authority));
  return { ...state, retired: certificatesIn(published).filter((authority) => !own.has(authority)) };
}

/** The state after the one step that is due; the same when there is none. */
export function advanced(state: CertificateState, circumstances: Circumstances): CertificateState {
  const { present, next, retired } = state;
  const { names, rotation, published, presented } = circumstances;
  if (next !== undefined) {
    if (!published) return state;
    return { present: next, retired: [...retired, present.authority], rotation: state.rotation };
  }
  if (names !== undefined && retired.length < mostRetired) {
    const isAsked = rotation !== "" && rotation !== state.rotation;
    if (isAsked || isDue(present.certificate) || !isFor(present.certificate, names))
      return { ...state, next: makeServerCertificate(names), rotation };
  }
  if (retired.length > 0 && published && presented) return { ...state, retired: [] };
  return state;
}
