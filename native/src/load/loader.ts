/**
 * Brings the engine into force: loads it for the first time, adopts what an earlier process pinned, or replaces the
 * bodies of another build in place. Stubs are attached once and stay, because LSM links cannot be exchanged. An upgrade
 * changes what the stubs call, so that no moment passes without a verdict.
 */
import { createHash, randomBytes } from "node:crypto";
import { pc_limit } from "../abi/enums.ts";
import { pc_settings } from "../abi/structs.ts";
import type { Addon, BpfObject } from "../addon.ts";
import { NativeError, step } from "../errors.ts";
import { bankMaps } from "../events/kind-banks.ts";
import { firstKey, indexKey, viewOf } from "../keys.ts";
import { bodyPrefix, hooksIn, jumpPrefix, openObject, stubPrefix } from "./hooks.ts";
import type { Install, PinDir } from "./pins.ts";

const { PC_ABI_VERSION: abiVersion } = pc_limit;
/** The maps that Engine works with, by the names of their pins. An object that lacks one is not of this engine. */
export const neededMaps = [
  "slots",
  "cgroups",
  "homes",
  "settings",
  "counters",
  "bind_generation",
  "denials",
  "audits",
  ...bankMaps,
] as const;

export interface LoadOptions {
  objectPath: string;
  hostMountNamespace: number;
  /** Those of the hooks that this kernel has. The others are not loaded. */
  available: (hooks: readonly string[]) => string[];
}

export interface Loaded {
  /** True: the same build was in force already, and nothing was loaded. */
  adopted: boolean;
  hooks: string[];
}

/** An opened object and what is to come of it. */
interface Build {
  object: BpfObject;
  id: string;
  maps: string[];
  /** In attach order. */
  hooks: string[];
}

/** Leaves the directory complete or, if a first load fails, empty. The caller holds the directory's lock. Throws NativeError. */
export function load(addon: Addon, pins: PinDir, options: LoadOptions): Loaded {
  const build = openBuild(addon, options.objectPath);
  try {
    const found = pins.readInstall();
    if (found !== undefined && found.phase !== "loading") {
      if (found.abiVersion !== abiVersion) throw otherAbi(pins, found);
      const adopted = found.phase === "complete" && found.buildId === build.id && isWhole(pins, build, options);
      if (adopted) {
        noteHolder(addon, pins);
        return { adopted, hooks: linked(pins, build) };
      }
    }
    const hooks = chooseHooks(addon, build, options);
    if (found === undefined || found.phase === "loading") {
      pins.clean(); // of what an unfinished first load left: nothing was bound to it
      loadFirst(addon, pins, { ...build, hooks }, options.hostMountNamespace);
    } else {
      replace(addon, pins, { ...build, hooks }, found);
    }
    noteHolder(addon, pins);
    return { adopted: false, hooks };
  } finally {
    addon.close(build.object);
  }
}

/** Parses the object, and throws if it is no engine. */
function openBuild(addon: Addon, objectPath: string): Build {
  const { object, bytes } = openObject(addon, objectPath);
  const all = addon.objectDescribe(object);
  // Names with a dot are libbpf's own (.rodata, .bss). A bpffs does not take them, and they belong to one load.
  const maps = all.maps.map(({ name }) => name).filter((name) => !name.includes("."));
  const hooks = hooksIn(addon, object);
  const programs = new Set(all.programs.map(({ name }) => name));
  const lacking: string[] = neededMaps.filter((name) => !maps.includes(name));
  for (const hook of hooks) {
    if (!maps.includes(jumpPrefix + hook)) lacking.push(`map ${jumpPrefix}${hook}`);
    if (!programs.has(bodyPrefix + hook)) lacking.push(`program ${bodyPrefix}${hook}`);
  }
  if (lacking.length > 0 || hooks.length === 0) {
    addon.close(object);
    const what = hooks.length === 0 ? `any ${stubPrefix}<hook>` : lacking.join(", ");
    throw new NativeError("NATIVE_OBJECT_INVALID", `the BPF object ${objectPath} lacks ${what}: build it again`);
  }
  return { object, id: createHash("sha256").update(bytes).digest("hex"), maps, hooks };
}

/** The hooks that this kernel has. The programs of the others will not be loaded. */
function chooseHooks(addon: Addon, build: Build, options: LoadOptions): string[] {
  const available = new Set(options.available(build.hooks));
  for (const hook of build.hooks.filter((name) => !available.has(name))) {
    for (const program of [stubPrefix + hook, bodyPrefix + hook]) addon.objectAutoload(build.object, program, false);
  }
  return build.hooks.filter((hook) => available.has(hook));
}

function linked(pins: PinDir, build: Build): string[] {
  const links = new Set(pins.linkedHooks());
  return build.hooks.filter((hook) => links.has(hook));
}

/** Are all maps pinned, and the links of all hooks that this kernel has? Somebody may have unpinned one by hand. */
function isWhole(pins: PinDir, build: Build, options: LoadOptions): boolean {
  const maps = new Set(pins.pinnedMaps());
  const links = new Set(pins.linkedHooks());
  const unlinked = build.hooks.filter((hook) => !links.has(hook));
  return (
    build.maps.every((name) => maps.has(name)) && (unlinked.length === 0 || options.available(unlinked).length === 0)
  );
}

