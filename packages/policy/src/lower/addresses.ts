/** An entry of network.matchAddresses: the addresses, ports and protocols that it names. */
import type { AddressMatch, AddressProtocol, Direction } from "@portcullis/model";
import { cidrIn } from "../addresses/cidr.ts";
import { highestPort } from "../addresses/peers.ts";

interface AddressEntry {
  readonly cidr?: unknown;
  readonly ports?: unknown;
  readonly protocol?: unknown;
  readonly direction?: unknown;
}
interface Fault {
  readonly field: string;
  readonly value: unknown;
  /** What is wrong and what to do. */
  readonly fault: string;
}
type Ports = NonNullable<AddressMatch["ports"]>;

const protocols = ["tcp", "udp", "icmp", "icmpv6", "sctp"] as const satisfies readonly AddressProtocol[];
const withPorts: readonly string[] = ["tcp", "udp", "sctp"];
const directions = ["egress", "ingress"] as const satisfies readonly Direction[];

/** One match for each protocol and each range of ports; what is wrong with it, if something is. */
export function addressesOf(entry: AddressEntry): { matches: readonly AddressMatch[]; faults: readonly Fault[] } {
  const cidr = typeof entry.cidr === "string" ? cidrIn(entry.cidr.trim()) : "is missing: give a range of addresses";
  const ports = portsIn(entry.ports);
  const named = protocolsIn(entry.protocol);
  const direction = wordIn(directions, entry.direction ?? "egress");
  const faults: Fault[] = [];
  const wrong = (field: keyof AddressEntry, fault: string) => faults.push({ field, value: entry[field] ?? "", fault });
  if (typeof cidr === "string") wrong("cidr", cidr);
  if (typeof ports === "string") wrong("ports", ports);
  if (typeof named === "string") wrong("protocol", named);
  if (direction === undefined) wrong("direction", "use egress or ingress");
  if (typeof cidr === "string" || typeof ports === "string" || typeof named === "string" || !direction)
    return { matches: [], faults };
  const without = named.find((protocol) => protocol !== undefined && !withPorts.includes(protocol));
  if (without !== undefined && ports[0] !== undefined) {
    wrong("ports", `${without} has no ports: leave them out, or name tcp, udp or sctp`);
    return { matches: [], faults };
  }
  const matches = named.flatMap((protocol) =>
    ports.map(
      (range): AddressMatch => ({
        ...{ kind: "address", cidr: cidr.text, direction },
        ...(protocol && { protocol }),
        ...(range && { ports: range }),
      }),
    ),
  );
  return { matches, faults };
}

/** The ranges of a list of numbers and ranges; one that is undefined: whatever the port. */
function portsIn(value: unknown): readonly (Ports | undefined)[] | string {
  if (value === undefined || value === null) return [undefined];
  if (!Array.isArray(value)) return "is no list: give port numbers, and ranges such as 8000-8080";
  if (value.length === 0) return "is empty: name a port, or leave it out for all ports";
  const ranges: Ports[] = [];
  for (const one of value) {
    const range = rangeIn(String(one).trim());
    if (typeof range === "string") return `${JSON.stringify(one)} ${range}`;
    if (!ranges.some(({ first, last }) => first === range.first && last === range.last)) ranges.push(range);
  }
  return ranges;
}

function rangeIn(text: string): Ports | string {
  const [from, to = from] = /^(\d{1,9})(?: *- *(\d{1,9}))?$/.exec(text)?.slice(1) ?? [];
  if (from === undefined) return "is no port: give a number, or a range such as 8000-8080";
  const [first, last] = [Number(from), Number(to)];
  for (const port of [first, last])
    if (port < 1 || port > highestPort) return `has the port ${port}: ports are 1 to ${highestPort}`;
  return first > last ? `is reversed: write ${last}-${first}` : { first, last };
}

/** The protocols of a comma list; one that is undefined: whatever the protocol. */
function protocolsIn(value: unknown): readonly (AddressProtocol | undefined)[] | string {
  if (value === undefined || value === null) return [undefined];
  const words = [...new Set(String(value).split(","))].map((word) => wordIn(protocols, word));
  return words.includes(undefined) ? "use tcp, udp, icmp, icmpv6 or sctp, or a comma list of them" : words;
}

const wordIn = <T extends string>(known: readonly T[], value: unknown): T | undefined =>
  known.find((word) => word === String(value).trim().toLowerCase());
