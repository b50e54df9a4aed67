/**
 * The pin directory: what keeps the engine in force when no process holds it.
 *
 *   <pinDir>/install      one record: ABI version, phase, build id (hash of the object the bodies come from)
 *   <pinDir>/maps/<map>   every map of the object, under its own name
 *   <pinDir>/links/<hook> the attached stub of each hook
 *   <pinDir>/even/<hook>  the body of an even version in the stub of each hook
 *   <pinDir>/odd/<hook>   … of an odd one
 *   <pinDir>/tasks        the iterator over all tasks, which runs when it is read
 *   <pinDir>/syscalls/<name>-<build>  a program that sees a system call (src/trace/syscall-traces.ts)
 *   <pinDir>/dns/<program>-<build>    a program that judges queries of DNS (src/load/separate-programs.ts)
 *   <pinDir>/addresses/<program>-<build>  a program that judges whom sockets speak with (the same)
 *   <pinDir>/earlier/…    maps, iterators and programs for descriptors from before a rule (src/earlier/earlier-descriptors.ts)
 *
 * The phase is written before the first change and after the last one, so that a crash in between is recognised. A first
 * load that did not finish is cleaned away, since nothing was bound to it. A replacement that did not finish is done again.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, statfsSync, statSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { pc_version } from "../abi/enums.ts";
import { Struct } from "../abi/layout.ts";
import { type Addon, type BpfMap, type DirectoryLock, mapTypes } from "../addon.ts";
import { isAddonError, NativeError, step } from "../errors.ts";
import { firstKey, viewOf } from "../keys.ts";

const bpfFsMagic = 0xcafe4a11;

const phases = { loading: 1, complete: 2, replacing: 3 } as const;
type Phase = keyof typeof phases;

/** What the directory says of itself. `buildId` is hex SHA-256. */
export interface Install {
  abiVersion: number;
  phase: Phase;
  buildId: string;
}

const record = new Struct("install", [
  ["abi_version", "u32"],
  ["phase", "u32"],
  ["build_id", "u8", 32],
]);

/** Where the programs of the objects beside the engine's are pinned. */
const separateFolders = ["dns", "addresses"] as const;
export type SeparateFolder = (typeof separateFolders)[number];

/** Of the engine's version. */
export type Side = "even" | "odd";

export class PinDir {
  readonly path: string;
  readonly tasks: string;
  readonly #addon: Addon;

  constructor(addon: Addon, path: string) {
    this.#addon = addon;
    this.path = path;
    this.tasks = join(path, "tasks");
  }

  map = (name: string): string => join(this.path, "maps", name);
  link = (hook: string): string => join(this.path, "links", hook);
  syscall = (pin: string): string => join(this.path, "syscalls", pin);
  separatePin = (folder: SeparateFolder, pin: string): string => join(this.path, folder, pin);
  earlier = (pin: string): string => join(this.path, "earlier", pin);
  replaced = (side: Side, hook: string): string => join(this.path, side, hook);

