/**
 * What a socket is to rules: its kind, a number made of all that holds of it (native/include/abi.h, enum pc_socket_kind). Rules concern sockets of
 * AF_INET and AF_INET6, by protocol and by type, and those of AF_PACKET; others have no kind.
 */
import type { Protocol } from "@portcullis/model";

/** A socket by the kernel's numbers. */
export interface Socket {
  readonly family: number;
  readonly type: number;
  /** 0: the one that the type usually has. */
  readonly protocol: number;
}

/** What a rule names, as the bit of the kinds that it means. */
const bits: Readonly<Record<Protocol, number>> = {
  all: 0x01,
  tcp: 0x02,
  udp: 0x04,
  icmp: 0x08,
  icmpv6: 0x10,
  sctp: 0x20,
  raw: 0x40,
  stream: 0x80,
  dgram: 0x100,
  rdm: 0x200,
  seqpacket: 0x400,
  dccp: 0x800,
  packet: 0x1000,
};

const isProtocol = (word: string): word is Protocol => Object.hasOwn(bits, word);

/** The words of a comma list, each once and in lower case; or the first word that is no protocol. */
export function protocolsIn(text: string): readonly Protocol[] | string {
  const words = [...new Set(text.split(",").map((word) => word.trim().toLowerCase()))];
  return words.every(isProtocol) ? words : JSON.stringify(words.find((word) => !isProtocol(word)));
}

/** What of a socket's kind a rule of this protocol or type means. */
export const kindBit = (protocol: Protocol): number => bits[protocol];
/** The kinds that a rule by address allows when it names no protocol: everything but raw sockets and packets. */
export const kindsOfAddresses =
  Object.values(bits).reduce((all, bit) => all | bit) & ~(bits.all | bits.raw | bits.packet);

export const meansKind = (protocol: Protocol, kind: number): boolean => (kind & bits[protocol]) !== 0;

const families = { inet: 2, inet6: 10, packet: 17, smc: 43 };
export const ipv6Family = families.inet6;
const types = { stream: 1, dgram: 2, raw: 3, rdm: 4, seqpacket: 5, dccp: 6 } as const;
const protocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, smc: 256, mptcp: 262 };

/** The kind of a socket; 0: no rule concerns it. */
export function kindOf({ family, type, protocol }: Socket): number {
  if (family === families.packet) return bits.all | bits.raw | bits.packet;
  // What goes by AF_SMC is TCP where the other side wants it.
  if (family === families.smc) return bits.all | bits.tcp | bits.stream;
  if (family !== families.inet && family !== families.inet6) return 0;
  const ofType = (Object.keys(types) as (keyof typeof types)[]).find((name) => types[name] === type);
  const ofProtocol = protocolOf(type, protocol);
  return bits.all | (ofType ? bits[ofType] : 0) | (ofProtocol ? bits[ofProtocol] : 0);
}

/** MPTCP and SMC are TCP to those who do not know them. A raw socket has no other protocol than ICMP. */
function protocolOf(type: number, protocol: number): Protocol | undefined {
  if (protocol === protocols.icmp) return "icmp";
  if (protocol === protocols.icmpv6) return "icmpv6";
  if (type === types.raw) return undefined;
  if (protocol === protocols.sctp) return "sctp";
  if (type === types.seqpacket && protocol === 0) return "sctp";
  if (type === types.stream && [0, protocols.tcp, protocols.mptcp, protocols.smc].includes(protocol)) return "tcp";
  return type === types.dgram && [0, protocols.udp].includes(protocol) ? "udp" : undefined;
}

/** `TCP`: the protocol of a socket that speaks with an address; its number, where rules know none of it. */
export const protocolName = ({ type, protocol }: Socket): string =>
  (protocolOf(type, protocol) ?? protocolNames.get(protocol) ?? String(protocol)).toUpperCase();

/** Every kind that a socket can have. Protocols that no rule names are all alike. */
export const kinds: readonly number[] = [
  ...new Set(
    [families.packet, families.smc, families.inet].flatMap((family) =>
      [...Object.values(types), 0].flatMap((type) =>
        [...Object.values(protocols), 0, 255].map((protocol) => kindOf({ family, type, protocol })),
      ),
    ),
  ),
];

const familyNames = new Map([
  [families.inet, "AF_INET"],
  [families.inet6, "AF_INET6"],
  [families.packet, "AF_PACKET"],
  [families.smc, "AF_SMC"],
]);
const typeNames = new Map<number, string>(Object.entries(types).map(([name, type]) => [type, name]));
const packetType = 10;
const protocolNames = new Map<number, string>([
  ...Object.entries(protocols).map(([name, number]): [number, string] => [number, name]),
  [2, "igmp"],
  [33, "dccp"],
  [136, "udplite"],
  [255, "raw"],
]);
const typeFlags = [
  [0o4000, "SOCK_NONBLOCK"],
  [0o2000000, "SOCK_CLOEXEC"],
] as const;

/**
 * `domain=AF_INET type=SOCK_DGRAM|SOCK_CLOEXEC protocol=0`, as alerts name a socket. `flags`: the bits beside the type that were asked for.
 * The protocol of AF_PACKET is one of the link layer, and stays a number.
 */
export function socketWords({ family, type, protocol }: Socket, flags = 0): string {
  const name = type === packetType ? "packet" : typeNames.get(type);
  const asked = typeFlags.filter(([bit]) => flags & bit).map(([, flag]) => flag);
  const words = [name ? `SOCK_${name.toUpperCase()}` : String(type), ...asked].join("|");
  const ofProtocol = family === families.packet ? undefined : protocolNames.get(protocol)?.toUpperCase();
  return `domain=${familyNames.get(family) ?? family} type=${words} protocol=${ofProtocol ?? protocol}`;
}

/** A socket that the kernel makes for whoever asks for this protocol or type; of `all`, one of TCP. */
export function socketOf(protocol: Protocol): Socket {
  const inet = { family: families.inet, protocol: 0 };
  switch (protocol) {
    case "packet":
      return { family: families.packet, type: types.raw, protocol: 0 };
    case "icmp":
      return { ...inet, type: types.dgram, protocol: protocols.icmp };
    case "icmpv6":
      return { family: families.inet6, type: types.dgram, protocol: protocols.icmpv6 };
    case "sctp":
      return { ...inet, type: types.seqpacket, protocol: protocols.sctp };
    case "udp":
      return { ...inet, type: types.dgram };
    case "tcp":
    case "all":
      return { ...inet, type: types.stream };
    default:
      return { ...inet, type: types[protocol] };
  }
}
