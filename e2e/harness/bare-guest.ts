// A guest without a cluster: boots a kernel with a BPF LSM, runs one script on a disk made of a folder, and ends. For the
// engine's own tests and for the bench, which counts with QEMU's instruction clock.
import { spawn } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Artifacts, Suite } from "../bootstrap/artifacts.ts";
import { cpio, file } from "../bootstrap/cpio.ts";
import { HarnessError } from "./errors.ts";
import { run } from "./processes.ts";

export interface BareGuestOptions {
  readonly artifacts: Artifacts;
  /** Whose kernel; default: the first of `suites`. */
  readonly suite?: Suite;
  /** Folder that becomes the guest's second disk, read-only at /w. */
  readonly folder: string;
  /** Bash, run as root by process 1 once /w is mounted. */
  readonly script: string;
  /**
   * Time in the guest is the number of instructions it has executed: the same on a busy machine as on an idle one, and
   * sleeping takes no time at all.
   */
  readonly instructionClock: boolean;
  readonly timeLimitMs: number;
  /** Every line of the console, as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface BareGuestResult {
  /** Of the script. */
  readonly status: number;
  readonly lines: readonly string[];
}

/** Resolves when the script has ended. Rejects with E2E_GUEST_ENDED if the guest ends or the time is up before that. */
export async function bareGuest(options: BareGuestOptions): Promise<BareGuestResult> {
  const { artifacts } = options;
  const kernel = artifacts.kernel(options.suite);
  for (const path of [artifacts.qemu, artifacts.root, kernel.vmlinux]) {
    await access(path).catch(() => {
      throw new HarnessError("E2E_ARTIFACT_MISSING", `${path} is not there: run \`npm run setup\``);
    });
  }
  await mkdir(artifacts.scratch, { recursive: true });
  const work = await mkdtemp(join(artifacts.scratch, "bare-guest-"));
  try {
    const start = `mount -t erofs -o ro /dev/vdb /w || exit 99\n${options.script}\n`;
    await writeFile(join(work, "initrd"), Buffer.concat([await readFile(kernel.initrd), cpio([file("start", start)])]));
    await run("mkfs.erofs", ["--quiet", join(work, "disk"), options.folder]);
    return await watch(options, qemuArguments(options, kernel.vmlinux, work));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs QEMU until the guest says that its script has ended. */
async function watch(options: BareGuestOptions, args: readonly string[]): Promise<BareGuestResult> {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", options.artifacts.qemu, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, options.timeLimitMs);
  const exited = new Promise<void>((done) => {
    child.once("error", (error) => {
      errors.push(error.message);
      done();
    });
    child.once("close", () => done());
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  try {
    for await (const text of createInterface({ input: child.stdout })) {
      const line = text.trimEnd();
      lines.push(line);
      options.onLine?.(line);
      const end = /^GUEST end status=(\d+)/.exec(line);
      if (end) return { status: Number(end[1]), lines };
    }
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
    await exited;
  }
  const how = late ? `was not done after ${options.timeLimitMs / 1000} s` : "ended before its script did";
  const shown = [...errors, ...lines.slice(-20)].join("\n");
  throw new HarnessError("E2E_GUEST_ENDED", `the guest ${how}; its last lines:\n${shown}`);
}

function qemuArguments(options: BareGuestOptions, vmlinux: string, work: string): string[] {
  const disk = (id: string, path: string) => [
    "-drive",
    `if=none,id=${id},file=${path},format=raw,readonly=on`,
    "-device",
    `virtio-blk-pci,drive=${id}`,
  ];
  // -cpu max: what the project's figures were first taken with. qemu64 lacks instructions that the kernel then replaces.
  const clock = options.instructionClock
    ? ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-cpu", "max"]
    : ["-accel", "tcg,thread=single", "-cpu", "qemu64"];
  return [
    ...["-nodefaults", "-no-user-config", "-M", "q35", ...clock, "-smp", "1", "-m", "2048"],
    ...["-display", "none", "-no-reboot", "-serial", "stdio", "-kernel", vmlinux, "-initrd", join(work, "initrd")],
    ...["-append", "console=ttyS0 quiet panic=-1 lsm=landlock,lockdown,yama,apparmor,bpf portcullis.root=vda:erofs"],
    ...disk("root", options.artifacts.root),
    ...disk("disk", join(work, "disk")),
  ];
}
