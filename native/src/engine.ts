/**
 * The kernel engine as the enforcer uses it: rule tables go into slots, cgroups are bound to slots, events come out. Everything it does outlives the process.
 * Closing gives descriptors back; what is pinned stays in force. Long because it is the engine's whole face: each method is a few lines on a map.
 */
import { readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { namesByNumber, pc_counter, pc_host, pc_limit } from "./abi/enums.ts";
import { pc_home, pc_settings } from "./abi/structs.ts";
import {
  type Addon,
  BPF_F_INNER_MAP,
  type BpfMap,
  buildDir as builtIn,
  type DirectoryLock,
  loadAddon,
  mapTypes,
} from "./addon.ts";
import { type DescriptorSearch, EarlierDescriptors } from "./earlier/earlier-descriptors.ts";
import { NativeError, step } from "./errors.ts";
import type { KernelCount } from "./events/kernel-event.ts";
import { bankMaps, banksOf, KindBanks, logBankMaps } from "./events/kind-banks.ts";
import { EventsReader, type Listener } from "./events/reader.ts";
import { cgroupKey, firstKey, indexKey, viewOf } from "./keys.ts";
import { availableHooks, defaultObjectPath } from "./load/hooks.ts";
import { load, neededMaps } from "./load/loader.ts";
import { PinDir, type SeparateFolder } from "./load/pins.ts";
import { SeparatePrograms } from "./load/separate-programs.ts";
import { checkTable, type RuleTable } from "./pack/rule-table.ts";
import { SyscallTraces } from "./trace/syscall-traces.ts";

const counterNames = namesByNumber(pc_counter, "PC_COUNT_");

/** The node's own slot, and the cgroup that stands for the host: the root of the hierarchy. A container never has either. */
export const hostSlot: number = pc_host.PC_HOST_SLOT;
export const hostCgroupId: bigint = BigInt(pc_host.PC_HOST_CGROUP);

interface EngineOptions {
  /** Where the addon and the BPF objects are. Default: where `node native/build.mjs` puts them. */
  buildDir?: string | undefined;
  /** The BPF object. Default: the one in `buildDir` that is for the running kernel. */
  objectPath?: string;
  /** A directory on a bpffs of the host, such as `/sys/fs/bpf/portcullis`. It is made when it is not there. */
  pinDir: string;
  /** Inode number of the host's mount namespace. */
  hostMountNamespace: number;
}

type MapName = (typeof neededMaps)[number];

/** What open() gives to the constructor. */
interface Parts {
  addon: Addon;
  pins: PinDir;
  lock: DirectoryLock;
  maps: Record<MapName, BpfMap>;
  adopted: boolean;
  hooks: readonly string[];
  traces: SyscallTraces;
  separate: Readonly<Record<SeparateFolder, SeparatePrograms>>;
  earlier: EarlierDescriptors;
}

export class Engine {
  /** True: the engine of an earlier process was taken over, with its slots and bindings; it was of the same build. */
  readonly adopted: boolean;
  /** The seed of the component hashes, made at the first load after a boot. Rule tables must be packed with it. */
  readonly seed: readonly [bigint, bigint];
  /** The LSM hooks in force. */
  readonly hooks: readonly string[];
  readonly slotCount: number;

  readonly #addon: Addon;
  readonly #pins: PinDir;
  readonly #lock: DirectoryLock;
  readonly #maps: Record<MapName, BpfMap>;
  readonly #reader: EventsReader;
  readonly #logReader: EventsReader;
  readonly #banks: KindBanks;
  readonly #logBanks: KindBanks;
  readonly #traces: SyscallTraces;
  readonly #separate: Parts["separate"];
  readonly #earlier: EarlierDescriptors;
  #used: Set<number> | undefined;
  #open = true;

  private constructor(parts: Parts) {
    this.#addon = parts.addon;
    this.#pins = parts.pins;
    this.#lock = parts.lock;
    this.#maps = parts.maps;
    this.#reader = new EventsReader(parts.addon, ["denials", "audits"]);
    this.#logReader = new EventsReader(parts.addon, ["logs"]);
    this.#banks = new KindBanks(parts.addon, banksOf(bankMaps, parts.maps));
    this.#logBanks = new KindBanks(parts.addon, banksOf(logBankMaps, parts.maps));
    this.#traces = parts.traces;
    this.#separate = parts.separate;
    this.#earlier = parts.earlier;
    this.adopted = parts.adopted;
    this.hooks = parts.hooks;
    this.slotCount = parts.addon.mapInfo(parts.maps.slots).maxEntries;
    const settings = parts.addon.mapLookup(parts.maps.settings, firstKey) ?? new Uint8Array(pc_settings.size);
    const [low = 0n, high = 0n] = pc_settings.decode(viewOf(settings)).hash_seed;
    this.seed = [low, high];
  }

  /**
   * Loads, pins and attaches the engine, or adopts what the same build has pinned, or replaces the bodies of another build
   * in place. Holds the pin directory until close(). Rejects with NativeError; a first load that fails leaves nothing behind.
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
      const objectOf = (name: string) => join(options.buildDir ?? builtIn, `portcullis-${name}.bpf.o`);
      const traces = new SyscallTraces(addon, pins, objectOf("syscalls"));
      const programsOf = (folder: SeparateFolder) => new SeparatePrograms(addon, pins, folder, objectOf(folder));
      const separate = { dns: programsOf("dns"), addresses: programsOf("addresses") };
      const others = { traces, separate, earlier: new EarlierDescriptors(addon, pins, objectOf) };
      return new Engine({ addon, pins, lock, maps: maps as Record<MapName, BpfMap>, adopted, hooks, ...others });
    } catch (error) {
      for (const map of Object.values(maps)) addon.close(map);
      addon.close(lock);
      throw error;
    }
  }

  /**
   * Unpins and detaches whatever is in `pinDir`, of whatever version. Nothing is enforced afterwards. Returns what was counted and never taken over, but for
   * what was only visible.
   */
  static uninstall(pinDir: string, buildDir?: string): KernelCount[] {
    const addon = loadAddon(buildDir);
    const pins = new PinDir(addon, pinDir);
    const lock = pins.take();
    try {
      const pinned = new Set(pins.pinnedMaps());
      const names = bankMaps.every((name) => pinned.has(name)) ? bankMaps : [];
      const maps = Object.fromEntries(names.map((name) => [name, addon.openMap(pins.map(name))]));
      pins.remove();
      const banks = banksOf(bankMaps, maps as Record<(typeof bankMaps)[number], BpfMap>);
      return names.length === 0 ? [] : new KindBanks(addon, banks).rest();
    } finally {
      addon.close(lock);
    }
  }

  /**
   * Puts a rule table into a slot. A new inner map is filled and sealed, then one pointer is swapped, so that at every moment
   * either the old table or the new one holds. Throws NATIVE_ARGUMENT_INVALID, NATIVE_KERNEL_REFUSED; then the old one stays.
   */
  setRules(slot: number, table: RuleTable): void {
    const key = this.#slotKey(slot);
    checkTable(table);
    const addon = this.#addon;
    this.#earlier.expect(slot);
    step("NATIVE_KERNEL_REFUSED", `rule table of slot ${slot}, ${table.elements} elements`, () => {
      const { PC_BUCKET_SIZE: size } = pc_limit;
      const inner = addon.mapCreate("pc_rule_table", mapTypes.array, 4, size, table.elements, BPF_F_INNER_MAP);
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

  /** Unbind the slot's cgroups first, and let its tasks end: an armed task whose slot is empty is denied everything. */
  clearSlot(slot: number): void {
    const key = this.#slotKey(slot);
    step("NATIVE_KERNEL_REFUSED", `clearing slot ${slot}`, () => {
      this.#addon.mapDelete(this.#maps.slots, key);
      this.#addon.mapUpdate(this.#maps.homes, key, pc_home.encode({}), 0); // the next container is at home elsewhere
      this.#used?.delete(slot);
    });
  }

  usedSlots(): number[] {
    this.#check();
    this.#used ??= this.#readUsedSlots();
    return [...this.#used].sort((a, b) => a - b);
  }

  /** It takes two system calls for each slot, so it is done once: whoever holds the pin directory makes all changes. */
  #readUsedSlots(): Set<number> {
    const view = viewOf(this.#addon.mapEntries(this.#maps.slots));
    return new Set(Array.from({ length: view.byteLength / 8 }, (_, i) => view.getUint32(i * 8, true)));
  }

  /** Tasks that execute in this cgroup or one below it, outside of the host's mount namespace, become actors of the slot. */
  bindCgroup(cgroupId: bigint, slot: number): void {
    const value = this.#slotKey(slot);
    const key = cgroupKey(cgroupId);
    this.#earlier.expect(slot);
    step("NATIVE_KERNEL_REFUSED", `binding cgroup ${cgroupId} to slot ${slot}`, () => {
      this.#addon.mapUpdate(this.#maps.cgroups, key, value, 0);
      this.#bumpBindings();
    });
  }

  /**
   * Says below which cgroups there are pods and nothing else, so that what runs there is never the host's. To be called before the
   * host is bound; what is not named any more counts no longer.
   */
  setPodCgroups(cgroupIds: readonly bigint[]): void {
    this.#check();
    const map = this.#maps.pods;
    const wanted = new Set(cgroupIds);
    step("NATIVE_KERNEL_REFUSED", "the cgroups of pods", () => {
      const view = viewOf(this.#addon.mapEntries(map));
      for (let at = 0; at < view.byteLength; at += 12) {
        const known = view.getBigUint64(at, true);
        if (!wanted.delete(known)) this.#addon.mapDelete(map, cgroupKey(known));
      }
      for (const id of wanted) this.#addon.mapUpdate(map, cgroupKey(id), indexKey(1), 0);
    });
  }

  /**
   * Has the kernel ask again about every task that is what it is no more since the host was bound or unbound. Returns how many there were: a child that is
   * being made meanwhile is as its parent was before, so that this is to be repeated.
   */
  regardTasks(): number {
    this.#check();
    const look = () => (this.#pins.hasTasks() ? readFileSync(this.#pins.tasks).length : 0);
    const changed = step("NATIVE_KERNEL_REFUSED", "looking at all tasks", look);
    if (changed > 0) this.#earlier.expect(hostSlot);
    return changed;
  }

  /** Tasks that are actors already stay actors. An id that is not bound is no error. */
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

  /** Has the kernel ask again about tasks that were not bound when it last did. */
  #bumpBindings(): void {
    const map = this.#maps.bind_generation;
    const value = this.#addon.mapLookup(map, firstKey) ?? new Uint8Array(8);
    const view = viewOf(value);
    view.setBigUint64(0, view.getBigUint64(0, true) + 1n, true);
    this.#addon.mapUpdate(map, firstKey, value, 0);
  }

  /**
   * Has these system calls seen, by the numbers that rule tables have for them; to be called before a table is bound that names them. Returns
   * those that cannot be, each with the reason. What is seen already goes on, until keepSyscalls() is told otherwise.
   */
  traceSyscalls(wanted: ReadonlyMap<string, number>): ReadonlyMap<string, string> {
    this.#check();
    return this.#traces.attach(wanted);
  }

  /** Has no other system calls seen any more: what no rule names costs nothing. */
  keepSyscalls(wanted: ReadonlySet<string>): void {
    this.#check();
    step("NATIVE_KERNEL_REFUSED", "detaching what sees system calls", () => this.#traces.keep(wanted));
  }

  /**
   * Has queries of DNS judged, or whom sockets speak with, by what is attached to hooks or to the root of the control groups; to be called before a table is
   * bound that is about them. Returns why they cannot be; undefined: they are.
   */
  judge(what: SeparateFolder, cgroupRoot: string): string | undefined {
    this.#check();
    return this.#separate[what].attach(cgroupRoot);
  }

  /** Has them judged no more: where no rule is about them, nobody pays for it. */
  ignore(what: SeparateFolder): void {
    this.#check();
    step("NATIVE_KERNEL_REFUSED", `detaching what judges ${what}`, () => this.#separate[what].detach());
  }

  /** Looks for what tasks have open that their rules forbid, and has every use of it judged while there is any; after a table is set that can deny files. */
  searchDescriptors(): DescriptorSearch {
    this.#check();
    return this.#earlier.search(this.usedSlots());
  }

  /** Whether something is kept of an earlier search: then it is to be repeated from time to time. */
  holdsDescriptors(): boolean {
    this.#check();
    return this.#earlier.isHolding;
  }

  /** `pc_counter` in lower case, since the first load after a boot, summed over CPUs; and `malformed_event` of this process. */
  counters(): Record<string, number> {
    this.#check();
    const counters: Record<string, number> = {};
    for (const [index, name] of counterNames) {
      const view = viewOf(this.#addon.mapLookup(this.#maps.counters, indexKey(index)) ?? new Uint8Array(0));
      let sum = 0n;
      for (let at = 0; at < view.byteLength; at += 8) sum += view.getBigUint64(at, true);
      counters[name] = Number(sum);
    }
    counters.malformed_event = this.#reader.malformed + this.#logReader.malformed;
    return counters;
  }

  /** Delivers batches as they come, of denials and of audits apart. Until somebody listens, events wait in the kernel's rings. */
  onEvents(listener: Listener): { close(): void } {
    return this.#listen(this.#reader, listener);
  }

  /** Delivers likewise what passed and is visible, whoever waits for denials or audits. */
  onLogs(listener: Listener): { close(): void } {
    return this.#listen(this.#logReader, listener);
  }

  #listen(reader: EventsReader, listener: Listener): { close(): void } {
    this.#check();
    return reader.listen(listener, (ring) =>
      step("NATIVE_KERNEL_REFUSED", `ring ${ring}`, () => this.#addon.openMap(this.#pins.map(ring))),
    );
  }

  /**
   * What the kernel has counted instead of telling, since it was taken last: of each kind of operation the first is an event. The same
   * is returned again until forgetCounts() says that it is kept elsewhere, and nothing newer before all of it is.
   */
  takeCounts(): KernelCount[] {
    this.#check();
    return this.#banks.take();
  }

  /** Removes these from the kernel: all or some of what takeCounts() has returned last. To be called also when that was nothing. */
  forgetCounts(counts: readonly KernelCount[]): void {
    this.#check();
    this.#banks.forget(counts);
  }

  /** The same of what is only visible. */
  takeLogCounts(): KernelCount[] {
    this.#check();
    return this.#logBanks.take();
  }

  forgetLogCounts(counts: readonly KernelCount[]): void {
    this.#check();
    this.#logBanks.forget(counts);
  }

  /** Gives everything back that this process holds. What is pinned stays in force. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#reader.close();
    this.#logReader.close();
    for (const map of Object.values(this.#maps)) this.#addon.close(map);
    this.#addon.close(this.#lock);
  }

  /** Uninstalls: unpins and detaches everything, and closes. */
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
