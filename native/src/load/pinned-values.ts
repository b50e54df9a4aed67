/** What the loader itself writes into maps of the engine: the settings, who holds it, and the banks of kinds. */
import { randomBytes } from "node:crypto";
import { pc_settings } from "../abi/structs.ts";
import type { Addon, BpfObject } from "../addon.ts";
import { step } from "../errors.ts";
import { bankMaps, logBankMaps } from "../events/kind-banks.ts";
import { firstKey, indexKey, viewOf } from "../keys.ts";
import type { PinDir } from "./pins.ts";

/** Here the seed is made, which stays the same for as long as the settings stay pinned. */
export function writeSettings(addon: Addon, object: BpfObject, hostMountNamespace: number): void {
  const seed = randomBytes(16);
  const hash_seed = [seed.readBigUInt64LE(0), seed.readBigUInt64LE(8)];
  const map = addon.objectMap(object, "settings");
  const value = pc_settings.encode({ hash_seed, host_mnt_ns: hostMountNamespace });
  step("NATIVE_KERNEL_REFUSED", "writing the settings", () => addon.mapUpdate(map, firstKey, value, 0));
  addon.close(map);
}

/** Notes this process, which no actor may trace or send signals to. The id is that of the host, whose pid namespace the enforcer shares. */
export function noteHolder(addon: Addon, pins: PinDir): void {
  step("NATIVE_KERNEL_REFUSED", "noting the process that holds the engine", () => {
    const map = addon.openMap(pins.map("settings"));
    const known = pc_settings.decode(viewOf(addon.mapLookup(map, firstKey) ?? new Uint8Array(pc_settings.size)));
    addon.mapUpdate(map, firstKey, pc_settings.encode({ ...known, enforcer_pid: process.pid }), 0);
    addon.close(map);
  });
}

/** Both banks are where they are looked up, also where somebody has unpinned one of them. */
export function setBanks(addon: Addon, object: BpfObject): void {
  for (const [both, , ...each] of [bankMaps, logBankMaps]) {
    const map = addon.objectMap(object, both);
    for (const [index, name] of each.entries()) {
      const bank = addon.objectMap(object, name);
      step("NATIVE_KERNEL_REFUSED", `the map ${name}`, () => addon.mapSetHandle(map, indexKey(index), bank));
      addon.close(bank);
    }
    addon.close(map);
  }
}
