/**
 * Brings the engine into force: loads it for the first time, adopts what an earlier process pinned, or replaces the
 * bodies of another build in place. Stubs are attached once and stay, because LSM links cannot be exchanged. An upgrade
 * changes what the stubs call (body.ts), so that no moment passes without a verdict.
 */
import { createHash } from "node:crypto";
import { pc_limit } from "../abi/enums.ts";
import type { Addon, BpfObject } from "../addon.ts";
import { NativeError, step } from "../errors.ts";
import { bankMaps, logBankMaps } from "../events/kind-banks.ts";
import {
  type Bodies,
  bodiesOf,
  bodyProgram,
  isBodyWhole,
  placeBody,
  removeSideBefore,
  setCalled,
  stubPrograms,
  versionIn,
} from "./body.ts";
import { bodyPrefix, hooksIn, jumpPrefix, openObject, stubPrefix } from "./hooks.ts";
import { noteHolder, setBanks, writeSettings } from "./pinned-values.ts";
import type { Install, PinDir } from "./pins.ts";
import { pinTasks, tasksProgram } from "./tasks.ts";

const { PC_ABI_VERSION: abiVersion } = pc_limit;
/** The maps that Engine works with, by the names of their pins. An object that lacks one is not of this engine. */
export const neededMaps = [
  "slots",
  "cgroups",
  "pods",
  "homes",
  "settings",
  "counters",
  "bind_generation",
  "version",
  "denials",
  "audits",
  "logs",
  ...bankMaps,
  ...logBankMaps,
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
  /** The same, opened once more, for the body of all hooks: it can be loaded only when there are stubs. */
  body: BpfObject | undefined;
  id: string;
  maps: string[];
  /** In attach order. */
  hooks: string[];
  bodies: Bodies;
  iterates: boolean;
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
    const chosen = chooseHooks(addon, build, options);
    if (found === undefined || found.phase === "loading") {
      pins.clean(); // of what an unfinished first load left: nothing was bound to it
      loadFirst(addon, pins, chosen, options.hostMountNamespace);
    } else {
      replace(addon, pins, chosen, found);
    }
    noteHolder(addon, pins);
    return { adopted: false, hooks: chosen.hooks };
  } finally {
    addon.close(build.object);
    if (build.body !== undefined) addon.close(build.body);
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
  const bodies = bodiesOf(hooks, programs);
  const lacking: string[] = neededMaps.filter((name) => !maps.includes(name));
  for (const hook of bodies.called) {
    if (!maps.includes(jumpPrefix + hook)) lacking.push(`map ${jumpPrefix}${hook}`);
  }
  if (bodies.judged.length > 0 && !programs.has(bodyProgram)) lacking.push(`program ${bodyProgram}`);
  if (lacking.length > 0 || hooks.length === 0) {
    addon.close(object);
    const what = hooks.length === 0 ? `any ${stubPrefix}<hook>` : lacking.join(", ");
    throw new NativeError("NATIVE_OBJECT_INVALID", `the BPF object ${objectPath} lacks ${what}: build it again`);
  }
  let body: BpfObject | undefined;
  if (programs.has(bodyProgram)) {
    addon.objectAutoload(object, bodyProgram, false);
    body = addon.objectOpen(bytes, "portcullis_body");
  }
  return {
    object,
    body,
    id: createHash("sha256").update(bytes).digest("hex"),
    maps,
    hooks,
    bodies,
    iterates: programs.has(tasksProgram),
  };
}

/** With the hooks that this kernel has. The programs of the others will not be loaded. */
function chooseHooks(addon: Addon, build: Build, options: LoadOptions): Build {
  const available = new Set(options.available(build.hooks));
  const { judged, called } = build.bodies;
  for (const hook of build.hooks.filter((name) => !available.has(name))) {
    addon.objectAutoload(build.object, stubPrefix + hook, false);
    if (called.includes(hook)) addon.objectAutoload(build.object, bodyPrefix + hook, false);
  }
  const chosen = (hooks: readonly string[]) => hooks.filter((hook) => available.has(hook));
  return { ...build, hooks: chosen(build.hooks), bodies: { judged: chosen(judged), called: chosen(called) } };
}

