/** A match by address ⇄ its message. Whether the range is one the compiler asks: it reports one that is none, and the rest of the rule set holds. */
import type { AddressMatch, AddressProtocol } from "@portcullis/model";
import { MessageInvalidError } from "../errors.ts";
import type { portcullis } from "../generated/portcullis.js";
import { integer, unlessDefault } from "./fields.ts";
import { protocolCodes } from "./protocol-codes.ts";

type Wire = portcullis.v1.AddressMatch.$Properties;

const protocols: readonly AddressProtocol[] = ["tcp", "udp", "icmp", "icmpv6", "sctp"];
const highestPort = 65_535;

export function addressToWire({ cidr, direction, protocol, ports }: AddressMatch, field: string): Wire {
  const range = portsOf(ports?.first ?? 0, ports?.last ?? 0, field);
  return {
    cidr: rangeOf(cidr, `${field}.cidr`),
    ingress: unlessDefault(direction === "ingress"),
    ...(protocol && { protocol: protocolCodes.encode(protocol, `${field}.protocol`) }),
    ...(range && { firstPort: range.first, lastPort: range.last }),
  };
}

export function addressFromWire(wire: Wire, field: string): AddressMatch {
  const protocol = wire.protocol ? protocolCodes.decode(wire.protocol, `${field}.protocol`) : undefined;
  const known = protocols.find((one) => one === protocol);
  if (known !== protocol) throw new MessageInvalidError(`${field}.protocol`, `${protocol} has no addresses`);
  const ports = portsOf(wire.firstPort ?? 0, wire.lastPort ?? 0, field);
  return {
    ...{ kind: "address", cidr: rangeOf(wire.cidr ?? "", `${field}.cidr`) },
    direction: wire.ingress ? "ingress" : "egress",
    ...(known && { protocol: known }),
    ...(ports && { ports }),
  };
}

function rangeOf(cidr: string, field: string): string {
  if (!/^[0-9a-f.:]+\/\d+$/.test(cidr)) throw new MessageInvalidError(field, `${JSON.stringify(cidr)} is no range`);
  return cidr;
}

/** Undefined: both are 0, whatever the port. */
function portsOf(first: number, last: number, field: string): AddressMatch["ports"] {
  if (first === 0 && last === 0) return undefined;
  integer(last, `${field}.lastPort`, integer(first, `${field}.firstPort`, 1, highestPort), highestPort);
  return { first, last };
}
