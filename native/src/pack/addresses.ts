/** The part of a rule table that is about addresses: the ranges, and the edges by which they are found. */
import type { Automaton, AutomatonEntry } from "@portcullis/model";
import { pc_address_edge, pc_address_entry, pc_limit, pc_state_number } from "../abi/enums.ts";
import { pc_range } from "../abi/structs.ts";
import { PackError } from "../errors.ts";
import type { EdgeTable } from "./edge-table.ts";
import { edgeKey } from "./hash.ts";

const rangesPerElement = pc_limit.PC_BUCKET_SIZE / pc_range.size;
const wordBits = 64n;
const highestPort = 0xffff;
const mostKinds = 1 << 13;

/** How many elements the ranges take. */
export const rangeElements = ({ addresses }: Automaton): number =>
  Math.ceil((addresses?.ranges.length ?? 0) / rangesPerElement);

/** `at`: how many elements behind that of entry 0 the ranges begin. An edge that leads to 0 would be none, and is left out. */
export function addAddresses(table: EdgeTable, { addresses }: Automaton, starts: readonly number[], at: number): void {
  if (addresses === undefined) return;
  const { ranges, unknown, blocks } = addresses;
  const numbers = {
    PC_ADDRESS_RANGES: at,
    PC_ADDRESS_COUNT: ranges.length,
    PC_ADDRESS_BLOCKS: Number(blocks),
    PC_ADDRESS_UNKNOWN: starts[unknown[0]]!,
    PC_ADDRESS_UNKNOWN6: starts[unknown[1]]!,
  };
  for (const [name, number] of Object.entries(numbers)) {
    const edge = pc_address_edge[name as keyof typeof numbers];
    if (number !== 0) table.add(edgeKey(pc_state_number.PC_ADDRESS_STATE, BigInt(edge)), number, name);
  }
}

export function writeRanges(view: DataView, at: number, { addresses }: Automaton, starts: readonly number[]): void {
  for (const [index, { first, list }] of (addresses?.ranges ?? []).entries())
    pc_range.write(view, at + index * pc_range.size, {
      high: first >> wordBits,
      low: BigInt.asUintN(64, first),
      list: starts[list]!,
    });
}

/** What an entry's conditions are in its flags, and in its number. */
export function peerBits({ peers }: AutomatonEntry): { flags: number; number: number } {
  if (peers === undefined) return { flags: 0, number: 0 };
  const { kinds, directions, first, last } = peers;
  const { PC_PEER_KINDS: kindsAt, PC_PEER_EGRESS: egress, PC_PEER_INGRESS: ingress } = pc_address_entry;
  const direction = (directions.includes("egress") ? egress : 0) + (directions.includes("ingress") ? ingress : 0);
  return { flags: direction + kinds * 2 ** kindsAt, number: first + last * 2 ** 16 };
}

/** Throws IMAGE_INVALID, as checkAutomaton() does. */
export function checkAddresses({ addresses, lists }: Automaton): void {
  if (addresses === undefined) return;
  const { ranges, unknown } = addresses;
  if (ranges[0]?.first !== 0n) throw PackError.invalid("addresses.ranges", "the first", "does not begin at 0");
  for (const [index, { first, list }] of ranges.entries()) {
    if (index > 0 && first <= ranges[index - 1]!.first)
      throw PackError.invalid(`addresses.ranges[${index}]`, `${first}`, "not in order");
    checkList(lists, list, `addresses.ranges[${index}]`);
  }
  for (const list of unknown) checkList(lists, list, "addresses.unknown");
}

function checkList(lists: Automaton["lists"], list: number, field: string): void {
  if (list === 0) return;
  if (!lists[list]?.length) throw PackError.invalid(field, list, "no such list");
  for (const { peers } of lists[list])
    if (!peers || peers.kinds >= mostKinds || peers.last > highestPort)
      throw PackError.invalid(field, list, "has an entry without directions, kinds and ports that exist");
}
