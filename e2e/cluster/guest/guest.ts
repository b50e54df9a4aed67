/**
 * One node's machine: a QEMU guest that boots once and may be saved and restored. Its RAM is a file: shared while the guest
 * is to be saved (the file then is the saved RAM), private (copy on write) while it only runs, so that any number of guests
 * may run from one saved state.
 */
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunningProgram, RunningPrograms } from "@portcullis/tools/processes";
import type { Artifacts } from "@portcullis/tools/setup";
import { guestAddress } from "../addresses.ts";
import { ClusterError } from "../errors.ts";
import type { GuestResult, GuestShell } from "../types.ts";
import { until } from "../wait.ts";
import { guestKernel, qemuPath, rootPath } from "./guest-artifacts.ts";
import { cpio, file } from "./machine/cpio.ts";
import { connectUnix, Qmp } from "./qmp.ts";
import { Shell } from "./shell.ts";

/** What has to be the same when a guest is saved and when it is restored. */
export interface GuestShape {
  readonly memoryMiB: number;
  /** Read-only disk with the node's programs; mounted in the saved guest. */
  readonly programsDisk: string;
  /** Whether the guest has a second network card, wired to the other guest. */
  readonly linked: boolean;
}

/** A server of this machine. */
export interface Way {
  readonly host: string;
  readonly port: number;
}

export interface GuestOptions {
  readonly artifacts: Artifacts;
  readonly programs: RunningPrograms;
  readonly shape: GuestShape;
  /** 1-based; the guest's address is 10.0.<number>.15. */
  readonly number: number;
  /** Folder for the console, the sockets and the initrd. */
  readonly directory: string;
  readonly ram: { readonly path: string; readonly keep: boolean };
  /** State file of a saved guest; absent: boot. */
  readonly restore?: string;
  /** Read-only disk for what changes between saves (disks.ts). Not mounted while the guest is saved. */
  readonly load: string;
  /** Loopback address of the host's side of everything, and the ports that are let in: host port → guest port. */
  readonly host: string;
  readonly forwards: ReadonlyMap<number, number>;
  /** The only ways out: `address:port` as the guest sees it → where that leads on this machine. */
  readonly outward: ReadonlyMap<string, Way>;
}

export class Guest implements GuestShell {
  readonly node: string;
  readonly #options: GuestOptions;
  readonly #qemu: RunningProgram;
  readonly #console: string;
  #qmp!: Qmp;
  #shell!: Shell;

