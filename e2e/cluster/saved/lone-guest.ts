/**
 * A guest without a cluster that is saved like one: booted and prepared once, restored in about a second. For what needs
 * a kernel and containers and no Kubernetes (the conformance runner's node target).
 */
import { rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { RunningPrograms } from "@portcullis/tools/processes";
import { type Artifacts, filesBelow, fingerprint } from "@portcullis/tools/setup";
import { apiAddress } from "../addresses.ts";
import { copyLogs, logFolder } from "../client/logs.ts";
import { claimAddress, type LoopbackAddress } from "../control-plane/loopback-address.ts";
import { fileStamp } from "../guest/disks.ts";
import { Guest, type GuestShape } from "../guest/guest.ts";
import { guestFiles } from "../guest/guest-artifacts.ts";
import type { GuestShell } from "../types.ts";
import { RunFolder } from "./run-folder.ts";
import { keyOf, SavedClusters } from "./saved-clusters.ts";

export interface LoneGuestOptions {
  readonly artifacts: Artifacts;
  /** Names the folder of kept logs. */
  readonly name: string;
  /** Read-only disk that the saved guest has mounted at /programs (guest/disks.ts). */
  readonly programs: string;
  /** Read-only disk of this run alone, mounted at /load. */
  readonly load: string;
  /** Bash, run once before the guest is saved; /programs is there, /load is not. */
  readonly prepare: string;
  /** Ports of the host's loopback address that the guest finds under the same number at `hostAddress`. */
  readonly outward: readonly number[];
  readonly memoryMiB: number;
}

export interface LoneGuest {
  readonly guest: GuestShell;
  /** Loopback address of this run alone: what the guest is to reach listens there. */
  readonly host: string;
  /** They end with the guest. */
  readonly programs: RunningPrograms;
  /** For logs and data; removed at the end. */
  readonly directory: string;
  /** Copies every log of `directory` to e2e/build/logs/<name>, besides `texts` by their file names. Returns that folder. */
  keepLogs(texts: Readonly<Record<string, string>>): Promise<string>;
  end(): Promise<void>;
}

/** What a lone guest knows the host's loopback address by. */
export const hostAddress = apiAddress;

export async function startLoneGuest(options: LoneGuestOptions): Promise<LoneGuest> {
  const { artifacts, name, load } = options;
  const folder = await RunFolder.make(artifacts.scratch);
  const programs = new RunningPrograms();
  const address = await claimAddress();
  const end = async (guest?: Guest): Promise<void> => {
    await guest?.kill();
    await programs.close();
    await address.release();
    await folder.remove();
  };
  try {
    const saved = await new SavedClusters(artifacts.scratch).get("node", await keyFor(options), (keep) =>
      save(options, folder, address, keep),
    );
    const guest = await Guest.start({
      ...shared(options, programs, address),
      directory: folder.path,
      ram: { path: join(saved.path, "ram-1"), keep: false },
      restore: join(saved.path, "state-1"),
      load,
    });
    await guest.check("mkdir -p /load && mount -t erofs -o ro /dev/vdc /load");
    const keepLogs = (texts: Readonly<Record<string, string>>) => keep(name, folder.path, texts);
    return { guest, host: address.host, programs, directory: folder.path, keepLogs, end: () => end(guest) };
  } catch (error) {
    await end();
    throw error;
  }
}

async function save(
  options: LoneGuestOptions,
  folder: RunFolder,
  address: LoopbackAddress,
  keep: string,
): Promise<void> {
  const programs = new RunningPrograms();
  const directory = await folder.child("base");
  try {
    const ram = { path: join(keep, "ram-1"), keep: true };
    const guest = await Guest.start({ ...shared(options, programs, address), directory, ram, load: options.load });
    await guest.check("mkdir -p /programs && mount -t erofs -o ro /dev/vdb /programs");
    await guest.check(options.prepare, { timeoutMs: 180_000 });
    await guest.pause();
    await guest.save(join(keep, "state-1"));
  } finally {
    await programs.close();
  }
}

function shared(
  { artifacts, programs: disk, outward, memoryMiB }: LoneGuestOptions,
  programs: RunningPrograms,
  address: LoopbackAddress,
) {
  const shape: GuestShape = { memoryMiB, programsDisk: disk, linked: false };
  const { host } = address;
  const ways = new Map(outward.map((port) => [`${hostAddress}:${port}`, { host, port }] as const));
  return {
    artifacts,
    programs,
    shape,
    number: 1,
    host,
    forwards: new Map<number, number>(),
    outward: ways,
  };
}

/** Everything that the saved guest is made of. */
async function keyFor({ artifacts, programs, prepare, outward, memoryMiB }: LoneGuestOptions): Promise<string> {
  const stamps = await Promise.all(guestFiles(artifacts).map(fileStamp));
  const cluster = dirname(import.meta.dirname);
  const sources = filesBelow(join(cluster, "guest")).map((path) => relative(cluster, path));
  const code = fingerprint(cluster, [], sources);
  return keyOf([code, prepare, programs, String(memoryMiB), ...outward.map(String), ...stamps]);
}

async function keep(name: string, run: string, texts: Readonly<Record<string, string>>): Promise<string> {
  const kept = logFolder(name);
  await rm(kept, { recursive: true, force: true });
  await copyLogs(run, kept);
  for (const [file, text] of Object.entries(texts)) await writeFile(join(kept, file), text);
  return kept;
}