  /**
   * Makes the directory and takes it for this process until the lock is closed.
   * Throws NATIVE_BPFFS_MISSING, NATIVE_PIN_DIR_BUSY, NATIVE_KERNEL_REFUSED.
   */
  take(): DirectoryLock {
    let existing = this.path;
    while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
    if (statfsSync(existing).type !== bpfFsMagic) {
      const remedy =
        "mount the host's: `mount -t bpf bpf /sys/fs/bpf`, with bidirectional propagation into a container";
      throw new NativeError("NATIVE_BPFFS_MISSING", `pinDir ${this.path} is not on a bpffs: ${remedy}`);
    }
    for (const dir of [this.path, ...this.#folders()]) mkdirSync(dir, { recursive: true, mode: 0o700 });
    try {
      return this.#addon.lockDirectory(this.path);
    } catch (error) {
      if (!isAddonError(error) || error.code !== "EAGAIN") throw error;
      const remedy = "end it first; two enforcers on one node would undo each other";
      throw new NativeError("NATIVE_PIN_DIR_BUSY", `pinDir ${this.path} is held by another process: ${remedy}`);
    }
  }

  /** undefined: nothing was ever installed, or not even its record was written. */
  readInstall(): Install | undefined {
    if (!existsSync(join(this.path, "install"))) return undefined;
    const value = this.#withInstall((map) => this.#addon.mapLookup(map, firstKey));
    if (value === undefined || value.length !== record.size) return undefined;
    const { abi_version, phase, build_id } = record.decode(new DataView(value.buffer, value.byteOffset, value.length));
    const name = (Object.keys(phases) as Phase[]).find((key) => phases[key] === phase);
    return { abiVersion: abi_version, phase: name ?? "loading", buildId: Buffer.from(build_id).toString("hex") };
  }

  writeInstall(install: Install): void {
    const build_id = [...Buffer.from(install.buildId, "hex")];
    const value = record.encode({ abi_version: install.abiVersion, phase: phases[install.phase], build_id });
    step("NATIVE_KERNEL_REFUSED", `recording phase ${install.phase} in ${this.path}`, () => {
      if (existsSync(join(this.path, "install"))) {
        return this.#withInstall((map) => this.#addon.mapUpdate(map, firstKey, value, 0));
      }
      const map = this.#addon.mapCreate("pc_install", mapTypes.array, 4, record.size, 1, 0);
      this.#addon.mapUpdate(map, firstKey, value, 0);
      this.#addon.pin(map, join(this.path, "install"));
      this.#addon.close(map);
    });
  }

  #withInstall<T>(use: (map: BpfMap) => T): T {
    const map = this.#addon.openMap(join(this.path, "install"));
    try {
      return use(map);
    } finally {
      this.#addon.close(map);
    }
  }

  hasTasks(): boolean {
    return existsSync(this.tasks);
  }

  linkedHooks(): string[] {
    return list(join(this.path, "links"));
  }

  pinnedMaps(): string[] {
    return list(join(this.path, "maps"));
  }

  /** The hooks whose stubs have a body of that side. */
  replacedHooks(side: Side): string[] {
    return list(join(this.path, side));
  }

  syscallPins(): string[] {
    return list(join(this.path, "syscalls"));
  }

  unpinSyscall(pin: string): void {
    unlinkSync(this.syscall(pin));
  }

  separate(folder: SeparateFolder): string[] {
    return list(join(this.path, folder));
  }

  unpinSeparate(folder: SeparateFolder, pin: string): void {
    unlinkSync(this.separatePin(folder, pin));
  }

  earlierPins(): string[] {
    return list(join(this.path, "earlier"));
  }

  unpinEarlier(pin: string): void {
    unlinkSync(this.earlier(pin));
  }

  unpinSide(side: Side): void {
    for (const hook of this.replacedHooks(side)) unlinkSync(this.replaced(side, hook));
  }

  unpinLink(hook: string): void {
    unlinkSync(this.link(hook));
  }

  unpinMap(name: string): void {
    unlinkSync(this.map(name));
  }

  /**
   * Unpins everything, links first, so that nothing judges without its maps. The kernel detaches each a while later and in no order, and a stub
   * without a body refuses, so that it is told before. The directory and its lock stay.
   */
  clean(): void {
    if (existsSync(this.map("version"))) this.writeVersion(this.readVersion() | pc_version.PC_VERSION_REMOVED);
    for (const hook of this.linkedHooks()) this.unpinLink(hook);
    for (const pin of this.syscallPins()) this.unpinSyscall(pin);
    for (const folder of separateFolders) for (const pin of this.separate(folder)) this.unpinSeparate(folder, pin);
    for (const pin of this.earlierPins()) this.unpinEarlier(pin);
    for (const side of ["even", "odd"] as const) this.unpinSide(side);
    for (const name of this.pinnedMaps()) this.unpinMap(name);
    for (const name of list(this.path)) unlinkSync(join(this.path, name));
  }

  /** The map `version`, pc_version.PC_VERSION_REMOVED included. */
  readVersion(): bigint {
    return step("NATIVE_KERNEL_REFUSED", "reading the engine's version", () => {
      const map = this.#addon.openMap(this.map("version"));
      const value = this.#addon.mapLookup(map, firstKey);
      this.#addon.close(map);
      return value === undefined ? 0n : viewOf(value).getBigUint64(0, true);
    });
  }

  writeVersion(version: bigint): void {
    step("NATIVE_KERNEL_REFUSED", "writing the engine's version", () => {
      const map = this.#addon.openMap(this.map("version"));
      const value = new Uint8Array(8);
      viewOf(value).setBigUint64(0, version, true);
      this.#addon.mapUpdate(map, firstKey, value, 0);
      this.#addon.close(map);
    });
  }

  /** clean(), and the directory goes too. */
  remove(): void {
    this.clean();
    for (const path of [...this.#folders(), this.path]) if (existsSync(path)) rmdirSync(path);
  }

  #folders(): string[] {
    return ["links", "even", "odd", "syscalls", ...separateFolders, "earlier", "maps"].map((name) =>
      join(this.path, name),
    );
  }
}

/** Names in a directory that may not exist; directories themselves are left out. */
function list(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => !statSync(join(path, name)).isDirectory());
}