  private constructor(options: GuestOptions) {
    this.#options = options;
    this.node = `node-${options.number}`;
    this.#console = join(options.directory, `${this.node}.console`);
    this.#qemu = options.programs.start({
      name: `guest ${this.node}`,
      command: qemuPath(options.artifacts),
      args: this.#arguments(),
      log: join(options.directory, `${this.node}.qemu.log`),
    });
  }

  get alive(): boolean {
    return this.#qemu.ended === null;
  }

  /** Boots or restores a guest; resolves when its shell answers. */
  static async start(options: GuestOptions): Promise<Guest> {
    for (const path of [qemuPath(options.artifacts), rootPath(options.artifacts), options.shape.programsDisk]) {
      await access(path).catch(() => {
        throw new ClusterError("E2E_ARTIFACT_MISSING", `${path} is not there: run \`npm run setup\``);
      });
    }
    if (!options.restore) await writeInitrd(options);
    const guest = new Guest(options);
    await guest.#open();
    return guest;
  }

  async #open(): Promise<void> {
    const { restore } = this.#options;
    const failed = () => (this.alive ? null : `${this.#qemu.name} ended with ${this.#qemu.ended}`);
    try {
      this.#qmp = await Qmp.open(this.#socket("qmp"), failed);
      if (restore) {
        await this.#ignoreShared();
        await this.#qmp.execute("migrate-incoming", { uri: `file:${restore}` });
        await this.#qmp.migrated();
        await this.#qmp.execute("cont");
      }
      this.#shell = new Shell(await connectUnix(this.#socket("shell"), failed), `guest ${this.node}`);
      const clock = () =>
        this.#shell.run(`date -s @${(Date.now() / 1000).toFixed(3)} >/dev/null`, restore ? 15_000 : 3000);
      await until(`a shell in guest ${this.node}`, clock, { timeoutMs: 90_000, failed });
    } catch (error) {
      const how = this.alive ? "" : `; ${await this.#qemu.obituary()}`;
      await this.kill();
      throw new ClusterError("E2E_GUEST_ENDED", `guest ${this.node} did not come up${how}; console: ${this.#console}`, {
        cause: error,
      });
    }
  }

  async run(script: string, options: { timeoutMs?: number } = {}): Promise<GuestResult> {
    if (!this.alive) throw await this.#death();
    try {
      return await this.#shell.run(script, options.timeoutMs);
    } catch (error) {
      if (!this.alive) throw await this.#death();
      if (await this.#qemu.isStopped()) {
        const message = `guest ${this.node} stands still: something sent its QEMU a stop signal (SIGSTOP)`;
        throw new ClusterError("E2E_GUEST_ENDED", message, { cause: error });
      }
      throw error;
    }
  }

  async check(script: string, options: { timeoutMs?: number } = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(script, options);
    if (exitCode === 0) return stdout;
    const shown = `${script.trim().slice(0, 300)}: status ${exitCode}: ${(stderr + stdout).trim().slice(-3000)}`;
    throw new ClusterError("E2E_COMMAND_FAILED", `in guest ${this.node}: ${shown}`);
  }

  async write(path: string, content: string | Uint8Array): Promise<void> {
    const text = Buffer.from(content as string).toString("base64");
    await this.check(`base64 -d > '${path}' <<'X'\n${text}\nX\n`);
  }

  async #death(): Promise<ClusterError> {
    return new ClusterError("E2E_GUEST_ENDED", `${await this.#qemu.obituary()}; console: ${this.#console}`);
  }

  /** Stops the guest's processors. Before a save all guests are paused, so that none sees another vanish. */
  async pause(): Promise<void> {
    await this.#qmp.execute("stop");
  }

  /** Writes the paused guest's devices to `state`; the RAM file holds the rest. The guest ends. */
  async save(state: string): Promise<void> {
    await this.#ignoreShared();
    await this.#qmp.execute("migrate", { uri: `file:${state}` });
    await this.#qmp.migrated();
    await this.#qmp.execute("quit").catch(() => {});
    await this.#qemu.exited;
  }

  /** Lets one more port in: `hostPort` of the cluster's address leads to `guestPort`. Until the guest ends. */
  async forward(hostPort: number, guestPort: number): Promise<void> {
    const { host, number } = this.#options;
    const line = `hostfwd_add net tcp:${host}:${hostPort}-${guestAddress(number)}:${guestPort}`;
    const said = await this.#qmp.execute("human-monitor-command", { "command-line": line });
    if (said !== "") throw new ClusterError("E2E_QMP", `${line}: ${String(said).trim()}`);
  }

  async kill(): Promise<void> {
    this.#shell?.close();
    this.#qmp?.close();
    await this.#qemu.stop("SIGKILL");
  }

  /** RAM is in a file of its own; the state file holds only the devices. */
  async #ignoreShared(): Promise<void> {
    const capabilities = [{ capability: "x-ignore-shared", state: true }];
    await this.#qmp.execute("migrate-set-capabilities", { capabilities });
  }

  #socket(name: string): string {
    return join(this.#options.directory, `${this.node}.${name}`);
  }

  #arguments(): string[] {
    const { artifacts, shape, number, directory, ram, restore, load, host, forwards, outward } = this.#options;
    const { vmlinux } = guestKernel(artifacts);
    const disk = (id: string, path: string) => [
      ...["-drive", `if=none,id=${id},file=${path},format=raw,readonly=on`],
      ...["-device", `virtio-blk-pci,drive=${id}`],
    ];
    // restrict=on: nothing gets out but what guestfwd names, by a relay for each connection, and nothing in but hostfwd.
    const network = ["user", "id=net", "restrict=on", "net=10.0.0.0/16", "host=10.0.0.2", "dns=10.0.0.4", "ipv6=off"];
    for (const [from, to] of outward) network.push(`guestfwd=tcp:${from}-cmd:busybox nc ${to.host} ${to.port}`);
    for (const [from, to] of forwards) network.push(`hostfwd=tcp:${host}:${from}-${guestAddress(number)}:${to}`);
    const peer = number === 1 ? "server=on" : "server=off,reconnect-ms=500";
    const link = [
      ...["-netdev", `stream,id=link,${peer},addr.type=unix,addr.path=${join(directory, "link")}`],
      ...["-device", `virtio-net-pci,netdev=link,mac=52:54:00:00:01:0${number}`],
    ];
    const append = [
      ...["console=ttyS0", "quiet", "panic=-1", "lsm=landlock,lockdown,yama,apparmor,bpf"],
      ...["portcullis.root=vda:erofs", "portcullis.modules=virtio_net,veth"],
    ];
    return [
      ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
      ...["-M", "q35,memory-backend=ram", "-accel", "tcg", "-cpu", "qemu64", "-m", String(shape.memoryMiB)],
      // A node alone has two processors: many pods then take a quarter less time. Two such nodes would be too much for a host with two.
      ...["-smp", shape.linked ? "1" : "2"],
      "-object",
      `memory-backend-file,id=ram,mem-path=${ram.path},size=${shape.memoryMiB}M,share=${ram.keep ? "on" : "off"}`,
      ...["-kernel", vmlinux, "-append", append.join(" ")],
      ...(restore ? [] : ["-initrd", join(directory, `${this.node}.initrd`)]),
      ...disk("root", rootPath(artifacts)),
      ...disk("programs", shape.programsDisk),
      ...disk("load", load),
      ...["-netdev", network.join(",")],
      ...["-device", `virtio-net-pci,netdev=net,mac=52:54:00:00:00:0${number}`],
      ...(shape.linked ? link : []),
      ...["-serial", `file:${this.#console}`],
      ...["-serial", `unix:${this.#socket("shell")},server=on,wait=off`],
      ...["-qmp", `unix:${this.#socket("qmp")},server=on,wait=off`],
      ...(restore ? ["-incoming", "defer"] : []),
    ];
  }
}

/** The initramfs with the agent appended as the program to start. */
async function writeInitrd({ artifacts, directory, number }: GuestOptions): Promise<void> {
  const agent = join(import.meta.dirname, "scripts", "agent.sh");
  const parts = [await readFile(guestKernel(artifacts).initrd), cpio([file("start", await readFile(agent))])];
  await writeFile(join(directory, `node-${number}.initrd`), Buffer.concat(parts));
}
