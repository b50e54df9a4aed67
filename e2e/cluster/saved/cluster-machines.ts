/**
 * Everything that runs for one cluster: a loopback address, the control plane, the guests. It begins by booting or by
 * restoring a saved cluster, and ends by being saved or by being thrown away.
 */
import { access, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RunningPrograms } from "@portcullis/tools/processes";
import type { Artifacts } from "@portcullis/tools/setup";
import { apiAddress, kubeletPort, ports } from "../addresses.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { claimAddress, type LoopbackAddress } from "../control-plane/loopback-address.ts";
import { administrator, nodeIdentity, Pki, proxyIdentity } from "../control-plane/pki.ts";
import { ClusterError } from "../errors.ts";
import { type Load, loadDisk, programsDisk } from "../guest/disks.ts";
import { Guest, type GuestShape, type Way } from "../guest/guest.ts";
import { run } from "../host-command.ts";
import { sleep } from "../wait.ts";

export interface MachinesOptions {
  readonly artifacts: Artifacts;
  /** Folder of this run: sockets, consoles, logs. It is made; its path is short, because paths of sockets may not be long. */
  readonly directory: string;
  /** NodePort of the guests that the host sees at `ports.bus + n`. */
  readonly busNodePort: number;
  /** As in ClusterOptions. */
  readonly outward?: readonly number[] | undefined;
}

/** What is known of a saved cluster besides its RAM, states, keys and data. */
interface Meta {
  readonly nodes: number;
  readonly shape: GuestShape;
}

export class ClusterMachines {
  readonly host: string;
  readonly guests: Guest[] = [];
  readonly programs = new RunningPrograms();
  readonly plane: ControlPlane;
  readonly #options: MachinesOptions;
  readonly #address: LoopbackAddress;
  readonly #pki: Pki;
  #meta!: Meta;

