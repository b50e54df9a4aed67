/**
 * The kernel engine as the enforcer uses it: rule sets go into slots, cgroups are bound to slots, events come out.
 * Everything it does outlives the process: closing lets go of descriptors, what is pinned stays in force.
 */
import { release } from "node:os";
import { namesByNumber, pc_counter, pc_limit } from "./abi/enums.ts";
import { pc_settings } from "./abi/structs.ts";
import { type Addon, BPF_F_INNER_MAP, type BpfMap, type DirectoryLock, loadAddon, mapTypes } from "./addon.ts";
import { NativeError, step } from "./errors.ts";
import { EventsReader, type Listener } from "./events/reader.ts";
import { cgroupKey, firstKey, indexKey, viewOf } from "./keys.ts";
import { defaultObjectPath } from "./load/hooks.ts";
import { load, neededMaps } from "./load/loader.ts";
import { PinDir } from "./load/pins.ts";
import { checkTable, type RuleTable } from "./pack/rule-table.ts";

const btfPath = "/sys/kernel/btf/vmlinux";
const counterNames = namesByNumber(pc_counter, "PC_COUNT_");

interface EngineOptions {
  /** Where the addon and the BPF objects are; default: where `node native/build.mjs` puts them. */
  buildDir?: string | undefined;
  /** The BPF object; default: the one `node native/build.mjs` makes. */
  objectPath?: string;
  /** A directory on a bpffs of the host, e.g. `/sys/fs/bpf/portcullis`; made when absent. */
  pinDir: string;
  /** Inode number of the host's mount namespace. */
  hostMountNamespace: number;
}

type MapName = (typeof neededMaps)[number];

/** What open() hands to the constructor. */
interface Parts {
  addon: Addon;
  pins: PinDir;
  lock: DirectoryLock;
  maps: Record<MapName, BpfMap>;
  adopted: boolean;
  hooks: readonly string[];
}

export class Engine {
  /** An earlier process's engine of the same build was taken over; its slots and bindings are in force. */
  readonly adopted: boolean;
  /** Of the component hashes, made at the first load on this boot; rule tables must be packed with it. */
  readonly seed: readonly [bigint, bigint];
  /** LSM hooks in force. */
  readonly hooks: readonly string[];
  readonly slotCount: number;

  readonly #addon: Addon;
  readonly #pins: PinDir;
  readonly #lock: DirectoryLock;
  readonly #maps: Record<MapName, BpfMap>;
  readonly #reader: EventsReader;
  #used: Set<number> | undefined;
  #open = true;

  private constructor(parts: Parts) {
    this.#addon = parts.addon;
    this.#pins = parts.pins;
    this.#lock = parts.lock;
    this.#maps = parts.maps;
    this.#reader = new EventsReader(parts.addon);
    this.adopted = parts.adopted;
    this.hooks = parts.hooks;
    this.slotCount = parts.addon.mapInfo(parts.maps.slots).maxEntries;
    const settings = parts.addon.mapLookup(parts.maps.settings, firstKey) ?? new Uint8Array(pc_settings.size);
    const [low = 0n, high = 0n] = pc_settings.decode(viewOf(settings)).hash_seed;
    this.seed = [low, high];
  }

  /**
   * Loads, pins and attaches the engine; adopts what the same build has pinned; or replaces the bodies of an older build
   * in place. Holds the pin directory until close(). Rejects with NativeError; a failed first load leaves nothing behind.
   */
  static async open(options: EngineOptions): Promise<Engine> {
    const addon = loadAddon(options.buildDir);
    const pins = new PinDir(addon, options.pinDir);
    const lock = pins.take();
    const maps: Partial<Record<MapName, BpfMap>> = {};
    try {
      const { adopted, hooks } = load(addon, pins, {
        objectPath: options.objectPath ?? defaultObjectPath(release(), options.buildDir),
        hostMountNamespace: options.hostMountNamespace,
        available: (all) => availableHooks(addon, all),
      });
      for (const name of neededMaps) {
        maps[name] = step("NATIVE_KERNEL_REFUSED", `map ${name}`, () => addon.openMap(pins.map(name)));
      }
      return new Engine({ addon, pins, lock, maps: maps as Record<MapName, BpfMap>, adopted, hooks });
    } catch (error) {
      for (const map of Object.values(maps)) addon.close(map);
      addon.close(lock);
      throw error;
    }
  }

  /** Unpins and detaches whatever is in `pinDir`, of any version: nothing is enforced afterwards. */
  static uninstall(pinDir: string, buildDir?: string): void {
    const addon = loadAddon(buildDir);
    const pins = new PinDir(addon, pinDir);
    const lock = pins.take();
    try {
      pins.remove();
    } finally {
      addon.close(lock);
    }
  }

