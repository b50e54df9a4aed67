/**
 * A guest without a cluster: boots a kernel with a BPF LSM, runs one script on a disk made of a folder, and ends. For the
 * engine's own tests and for the bench, which counts with QEMU's instruction clock.
 */
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Commands } from "@portcullis/tools/processes";
import type { Artifacts } from "@portcullis/tools/setup";
import { ClusterError } from "../errors.ts";
import { run } from "../host-command.ts";
import { guestKernel, qemuPath, rootPath, type Suite } from "./guest-artifacts.ts";
import { cpio, file } from "./machine/cpio.ts";

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
  const kernel = guestKernel(artifacts, options.suite);
  for (const path of [qemuPath(artifacts), rootPath(artifacts), kernel.vmlinux]) {
    await access(path).catch(() => {
      throw new ClusterError("E2E_ARTIFACT_MISSING", `${path} is not there: run \`npm run setup\``);
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
  const ended = new AbortController();
  const lines: string[] = [];
  let status: number | undefined;
  const onLine = (text: string): void => {
    const line = text.trimEnd();
    lines.push(line);
    options.onLine?.(line);
    const end = /^GUEST end status=(\d+)/.exec(line);
    if (!end) return;
    status = Number(end[1]);
    ended.abort();
  };
  const settings = { onLine, timeoutMs: options.timeLimitMs, leashed: true };
  const why = await new Commands(ended.signal)
    .text(qemuPath(options.artifacts), args, settings)
    .then(() => "QEMU ended", String);
  if (status !== undefined) return { status, lines };
  const shown = lines.slice(-20).join("\n");
  throw new ClusterError(
    "E2E_GUEST_ENDED",
    `the guest ended before its script did (${why}); its last lines:\n${shown}`,
  );
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
    ...disk("root", rootPath(options.artifacts)),
    ...disk("disk", join(work, "disk")),
  ];
}