  private constructor(options: MachinesOptions, address: LoopbackAddress, etcdData?: string) {
    const { artifacts, directory } = options;
    this.#options = options;
    this.#address = address;
    this.host = address.host;
    this.#pki = new Pki(join(directory, "pki"));
    const { programs, host } = this;
    this.plane = new ControlPlane({
      ...{ artifacts, programs, host, directory, pki: this.#pki },
      ...(etcdData ? { etcdData } : {}),
    });
  }

  /** New guests and an empty cluster. Their RAM files go to the folder `keep`, where `save` expects them; `load` becomes a read-only disk of each guest. */
  static async boot(
    options: MachinesOptions,
    meta: { nodes: number; memoryMiB: number },
    keep: string,
    load: Load,
  ): Promise<ClusterMachines> {
    const world = new ClusterMachines(options, await claimAddress());
    return world.#coming(async () => {
      const disk = await programsDisk(options.artifacts);
      world.#meta = {
        nodes: meta.nodes,
        shape: { memoryMiB: meta.memoryMiB, programsDisk: disk, linked: meta.nodes > 1 },
      };
      const nodes = world.nodes;
      await world.#pki.create([administrator, ...nodes.map(nodeIdentity), ...nodes.map(proxyIdentity)]);
      await world.plane.start();
      await world.#load(await world.#credentials(load));
      await world.#guests((number) => ({ ram: { path: join(keep, `ram-${number}`), keep: true } }));
    });
  }

  /** Restores a saved cluster. With `again`, it works on a copy of the RAM in `again.keep`, so that it can be saved once more. */
  static async restore(
    options: MachinesOptions,
    saved: string,
    again?: { keep: string; load: Load },
  ): Promise<ClusterMachines> {
    const world = new ClusterMachines(options, await claimAddress(), join(saved, "etcd"));
    return world.#coming(async () => {
      world.#meta = JSON.parse(await readFile(join(saved, "meta.json"), "utf8")) as Meta;
      await cp(join(saved, "pki"), join(options.directory, "pki"), { recursive: true });
      await Promise.all([
        // The guests' clients look for the API server as soon as they go on: it has to be there first.
        world.plane.start(),
        world.#load(again?.load ?? {}),
        again &&
          Promise.all(world.#numbers.map((n) => copySparse(join(saved, `ram-${n}`), join(again.keep, `ram-${n}`)))),
      ]);
      await world.#guests((number) => ({
        ram: { path: join(again?.keep ?? saved, `ram-${number}`), keep: again !== undefined },
        restore: join(saved, `state-${number}`),
      }));
    });
  }

  /** Where this run's logs and consoles are. */
  get directory(): string {
    return this.#options.directory;
  }

  get nodes(): string[] {
    return this.#numbers.map((n) => `node-${n}`);
  }

  get #numbers(): number[] {
    return Array.from({ length: this.#meta.nodes }, (_, i) => i + 1);
  }

  /** Has every guest find what `outward` names at its own 127.0.0.1, as this machine does. */
  async openWays(): Promise<void> {
    const { outward = [] } = this.#options;
    if (outward.length === 0) return;
    const list = outward.join(", ");
    const rules = [
      `chain output { type nat hook output priority -100; ip daddr 127.0.0.1 tcp dport { ${list} } dnat to ${apiAddress}; }`,
      `chain postrouting { type nat hook postrouting priority 100; ip daddr ${apiAddress} tcp dport { ${list} } masquerade; }`,
    ];
    const script = `echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet\nnft -f - <<'X'\ntable ip outward {\n${rules.join("\n")}\n}\nX`;
    await Promise.all(this.guests.map((guest) => guest.check(script)));
  }

  /** Mounts the load disk in every guest, does the work, and lets the disk go. */
  async withLoad(work: (guest: Guest, number: number) => Promise<void>): Promise<void> {
    await Promise.all(
      this.guests.map(async (guest, i) => {
        await guest.check("mkdir -p /load && mount -t erofs -o ro /dev/vdc /load");
        await work(guest, i + 1);
        await guest.check("umount /load");
      }),
    );
  }

  /**
   * Keeps the cluster in `directory`, where its RAM already is, and ends it. The servers end before the guests stop, so that
   * the guests' clients have noticed and are trying to connect when they come back: a connection that is merely dead would
   * be noticed after half a minute.
   */
  async save(directory: string): Promise<void> {
    await this.plane.stopServers();
    await sleep(300);
    await Promise.all(this.guests.map((guest) => guest.pause()));
    await Promise.all(this.guests.map((guest, i) => guest.save(join(directory, `state-${i + 1}`))));
    await this.plane.stop();
    await run("cp", ["-r", "--sparse=always", this.plane.etcdData, join(directory, "etcd")]);
    await cp(join(this.#options.directory, "pki"), join(directory, "pki"), { recursive: true });
    await writeFile(join(directory, "meta.json"), JSON.stringify(this.#meta));
    await this.end();
  }

  async end(): Promise<void> {
    await Promise.all(this.guests.map((guest) => guest.kill()));
    await this.programs.close();
    await this.#address.release();
  }

  async #coming(steps: () => Promise<void>): Promise<ClusterMachines> {
    try {
      await steps();
      return this;
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  async #load(load: Load): Promise<void> {
    await mkdir(this.#options.directory, { recursive: true });
    await loadDisk(join(this.#options.directory, "load"), load);
  }

  /** The nodes' kubeconfigs, on top of what else is to be on the load disk: one disk for all nodes. */
  async #credentials(load: Load): Promise<Load> {
    const files = new Map(load.files);
    const path = join(this.#options.directory, "node.conf");
    for (const node of this.nodes) {
      for (const [name, identity] of [
        ["kubelet", nodeIdentity(node)],
        ["proxy", proxyIdentity(node)],
      ] as const) {
        await this.#pki.kubeconfig(identity, apiServer, path);
        files.set(`${node}/${name}.conf`, await readFile(path, "utf8"));
      }
    }
    await rm(path);
    return { ...load, files };
  }

  async #guests(each: (number: number) => { ram: { path: string; keep: boolean }; restore?: string }): Promise<void> {
    const { artifacts, directory, busNodePort, outward = [] } = this.#options;
    const { programs, host } = this;
    const starting = this.#numbers.map((number) =>
      Guest.start({
        ...{ artifacts, programs, number, directory, host, shape: this.#meta.shape },
        ...each(number),
        load: join(directory, "load"),
        forwards: new Map([
          [ports.kubelet + number, kubeletPort],
          [ports.bus + number, busNodePort],
        ]),
        outward: new Map<string, Way>([
          [`${apiAddress}:${ports.api}`, { host, port: ports.api }],
          ...outward.map((port) => [`${apiAddress}:${port}`, { host: "127.0.0.1", port }] as const),
        ]),
      }),
    );
    const results = await Promise.allSettled(starting);
    for (const result of results) if (result.status === "fulfilled") this.guests.push(result.value);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }
}

/** Where the guests find the API server. */
const apiServer = `https://${apiAddress}:${ports.api}`;

async function copySparse(from: string, to: string): Promise<void> {
  await access(from).catch(() => {
    throw new ClusterError("E2E_ARTIFACT_MISSING", `${from} is not there: delete the folder of that saved cluster`);
  });
  await run("cp", ["--sparse=always", "--reflink=auto", from, to], { timeoutMs: 120_000 });
}