function linked(pins: PinDir, build: Build): string[] {
  const links = new Set(pins.linkedHooks());
  return build.hooks.filter((hook) => links.has(hook));
}

/** Are all maps pinned, the links of all hooks that this kernel has, and their bodies? Somebody may have unpinned one by hand. */
function isWhole(pins: PinDir, build: Build, options: LoadOptions): boolean {
  const maps = new Set(pins.pinnedMaps());
  const links = new Set(pins.linkedHooks());
  const unlinked = build.hooks.filter((hook) => !links.has(hook));
  return (
    build.maps.every((name) => maps.has(name)) &&
    (!build.iterates || pins.hasTasks()) &&
    (unlinked.length === 0 || options.available(unlinked).length === 0) &&
    isBodyWhole(
      pins,
      build.bodies.judged.filter((hook) => links.has(hook)),
    )
  );
}

function loadFirst(addon: Addon, pins: PinDir, build: Build, hostMountNamespace: number): void {
  const install: Install = { abiVersion, phase: "loading", buildId: build.id };
  pins.writeInstall(install);
  try {
    loadInto(addon, pins, build);
    writeSettings(addon, build.object, hostMountNamespace);
    pinTasks(addon, pins, build);
    setBodies(addon, pins, build, build.hooks, 0n);
    attachStubs(addon, pins, build, build.hooks);
    pins.writeInstall({ ...install, phase: "complete" });
  } catch (error) {
    pins.clean();
    throw error;
  }
}

/**
 * Puts new bodies over the pinned maps, into the place that is free, and then has all stubs call them. A build that the kernel refuses
 * changes nothing: the old one stays in force.
 */
function replace(addon: Addon, pins: PinDir, build: Build, found: Install): void {
  const linked = new Set(pins.linkedHooks());
  const added = build.hooks.filter((hook) => !linked.has(hook));
  for (const hook of build.hooks) if (linked.has(hook)) addon.objectAutoload(build.object, stubPrefix + hook, false);
  loadInto(addon, pins, build);
  pinTasks(addon, pins, build);
  const version = versionIn(pins) + 1n;
  setBodies(addon, pins, build, added, version);
  pins.writeInstall({ ...found, phase: "replacing" });
  pins.writeVersion(version); // from here on every stub calls the new bodies
  attachStubs(addon, pins, build, added);
  setBanks(addon, build.object); // the kernel waits meanwhile until no program runs in the bodies of the version before
  removeSideBefore(pins, version);
  for (const hook of linked) if (!build.hooks.includes(hook)) pins.unpinLink(hook);
  for (const name of pins.pinnedMaps()) if (!build.maps.includes(name)) pins.unpinMap(name);
  pins.writeInstall({ abiVersion, phase: "complete", buildId: build.id });
}

/** Maps that are pinned already are taken over, the others are made and pinned. */
function loadInto(addon: Addon, pins: PinDir, build: Build): void {
  for (const name of build.maps) addon.objectPinMap(build.object, name, pins.map(name));
  step("NATIVE_LOAD_REFUSED", "loading the BPF object", () => addon.objectLoad(build.object));
}

/** Bodies are in place before they are called. The body of all hooks is also in stubs that this build has not: to them it says nothing. */
function setBodies(addon: Addon, pins: PinDir, build: Build, loaded: readonly string[], version: bigint): void {
  setCalled(addon, build.object, build.bodies.called, version);
  if (build.body === undefined) return;
  const stubs = stubPrograms(addon, pins, build.object, loaded);
  for (const hook of build.bodies.called) {
    const stub = stubs.get(hook);
    if (stub !== undefined) addon.close(stub);
    stubs.delete(hook);
  }
  try {
    placeBody(addon, pins, build.body, stubs, version);
  } finally {
    for (const stub of stubs.values()) addon.close(stub);
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
