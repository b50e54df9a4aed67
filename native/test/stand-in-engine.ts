/**
 * What the tests of the engine's life share: an object that has the engine's shape but hangs on tracepoints (stand-in-engine.bpf.c), so
 * that the running kernel takes it, in a bpffs of the test's own.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe } from "@jest/globals";
import { pc_limit } from "../src/abi/enums.ts";
import { pc_header } from "../src/abi/structs.ts";
import { loadAddon } from "../src/addon.ts";
import { Engine } from "../src/index.ts";
import { PinDir } from "../src/load/pins.ts";
import type { RuleTable } from "../src/pack/rule-table.ts";
import { mountBpffs, objectPath, whyNoBpf } from "./kernel.ts";

const reason = whyNoBpf() ?? (process.getuid?.() === 0 ? undefined : "a bpffs can only be mounted by root");
export const describeStandIn = reason === undefined ? describe : describe.skip;
if (reason !== undefined) console.warn(`skipped: ${reason}`);

export const standIn = objectPath("stand-in-engine");

/** A rule table of this many elements, with nothing in it but its id. */
export function emptyTable(
  elements: number,
  table_id: bigint,
  abi_version: number = pc_limit.PC_ABI_VERSION,
): RuleTable {
  const data = new Uint8Array(elements * pc_limit.PC_BUCKET_SIZE);
  data.set(pc_header.encode({ abi_version, table_id }));
  return { elements, data };
}

/** Each execution on the machine is an event of the stand-in. */
export const execute = () => void execFileSync("/bin/true");

/** Opens engines in a pin directory that is empty at the beginning of every test; to be called where tests are described. */
export function useStandIn() {
  let fs: ReturnType<typeof mountBpffs>;
  const engines: Engine[] = [];
  const pinDir = () => join(fs.path, "portcullis");
  beforeAll(() => {
    fs = mountBpffs();
  });
  afterEach(() => {
    for (const engine of engines.splice(0)) engine.close();
    Engine.uninstall(pinDir());
  });
  afterAll(() => fs.unmount());
  return {
    pinDir,
    bpffs: () => fs.path,
    pins: () => new PinDir(loadAddon(), pinDir()),
    open: async (object = standIn) => {
      const engine = await Engine.open({ pinDir: pinDir(), objectPath: object, hostMountNamespace: 0xf0000000 });
      engines.push(engine);
      return engine;
    },
  };
}
