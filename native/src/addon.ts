/** The compiled addon: what it exports, typed, and where it is loaded from. Only this package uses it. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { NativeError } from "./errors.ts";

declare const kind: unique symbol;
/** An open kernel object. The addon checks which kind it is given, and closes it when it is collected, at the latest. */
type Handle<K extends string> = { readonly [kind]: K };
export type BpfObject = Handle<"object">;
export type BpfMap = Handle<"map">;
export type BpfProgram = Handle<"program">;
type BpfLink = Handle<"link">;
export type BpfRing = Handle<"ring">;
export type DirectoryLock = Handle<"lock">;
type AnyHandle = BpfObject | BpfMap | BpfProgram | BpfLink | BpfRing | DirectoryLock;

interface MapInfo {
  name: string;
  type: number;
  keySize: number;
  /** Bytes that user space sees: of a map per CPU, the values of all CPUs, each padded to 8. */
  valueSize: number;
  maxEntries: number;
  flags: number;
}

interface StructLayout {
  name: string;
  size: number;
  /** `bits` is above 0 for a bit field. */
  members: { name: string; offset: number; size: number; bits: number }[];
}

/** Every function throws AddonError (errors.ts) for the kernel's refusals, TypeError for wrong arguments. */
export interface Addon {
  libbpfVersion(): string;
  close(handle: AnyHandle): void;
  pin(handle: BpfMap | BpfProgram | BpfLink, path: string): void;
  openMap(path: string): BpfMap;
  openProgram(path: string): BpfProgram;
  openLink(path: string): BpfLink;
  lockDirectory(path: string): DirectoryLock;

  objectOpen(elf: Uint8Array, name: string): BpfObject;
  objectDescribe(object: BpfObject): {
    maps: Omit<MapInfo, "flags">[];
    programs: { name: string; section: string }[];
  };
  objectAutoload(object: BpfObject, program: string, load: boolean): void;
  objectPinMap(object: BpfObject, map: string, path: string): void;
  objectLoad(object: BpfObject): void;
  objectMap(object: BpfObject, name: string): BpfMap;
  objectProgram(object: BpfObject, name: string): BpfProgram;
  objectAttach(object: BpfObject, program: string): BpfLink;
  objectTarget(object: BpfObject, program: string, target: BpfProgram, functionName: string): void;
  objectReplace(object: BpfObject, program: string, target: BpfProgram, functionName: string): BpfLink;
  objectTrace(object: BpfObject, program: string, functionName: string): void;
  objectAttachTrace(object: BpfObject, program: string, cookie: number): BpfLink;
  objectAttachCgroup(object: BpfObject, program: string, path: string): BpfLink;
  linkProgram(link: BpfLink): BpfProgram;

  mapCreate(name: string, type: number, keySize: number, valueSize: number, maxEntries: number, flags: number): BpfMap;
  mapInfo(map: BpfMap): MapInfo;
  mapLookup(map: BpfMap, key: Uint8Array): Uint8Array | undefined;
  mapUpdate(map: BpfMap, key: Uint8Array, value: Uint8Array, flags: number): void;
  mapDelete(map: BpfMap, key: Uint8Array): boolean;
  mapFill(map: BpfMap, first: number, values: Uint8Array): void;
  mapUpdateBatch(map: BpfMap, keys: Uint8Array, values: Uint8Array): void;
  mapDeleteBatch(map: BpfMap, keys: Uint8Array): void;
  mapEntries(map: BpfMap): Uint8Array;
  mapIsEmpty(map: BpfMap): boolean;
  mapSetHandle(map: BpfMap, key: Uint8Array, handle: BpfMap | BpfProgram): void;
  mapFreeze(map: BpfMap): void;

  ringOpen(
    map: BpfMap,
    maxRecords: number,
    maxBytes: number,
    onBatch: (records: ArrayBuffer, count: number, more: boolean) => void,
  ): BpfRing;
  ringDrain(ring: BpfRing): void;

  programRun(program: BpfProgram, context: Uint8Array, repeat: number): number;
  lsmTry(hook: string): void;
  btfTypes(
    path: string,
    prefix: string,
  ): {
    structs: StructLayout[];
    /** Values of 64 bits as bigint. */
    enums: { name: string; values: Record<string, number | bigint> }[];
  };
  btfFunctions(path: string, prefix: string): string[];
}

/** Numbers of bpf(2): of `enum bpf_map_type`, those that are used from here, and a flag. */
export const mapTypes = { hash: 1, array: 2, progArray: 3, percpuArray: 6, arrayOfMaps: 12, ringbuf: 27 } as const;
export const BPF_F_INNER_MAP = 0x1000;

/** Where `node native/build.mjs` puts its products; a container image keeps the same places. */
export const buildDir = join(import.meta.dirname, "..", "build");

/** Loads the compiled addon; a second call gives the same one. Throws NATIVE_ADDON_MISSING. */
export function loadAddon(from = buildDir): Addon {
  const path = join(from, "Release", "portcullis.node");
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    const remedy = "build it with `node native/build.mjs`; at run time it needs libbpf.so.1";
    throw new NativeError("NATIVE_ADDON_MISSING", `the addon ${path} cannot be loaded (${why}): ${remedy}`, {
      cause: error,
    });
  }
}
