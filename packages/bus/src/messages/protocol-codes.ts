/** The protocols and types of sockets that rules name, as numbers on the wire. */
import type { Protocol } from "@portcullis/model";
import { WireEnum } from "./fields.ts";

export const protocolCodes = new WireEnum<Protocol>({
  ...{ tcp: 1, udp: 2, icmp: 3, icmpv6: 4, sctp: 5, raw: 6 },
  ...{ stream: 7, dgram: 8, rdm: 9, seqpacket: 10, dccp: 11, packet: 12, all: 13 },
});
