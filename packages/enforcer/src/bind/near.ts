/**
 * Looks at files that are near. At once, because that costs a tenth of what it costs to have another thread look; whoever looks at many lets others have the
 * event loop between. What is below a network or FUSE mount is not near: its server could hang us. A container's root is taken for near: were it not, its
 * programs would hang as well.
 */

import { lstatSync, type Stats } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { isMissing } from "../files.ts";

/** The event loop is held for so long at a time. */
const sliceMs = 4;

/** Undefined: nothing is there. Throws what lstat(2) says of all other names. */
export function statsAt(path: string): Stats | undefined {
  try {
    // No error is made for a name that is not there: of a policy's names most may be so.
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** To be awaited again and again: at times it lets others have the event loop. */
export function pauses(): () => Promise<void> {
  let until = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < until) return;
    await setImmediate();
    until = performance.now() + sliceMs;
  };
}
