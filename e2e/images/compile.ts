/** Small C programs of the images. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepContext } from "../bootstrap/step.ts";

const programs = join(import.meta.dirname, "fixtures", "programs");

/** `libc`: dynamic on glibc, as programs of a distribution are. `none`: static, no C library, its own _start. */
export async function compile(context: StepContext, name: string, kind: "libc" | "none"): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-"));
  const out = join(folder, name);
  const flags = {
    libc: ["-O2", "-s"],
    none: ["-Os", "-s", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector"],
  };
  try {
    // A build id and the source's path would make the bytes depend on the machine.
    const same = ["-Wl,--build-id=none", `-ffile-prefix-map=${programs}=.`];
    await context.exec("gcc", [...flags[kind], ...same, "-o", out, join(programs, `${name}.c`)]);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
