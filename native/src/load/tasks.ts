/** The iterator over all tasks, by which the kernel asks about each of them again. It is pinned, and runs when it is read. */
import { unlinkSync } from "node:fs";
import type { Addon, BpfObject } from "../addon.ts";
import { step } from "../errors.ts";
import type { PinDir } from "./pins.ts";

/** The program, by its name in the object. */
export const tasksProgram = "regard_tasks";

/** Pins that of a loaded object in the place of an earlier one's. An object without one leaves none. */
export function pinTasks(
  addon: Addon,
  pins: PinDir,
  build: { readonly object: BpfObject; readonly iterates: boolean },
) {
  if (pins.hasTasks()) unlinkSync(pins.tasks);
  if (!build.iterates) return;
  const link = step("NATIVE_ATTACH_REFUSED", "the iterator over tasks", () =>
    addon.objectAttach(build.object, tasksProgram),
  );
  step("NATIVE_KERNEL_REFUSED", "pinning the iterator over tasks", () => addon.pin(link, pins.tasks));
  addon.close(link);
}
