/**
 * The engine's life in a guest with a BPF LSM and no Kubernetes, by the enforcer's own library: loaded, adopted, replaced while a container
 * executes and forks, removed. The steps are those of native/test/guest-smoke.mjs. The guest boots once a kernel.
 */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { artifacts, cacheDirectory, repository } from "@portcullis/tools/setup";
import { bareGuest, run, type Suite } from "../cluster/index.ts";

const made = artifacts(cacheDirectory(process.env));
const timeLimitMs = 400_000;
const steps = [
  "probe",
  "load, pin and attach",
  "a rule denies",
  "the denial is reported",
  "kill -9 leaves the rule in force",
  "adopt",
  "the denial of meanwhile is delivered",
  "replace the bodies of another build",
  "rule tables are swapped in them",
  "three replacements while a container executes and forks",
  "remove",
];

let folder: string;

/** The libraries of a program that a guest may lack: all but those of the C library, which a guest has of its own. */
async function libraries(path: string): Promise<string[]> {
  const lines = (await run("ldd", [path])).split("\n");
  const paths = lines.flatMap((line) => /=> (\/\S+)/.exec(line)?.[1] ?? []);
  return paths.filter((one) => !/\/(libc|libm|libdl|libpthread|librt)\.so/.test(one));
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-life-"));
  const native = join(repository, "native");
  for (const name of ["src", "include", "package.json"]) {
    cpSync(join(native, name), join(folder, "native", name), { recursive: true });
  }
  mkdirSync(join(folder, "native", "test"));
  for (const name of ["guest-smoke.mjs", "hold-engine.ts", "automata.ts"]) {
    copyFileSync(join(native, "test", name), join(folder, "native", "test", name));
  }
  const addon = join("Release", "portcullis.node");
  mkdirSync(join(folder, "native", "build", "Release"), { recursive: true });
  for (const name of [
    addon,
    "portcullis.bpf.o",
    "portcullis-515.bpf.o",
    "portcullis-syscalls.bpf.o",
    "portcullis-dns.bpf.o",
    "portcullis-addresses.bpf.o",
    "portcullis-earlier.bpf.o",
    "portcullis-look.bpf.o",
  ]) {
    copyFileSync(join(made.nativeBuild, name), join(folder, "native", "build", name));
  }
  copyFileSync(process.execPath, join(folder, "node"));
  mkdirSync(join(folder, "lib"));
  for (const path of [process.execPath, join(made.nativeBuild, addon)]) {
    for (const library of await libraries(path)) {
      copyFileSync(realpathSync(library), join(folder, "lib", basename(library)));
    }
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each<[string, Suite]>([
  ["6.12", "trixie"],
  ["6.1", "bookworm"],
])("the engine's life on kernel %s", (_release, suite) => {
  let lines: readonly string[] = [];

  beforeAll(async () => {
    const smoke = "/w/node --disable-warning=ExperimentalWarning test/guest-smoke.mjs";
    const script = `cp -r /w/native /run/native && cd /run/native && LD_LIBRARY_PATH=/w/lib ${smoke} 2>&1`;
    ({ lines } = await bareGuest({ artifacts: made, suite, folder, script, instructionClock: false, timeLimitMs }));
  }, timeLimitMs + 10_000);

  it.each(steps)("%s", (step) => {
    const done = lines.filter((line) => line.startsWith("ok "));
    expect(done.some((line) => line.startsWith(`ok ${step}`)) ? [] : lines.slice(-20)).toEqual([]);
  });
});
