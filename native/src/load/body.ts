/**
 * The body that judges for all hooks. It is one program, which takes the place of a function in each stub: of `judge_even` or of
 * `judge_odd`, as the pinned `version` says. Another build takes the other place in every stub, and then the version is raised:
 * from one instruction to the next all hooks are judged by the new body, and none by both.
 */
import { pc_version } from "../abi/enums.ts";
import type { Addon, BpfObject, BpfProgram } from "../addon.ts";
import { NativeError, step } from "../errors.ts";
import { indexKey } from "../keys.ts";
import { bodyPrefix, jumpPrefix, stubPrefix } from "./hooks.ts";
import type { PinDir, Side } from "./pins.ts";

/** The program, by its name in the object. */
export const bodyProgram = `${bodyPrefix}judge`;

/** Which hooks of an object have the body in common, and which have one of their own that is called from an array. */
export interface Bodies {
  judged: readonly string[];
  called: readonly string[];
}

export function bodiesOf(hooks: readonly string[], programs: ReadonlySet<string>): Bodies {
  const called = hooks.filter((hook) => programs.has(bodyPrefix + hook));
  return { called, judged: hooks.filter((hook) => !called.includes(hook)) };
}

/** The place in the stubs that the bodies of a version have. */
const sideOf = (version: bigint): Side => ((version & 1n) === 0n ? "even" : "odd");

/** The version in force. */
export const versionIn = (pins: PinDir): bigint => pins.readVersion() & ~pc_version.PC_VERSION_REMOVED;

/** Is the body of the version in force in every one of these stubs, and nobody removing it? */
export function isBodyWhole(pins: PinDir, hooks: readonly string[]): boolean {
  const version = pins.readVersion();
  if ((version & pc_version.PC_VERSION_REMOVED) !== 0n) return false;
  const there = new Set(pins.replacedHooks(sideOf(version)));
  return hooks.every((hook) => there.has(hook));
}

/** The programs of stubs: those that this object has loaded, and those that an earlier one left pinned. To be closed by the caller. */
export function stubPrograms(
  addon: Addon,
  pins: PinDir,
  object: BpfObject,
  loaded: readonly string[],
): Map<string, BpfProgram> {
  return step("NATIVE_KERNEL_REFUSED", "the stubs that are pinned", () => {
    const programs = new Map<string, BpfProgram>();
    for (const hook of loaded) programs.set(hook, addon.objectProgram(object, stubPrefix + hook));
    for (const hook of pins.linkedHooks()) {
      if (programs.has(hook)) continue;
      const link = addon.openLink(pins.link(hook));
      programs.set(hook, addon.linkProgram(link));
      addon.close(link);
    }
    return programs;
  });
}

/**
 * Loads the body from an object that was opened for it alone, over the maps that are pinned, and puts it into the place that `version`
 * has in each of the stubs. Nothing calls it there yet, unless the version is in force. Throws NATIVE_LOAD_REFUSED; what an earlier try
 * left in that place is taken away first.
 */
export function placeBody(
  addon: Addon,
  pins: PinDir,
  object: BpfObject,
  stubs: ReadonlyMap<string, BpfProgram>,
  version: bigint,
): void {
  const side = sideOf(version);
  const place = `judge_${side}`;
  const [first] = stubs.values();
  if (first === undefined)
    throw new NativeError("NATIVE_LOAD_REFUSED", "there is no stub for the body to take a place in");
  pins.unpinSide(side);
  const described = addon.objectDescribe(object);
  for (const { name } of described.programs) addon.objectAutoload(object, name, name === bodyProgram);
  for (const { name } of described.maps) if (!name.includes(".")) addon.objectPinMap(object, name, pins.map(name));
  step("NATIVE_LOAD_REFUSED", `the place ${place} in the stubs`, () =>
    addon.objectTarget(object, bodyProgram, first, place),
  );
  step("NATIVE_LOAD_REFUSED", "loading the body", () => addon.objectLoad(object));
  for (const [hook, stub] of stubs) {
    step("NATIVE_ATTACH_REFUSED", `the body of hook ${hook}`, () => {
      const link = addon.objectReplace(object, bodyProgram, stub, place);
      addon.pin(link, pins.replaced(side, hook));
      addon.close(link);
    });
  }
}

/** Puts the bodies that are called from arrays in place for a version, of hooks that have one of their own. */
export function setCalled(addon: Addon, object: BpfObject, hooks: readonly string[], version: bigint): void {
  for (const hook of hooks) {
    const map = addon.objectMap(object, jumpPrefix + hook);
    const program = addon.objectProgram(object, bodyPrefix + hook);
    step("NATIVE_KERNEL_REFUSED", `the body of hook ${hook}`, () =>
      addon.mapSetHandle(map, indexKey(Number(version & 1n)), program),
    );
    addon.close(program);
    addon.close(map);
  }
}

/** Takes away the bodies of the version before. Only when no program can be running there any more. */
export function removeSideBefore(pins: PinDir, version: bigint): void {
  pins.unpinSide(sideOf(version + 1n));
}