  /**
   * Binds a rule table to a slot: a new inner map is filled and sealed, then one pointer is swapped; at every moment the old
   * set or the new one holds. Throws NATIVE_ARGUMENT_INVALID, NATIVE_KERNEL_REFUSED; then the old set stays.
   */
  setRules(slot: number, table: RuleTable): void {
    const key = this.#slotKey(slot);
    checkTable(table);
    const addon = this.#addon;
    step("NATIVE_KERNEL_REFUSED", `rule table of slot ${slot}, ${table.elements} elements`, () => {
      const inner = addon.mapCreate(
        "pc_rule_table",
        mapTypes.array,
        4,
        pc_limit.PC_BUCKET_SIZE,
        table.elements,
        BPF_F_INNER_MAP,
      );
      try {
        addon.mapFill(inner, 0, table.data);
        addon.mapFreeze(inner);
        addon.mapSetHandle(this.#maps.slots, key, inner);
        this.#used?.add(slot);
      } finally {
        addon.close(inner); // the slot holds it from here
      }
    });
  }

  /** An armed task of an empty slot is denied: unbind its cgroups, and let its tasks end, first. */
  clearSlot(slot: number): void {
    const key = this.#slotKey(slot);
    step("NATIVE_KERNEL_REFUSED", `clearing slot ${slot}`, () => this.#addon.mapDelete(this.#maps.slots, key));
    this.#used?.delete(slot);
  }

  usedSlots(): number[] {
    this.#check();
    this.#used ??= this.#readUsedSlots();
    return [...this.#used].sort((a, b) => a - b);
  }

  /** Two system calls for every slot there is: asked once, since whoever holds the pin directory's lock makes all changes. */
  #readUsedSlots(): Set<number> {
    const entries = this.#addon.mapEntries(this.#maps.slots);
    const view = viewOf(entries);
    return new Set(Array.from({ length: entries.length / 8 }, (_, i) => view.getUint32(i * 8, true)));
  }

  /** Tasks that execute in this cgroup, or one below it, outside of the host's mount namespace, become subjects of the slot. */
  bindCgroup(cgroupId: bigint, slot: number): void {
    const value = this.#slotKey(slot);
    const key = cgroupKey(cgroupId);
    step("NATIVE_KERNEL_REFUSED", `binding cgroup ${cgroupId} to slot ${slot}`, () => {
      this.#addon.mapUpdate(this.#maps.cgroups, key, value, 0);
      this.#bumpBindings();
    });
  }

  /** Tasks that are subjects already stay so; unknown ids are let pass. */
  unbindCgroup(cgroupId: bigint): void {
    this.#check();
    const key = cgroupKey(cgroupId);
    step("NATIVE_KERNEL_REFUSED", `unbinding cgroup ${cgroupId}`, () => {
      if (this.#addon.mapDelete(this.#maps.cgroups, key)) this.#bumpBindings();
    });
  }

  boundCgroups(): Map<bigint, number> {
    this.#check();
    const entries = this.#addon.mapEntries(this.#maps.cgroups);
    const view = viewOf(entries);
    const bound = new Map<bigint, number>();
    for (let at = 0; at < entries.length; at += 12)
      bound.set(view.getBigUint64(at, true), view.getUint32(at + 8, true));
    return bound;
  }

  /** Tells tasks that were not bound when they asked to ask again. */
  #bumpBindings(): void {
    const map = this.#maps.bind_generation;
    const value = this.#addon.mapLookup(map, firstKey) ?? new Uint8Array(8);
    const view = viewOf(value);
    view.setBigUint64(0, view.getBigUint64(0, true) + 1n, true);
    this.#addon.mapUpdate(map, firstKey, value, 0);
  }

  /** Since the first load on this boot, summed over CPUs: `pc_counter` in lower case, and `malformed_event` of this process. */
  counters(): Record<string, number> {
    this.#check();
    const counters: Record<string, number> = {};
    for (const [index, name] of counterNames) {
      const perCpu = this.#addon.mapLookup(this.#maps.counters, indexKey(index)) ?? new Uint8Array(0);
      const view = viewOf(perCpu);
      let sum = 0n;
      for (let at = 0; at < perCpu.length; at += 8) sum += view.getBigUint64(at, true);
      counters[name] = Number(sum);
    }
    counters.malformed_event = this.#reader.malformed;
    return counters;
  }

  /** Batches as they come, denials and audits apart. Until somebody listens events wait in the kernel's rings. */
  onEvents(listener: Listener): { close(): void } {
    this.#check();
    return this.#reader.listen(listener, (ring) =>
      step("NATIVE_KERNEL_REFUSED", `ring ${ring}`, () => this.#addon.openMap(this.#pins.map(ring))),
    );
  }

  /** Lets go; everything pinned stays in force. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#reader.close();
    for (const map of Object.values(this.#maps)) this.#addon.close(map);
    this.#addon.close(this.#lock);
  }

  /** Uninstall: unpins and detaches everything, and closes. */
  remove(): void {
    this.#check();
    this.#pins.remove();
    this.close();
  }

  #check(): void {
    if (!this.#open) throw new NativeError("NATIVE_ENGINE_CLOSED", "the engine is closed: open it again");
  }

  #slotKey(slot: number): Uint8Array {
    this.#check();
    if (!Number.isInteger(slot) || slot < 0 || slot >= this.slotCount) {
      const message = `slot ${slot} is not an integer of 0 to ${this.slotCount - 1}: take a free one of usedSlots()`;
      throw new NativeError("NATIVE_ARGUMENT_INVALID", message);
    }
    return indexKey(slot);
  }
}

function availableHooks(addon: Addon, hooks: readonly string[]): string[] {
  const known = new Set(step("NATIVE_LOAD_REFUSED", "the kernel's BTF", () => addon.btfFunctions(btfPath, "bpf_lsm_")));
  return hooks.filter((hook) => known.has(hook));
}