function loadFirst(addon: Addon, pins: PinDir, build: Build, hostMountNamespace: number): void {
  const install: Install = { abiVersion, phase: "loading", buildId: build.id };
  pins.writeInstall(install);
  try {
    loadInto(addon, pins, build);
    writeSettings(addon, build, hostMountNamespace);
    setBodies(addon, build);
    attachStubs(addon, pins, build, build.hooks);
    pins.writeInstall({ ...install, phase: "complete" });
  } catch (error) {
    pins.clean();
    throw error;
  }
}

/** Puts new bodies over the pinned maps. A build that the kernel refuses changes nothing: the old one stays in force. */
function replace(addon: Addon, pins: PinDir, build: Build, found: Install): void {
  const linked = new Set(pins.linkedHooks());
  for (const hook of build.hooks) if (linked.has(hook)) addon.objectAutoload(build.object, stubPrefix + hook, false);
  loadInto(addon, pins, build);
  setBanks(addon, build);
  pins.writeInstall({ ...found, phase: "replacing" });
  setBodies(addon, build);
  attachStubs(
    addon,
    pins,
    build,
    build.hooks.filter((hook) => !linked.has(hook)),
  );
  for (const hook of linked) if (!build.hooks.includes(hook)) pins.unpinLink(hook);
  for (const name of pins.pinnedMaps()) if (!build.maps.includes(name)) pins.unpinMap(name);
  pins.writeInstall({ abiVersion, phase: "complete", buildId: build.id });
}

/** Maps that are pinned already are taken over, the others are made and pinned. */
function loadInto(addon: Addon, pins: PinDir, build: Build): void {
  for (const name of build.maps) addon.objectPinMap(build.object, name, pins.map(name));
  step("NATIVE_LOAD_REFUSED", "loading the BPF object", () => addon.objectLoad(build.object));
}

/** Here the seed is made, which stays the same for as long as the settings stay pinned. */
function writeSettings(addon: Addon, build: Build, hostMountNamespace: number): void {
  const seed = randomBytes(16);
  const hash_seed = [seed.readBigUInt64LE(0), seed.readBigUInt64LE(8)];
  const map = addon.objectMap(build.object, "settings");
  const value = pc_settings.encode({ hash_seed, host_mnt_ns: hostMountNamespace });
  step("NATIVE_KERNEL_REFUSED", "writing the settings", () => addon.mapUpdate(map, firstKey, value, 0));
  addon.close(map);
}

/** Notes this process, which no actor may trace or send signals to. The id is that of the host, whose pid namespace the enforcer shares. */
function noteHolder(addon: Addon, pins: PinDir): void {
  step("NATIVE_KERNEL_REFUSED", "noting the process that holds the engine", () => {
    const map = addon.openMap(pins.map("settings"));
    const known = pc_settings.decode(viewOf(addon.mapLookup(map, firstKey) ?? new Uint8Array(pc_settings.size)));
    addon.mapUpdate(map, firstKey, pc_settings.encode({ ...known, enforcer_pid: process.pid }), 0);
    addon.close(map);
  });
}

/** Both banks are in `kinds`, also where somebody has unpinned one of them. */
function setBanks(addon: Addon, build: Build): void {
  const kinds = addon.objectMap(build.object, "kinds");
  for (const [index, name] of ["kinds_a", "kinds_b"].entries()) {
    const bank = addon.objectMap(build.object, name);
    step("NATIVE_KERNEL_REFUSED", `the map ${name}`, () => addon.mapSetHandle(kinds, indexKey(index), bank));
    addon.close(bank);
  }
  addon.close(kinds);
}

/** A body is in place before its stub is attached. Later, each hook changes over between two calls. */
function setBodies(addon: Addon, build: Build): void {
  for (const hook of build.hooks) {
    const map = addon.objectMap(build.object, jumpPrefix + hook);
    const program = addon.objectProgram(build.object, bodyPrefix + hook);
    step("NATIVE_KERNEL_REFUSED", `the body of hook ${hook}`, () => addon.mapSetHandle(map, firstKey, program));
    addon.close(program);
    addon.close(map);
  }
}

function attachStubs(addon: Addon, pins: PinDir, build: Build, hooks: readonly string[]): void {
  for (const hook of hooks) {
    const link = step("NATIVE_ATTACH_REFUSED", `hook ${hook}`, () =>
      addon.objectAttach(build.object, stubPrefix + hook),
    );
    step("NATIVE_KERNEL_REFUSED", `pinning the link of hook ${hook}`, () => addon.pin(link, pins.link(hook)));
    addon.close(link);
  }
}

function otherAbi(pins: PinDir, found: Install): NativeError {
  const message = `what is pinned in ${pins.path} has ABI version ${found.abiVersion}, this build ${abiVersion}`;
  const remedy = "its rules stay in force; drain the node, uninstall (Engine.uninstall) and start again";
  return new NativeError("NATIVE_ABI_MISMATCH", `${message}: ${remedy}`);
}
