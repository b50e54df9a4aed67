/** Of a rule of the network category: for which sockets, directions and ports it is meant where the peer is known, and how specific it is there. */
import type { AddressMatch, AutomatonPeers, Match } from "@portcullis/model";
import { kindBit, kindsOfAddresses } from "../numbers/sockets.ts";
import { type Cidr, cidrIn } from "./cidr.ts";

export const highestPort = 65_535;
const anyPort = { first: 0, last: highestPort };

/** Objects of the network category. */
export type NetworkMatch = AddressMatch | Extract<Match, { kind: "protocol" }>;

/** The range of a rule whose match was checked when it came. */
export const cidrOf = ({ cidr }: AddressMatch): Cidr => cidrIn(cidr) as Cidr;

/** A rule without a protocol allows no raw sockets, whose addresses say little; it blocks and audits them as well. */
export function kindsOf(match: NetworkMatch, action: "allow" | "audit" | "block"): number {
  if (match.protocol !== undefined) return kindBit(match.protocol);
  return action === "allow" ? kindsOfAddresses : kindBit("all");
}

/** The conditions of an entry in a list of addresses. A rule of a protocol is meant for all directions and ports. */
export function peersOf(match: NetworkMatch, action: "allow" | "audit" | "block"): AutomatonPeers {
  const kinds = kindsOf(match, action);
  if (match.kind === "protocol") return { kinds, directions: ["egress", "ingress"], ...anyPort };
  return { kinds, directions: [match.direction], ...(match.ports ?? anyPort) };
}

/** How specific a rule is where the peer is known, the higher the more: range, then ports, then protocol. */
export function peerSpecificity(match: NetworkMatch): readonly number[] {
  if (match.kind === "protocol") return [match.protocol === "all" ? -2 : -1];
  const { first, last } = match.ports ?? { first: 0, last: highestPort + 1 };
  return [cidrOf(match).bits, first - last, Number(match.protocol !== undefined)];
}

/** Orders what peerSpecificity() says, the most specific first. */
export function bySpecificity(a: readonly number[], b: readonly number[]): number {
  for (const [i, one] of a.entries()) if (one !== (b[i] ?? 0)) return (b[i] ?? 0) - one;
  return 0;
}
