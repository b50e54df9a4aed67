/** Ranges of addresses as rules write them, and addresses as numbers: those of IPv6, among which those of IPv4 lie as IPv6 maps them. */
import { isIPv4, isIPv6 } from "node:net";

/** A range of addresses. */
export interface Cidr {
  /** The canonical form. */
  readonly text: string;
  readonly isIPv4: boolean;
  readonly first: bigint;
  readonly last: bigint;
  /** How many bits are fixed, of 128. */
  readonly bits: number;
}

const addressBits = 128;
const mappedBits = 96;
/** Where the addresses of IPv4 lie in IPv6. */
export const mapped = { first: 0xffff00000000n, last: 0xffffffffffffn } as const;

/** An address as a number; undefined: it is none. */
export function addressIn(text: string): bigint | undefined {
  if (isIPv4(text)) return text.split(".").reduce((number, byte) => (number << 8n) | BigInt(byte), 0xffffn);
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const [head = "", tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split("::");
  const groups = (part = ""): string[] => part.split(":").filter((group) => group !== "");
  const [before, after] = [groups(head), groups(tail)];
  const zeros = new Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce((number, group) => (number << 16n) | BigInt(`0x${group}`), 0n);
}

const isMapped = (address: bigint): boolean => address >= mapped.first && address <= mapped.last;

/** The address in its usual form; what is IPv4 in IPv6 as IPv4. */
export function addressText(address: bigint): string {
  if (isMapped(address)) return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => ((address >> BigInt(112 - i * 16)) & 0xffffn).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** The range that is written so; or what is wrong with it and what to do. */
export function cidrIn(text: string): Cidr | string {
  const [address = "", length, ...more] = text.split("/");
  const number = addressIn(address);
  if (number === undefined) return "is no range of addresses: write one such as 10.0.0.0/8 or fd00::/8";
  const isOf4 = isIPv4(address);
  const most = isOf4 ? addressBits - mappedBits : addressBits;
  if (length === undefined || more.length > 0) return `has no length: of a single address it is /${most}`;
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > most) return `has no length from 0 to ${most}`;
  const bits = Number(length) + (isOf4 ? mappedBits : 0);
  const size = 1n << BigInt(addressBits - bits);
  const first = number - (number % size);
  const isWithin4 = isMapped(first) && bits >= mappedBits;
  const canonical = `${addressText(first)}/${isWithin4 ? bits - mappedBits : bits}`;
  if (first !== number) return `has bits behind its length: did you mean ${canonical}?`;
  return { text: canonical, isIPv4: isWithin4, first, last: first + size - 1n, bits };
}

/** Whether the address is of the range. What is IPv4 is of no range of IPv6, however wide. */
export const isIn = (address: bigint, { first, last, isIPv4: of4 }: Cidr): boolean =>
  address >= first && address <= last && isMapped(address) === of4;

/** Whether the range is all of IPv4, or all of IPv6. */
export const isWhole = ({ bits, isIPv4: of4 }: Cidr): boolean => bits === (of4 ? mappedBits : 0);
