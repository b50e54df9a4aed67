/**
 * What the kernel counted instead of telling, taken over in two steps, so that no count is lost and none is taken twice: it is read
 * from the bank that has gone out of use, and removed from there when whoever took it has kept it elsewhere. A process that ends in
 * between leaves it, and the next one is given the same again.
 */
import { constants } from "node:os";
import { namesByNumber, pc_kind_level, pc_operation } from "../abi/enums.ts";
import { pc_kind, pc_kind_key } from "../abi/structs.ts";
import type { Addon, BpfMap } from "../addon.ts";
import { step } from "../errors.ts";
import { firstKey, indexKey, viewOf } from "../keys.ts";
import { categories, flagsOf, operations } from "./decode.ts";
import type { KernelCount } from "./kernel-event.ts";

/** The maps of banks: of what rules and postures report, and of what is only visible. */
export const bankMaps = ["kinds", "kinds_in_use", "kinds_a", "kinds_b"] as const;
export const logBankMaps = ["logged", "logged_in_use", "logged_a", "logged_b"] as const;

/** Two banks: the array that holds both, which of them is in use, and each of them. */
export interface Banks {
  readonly both: BpfMap;
  readonly inUse: BpfMap;
  readonly each: readonly [BpfMap, BpfMap];
}

export function banksOf<Name extends string>(
  [both, inUse, a, b]: readonly [Name, Name, Name, Name],
  maps: Readonly<Record<Name, BpfMap>>,
): Banks {
  return { both: maps[both], inUse: maps[inUse], each: [maps[a], maps[b]] };
}

const levels = namesByNumber(pc_kind_level, "PC_KIND_") as ReadonlyMap<number, KernelCount["level"] | "quota">;
const kindText = "base64url";
/** What the engine denies with: abi.h says beside `enum pc_operation` which operation is denied with which. */
const { EACCES: eacces, EPERM: eperm } = constants.errno;
const pair = pc_kind_key.size + pc_kind.size;

export class KindBanks {
  readonly #addon: Addon;
  readonly #banks: Banks;
  /** The keys of what was read last and counts no operation, in a row. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(addon: Addon, banks: Banks) {
    this.#addon = addon;
    this.#banks = banks;
  }

  /**
   * The counts that forget() was not given yet; if there are none, those of the bank in use, which goes out of use. In that
   * case it waits, some milliseconds, until no program counts there any more.
   */
  take(): KernelCount[] {
    return step("NATIVE_KERNEL_REFUSED", "taking over the kernel's counts", () => {
      const inUse = this.#inUse();
      const idle = 1 - inUse;
      if (!this.#addon.mapIsEmpty(this.#bank(idle))) return this.#read(idle);
      if (this.#addon.mapIsEmpty(this.#bank(inUse))) return [];
      this.#addon.mapUpdate(this.#banks.inUse, firstKey, indexKey(idle), 0);
      // What is there is set there again, because the kernel then waits for all programs that may have found it.
      this.#addon.mapSetHandle(this.#banks.both, indexKey(inUse), this.#bank(inUse));
      return this.#read(inUse);
    });
  }

  /** Removes from the kernel these, which take() has returned last. */
  forget(counts: readonly KernelCount[]): void {
    step("NATIVE_KERNEL_REFUSED", "removing counts that were taken over", () => {
      const keys = Buffer.concat([this.#rest, ...counts.map(({ kind }) => Buffer.from(kind, kindText))]);
      this.#addon.mapDeleteBatch(this.#bank(1 - this.#inUse()), keys);
      this.#rest = new Uint8Array(0);
    });
  }

  /** Both banks, where no program counts any more. */
  rest(): KernelCount[] {
    return [0, 1].flatMap((bank) => this.#read(bank));
  }

  #inUse(): number {
    return viewOf(this.#addon.mapLookup(this.#banks.inUse, firstKey)!).getUint32(0, true) & 1;
  }

  #bank(index: number): BpfMap {
    return this.#banks.each[index === 0 ? 0 : 1];
  }

  #read(bank: number): KernelCount[] {
    const entries = this.#addon.mapEntries(this.#bank(bank));
    const view = viewOf(entries);
    const counts: KernelCount[] = [];
    const others: Uint8Array[] = [];
    for (let at = 0; at < entries.length; at += pair) {
      const key = entries.subarray(at, at + pc_kind_key.size);
      const count = decodeCount(view, at, key);
      if (count) counts.push(count);
      else others.push(key);
    }
    this.#rest = Buffer.concat(others);
    return counts;
  }
}

/** Undefined: it counts no operations. */
function decodeCount(view: DataView, at: number, bytes: Uint8Array): KernelCount | undefined {
  const key = pc_kind_key.decode(view, at);
  const kind = pc_kind.decode(view, at + pc_kind_key.size);
  const level = levels.get(key.level);
  if (level === undefined || level === "quota" || kind.count === 0n) return undefined;
  return {
    level,
    kind: Buffer.from(bytes).toString(kindText),
    tableId: key.table_id,
    slot: key.slot,
    ruleId: key.rule_id,
    category: categories.get(key.category) ?? "file",
    operation: operations.get(key.operation) ?? "",
    verdict: key.passed ? 0 : key.operation >= pc_operation.PC_OP_MOUNT ? -eperm : -eacces,
    ...flagsOf(key.flags),
    count: Number(kind.count),
    firstNs: kind.first_ns,
    lastNs: kind.last_ns,
    sequence: kind.sequence,
  };
}
