/**
 * What the node sees of its containers: cgroups as they come and go, and who the runtime says they are.
 *
 * Long because cgroups and identities are two halves of one list.
 */

import { mkdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { MemoryLog, until } from "@portcullis/daemon/testing";
import { CgroupWatch } from "../src/containers/cgroups.ts";
import { Containers } from "../src/containers/containers.ts";
import type { ContainerRuntime, Identified, ListedContainer } from "../src/containers/cri.ts";
import { parseCgroupName } from "../src/containers/layout.ts";
import { Wake } from "../src/wake.ts";
import { containerId, counting, TemporaryDirectories } from "./support.ts";

const uid = "6f5b0e5c-5a1b-4c5e-9b1a-000000000001";
const sliceUid = uid.replaceAll("-", "_");
const id = containerId(0xabc);

describe("the name of a cgroup", () => {
  it.each([
    ["kubepods", { kind: "root" }],
    ["kubepods.slice", { kind: "root" }],
    ["kubelet", { kind: "root" }],
    ["kubelet-kubepods.slice", { kind: "root" }],
    ["burstable", { kind: "qos" }],
    ["kubepods-besteffort.slice", { kind: "qos" }],
    [`pod${uid}`, { kind: "pod", podUid: uid }],
    [`kubepods-burstable-pod${sliceUid}.slice`, { kind: "pod", podUid: uid }],
    [`kubepods-pod${sliceUid}.slice`, { kind: "pod", podUid: uid }],
    ["pod0123456789abcdef0123456789abcdef", { kind: "pod", podUid: "0123456789abcdef0123456789abcdef" }],
    [id, { kind: "container", containerId: id }],
    [`cri-containerd-${id}.scope`, { kind: "container", containerId: id }],
    [`crio-${id}.scope`, { kind: "container", containerId: id }],
    [`crio-conmon-${id}.scope`, { kind: "other" }],
    [`${id}ff`, { kind: "other" }],
    ["system.slice", { kind: "other" }],
    ["podinfo", { kind: "other" }],
  ])("%s", (name, expected) => expect(parseCgroupName(name)).toEqual(expected));
});

const directories = new TemporaryDirectories();
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  directories.removeAll();
});

function watching(root: string, rescanIntervalMs = 60_000): CgroupWatch {
  const watch = new CgroupWatch({ root, log: new MemoryLog(), changed: () => {}, rescanIntervalMs });
  const abort = new AbortController();
  const running = watch.run(abort.signal);
  stops.push(async () => {
    abort.abort();
    await running;
  });
  return watch;
}

const found = (watch: CgroupWatch) => [...watch.containers.values()].map((cgroup) => cgroup.containerId).sort();

/** Where trees of cgroups can be made: a temporary directory, and real cgroup v2 where this machine lets us. */
const cgroupMounts = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].filter((mount) => {
  const probe = join(mount, `portcullis-test-${process.pid}`);
  try {
    statSync(join(mount, "cgroup.controllers"));
    mkdirSync(probe);
    rmdirSync(probe);
    return true;
  } catch {
    return false;
  }
});

describe.each(["a temporary directory", ...cgroupMounts.slice(0, 1)])("container cgroups in %s", (mount) => {
  function tree(): { root: string; make: (path: string) => bigint; remove: (path: string) => void } {
    const root = mount.startsWith("/") ? join(mount, `portcullis-test-${process.pid}-${made++}`) : directories.make();
    mkdirSync(root, { recursive: true });
    const dirs: string[] = [root];
    const make = (path: string) => {
      let at = root;
      for (const part of path.split("/")) {
        at = join(at, part);
        if (dirs.includes(at)) continue;
        mkdirSync(at);
        dirs.push(at);
      }
      return statSync(at, { bigint: true }).ino;
    };
    const remove = (path: string) => {
      rmdirSync(join(root, path));
      dirs.splice(dirs.indexOf(join(root, path)), 1);
    };
    stops.push(async () => {
      for (const dir of dirs.reverse()) rmdirSync(dir);
    });
    return { root, make, remove };
  }

  it("are found at the start, in both drivers' layouts, with inode and pod uid", async () => {
    const { root, make } = tree();
    const ino = make(`kubepods/burstable/pod${uid}/${id}`);
    make(`kubepods/pod${uid}/${containerId(2)}`);
    make(
      `kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${sliceUid}.slice/cri-containerd-${containerId(3)}.scope`,
    );
    make(`kubepods.slice/kubepods-pod${sliceUid}.slice/crio-${containerId(4)}.scope`);
    make(`kubepods.slice/kubepods-pod${sliceUid}.slice/crio-conmon-${containerId(5)}.scope`);
    make(`system.slice/${containerId(6)}`);
    const watch = watching(root);
    await until("first scan", () => watch.complete);
    expect(found(watch)).toEqual([containerId(2), containerId(3), containerId(4), id]);
    const cgroup = [...watch.containers.values()].find(({ containerId }) => containerId === id);
    expect(cgroup).toMatchObject({ podUid: uid, cgroupId: ino });
  });

  it("tell below which directories there are pods and nothing else", async () => {
    const { root, make, remove } = tree();
    make("kubelet.slice/kubelet-kubepods.slice");
    make("kubepods/burstable");
    make("system.slice");
    const watch = watching(root, 100);
    const inodeOf = (path: string) => statSync(join(root, path), { bigint: true }).ino;
    await until("first scan", () => watch.complete);
    expect([...watch.podCgroups].sort()).toEqual(
      [inodeOf("kubelet.slice/kubelet-kubepods.slice"), inodeOf("kubepods")].sort(),
    );
    remove("kubepods/burstable");
    remove("kubepods");
    await until("it has gone", () => watch.podCgroups.length === 1, 2_000);
  });

  it("are seen as soon as they are made and not at the next rescan, below directories that did not exist", async () => {
    const { root, make } = tree();
    const watch = watching(root);
    await until("first scan", () => watch.complete);
    make(`kubepods/besteffort/pod${uid}/${id}`);
    await until("the container is seen", () => found(watch).includes(id), 5_000);
    make(`kubepods/besteffort/pod${uid}/${containerId(7)}`);
    await until("the second container is seen", () => found(watch).length === 2, 5_000);
  });

  it("are all in a listing that was asked for after they were made, although another is under way", async () => {
    const { root, make } = tree();
    make(`kubepods/pod${uid}/${containerId(2)}`);
    const watch = watching(root);
    make(`kubepods/pod${uid}/${id}`);
    const listing = watch.list();
    expect([watch.listed, listing]).toEqual([0, 2]);
    await until("it is listed", () => watch.listed >= listing);
    expect(found(watch)).toEqual([containerId(2), id]);
  });

  it("are gone when their directory is", async () => {
    const { root, make, remove } = tree();
    make(`kubepods/pod${uid}/${id}`);
    const watch = watching(root);
    await until("found", () => found(watch).length === 1);
    remove(`kubepods/pod${uid}/${id}`);
    await until("gone", () => found(watch).length === 0, 200);
    make(`kubepods/pod${uid}/${containerId(8)}`);
    await until("the next one is seen", () => found(watch).length === 1, 200);
    remove(`kubepods/pod${uid}/${containerId(8)}`);
    remove(`kubepods/pod${uid}`);
    await until("gone with its pod", () => found(watch).length === 0, 200);
  });

  it("keep nothing of a container's own sub-cgroups", async () => {
    const { root, make } = tree();
    make(`kubepods/pod${uid}/${id}/${containerId(9)}`);
    const watch = watching(root);
    await until("first scan", () => watch.complete);
    expect(found(watch)).toEqual([id]);
  });
});
let made = 0;

describe("the cgroup watch", () => {
  it("does not take a mount that went away for the end of all containers", async () => {
    const root = directories.make();
    mkdirSync(join(root, "kubepods", `pod${uid}`, id), { recursive: true });
    const watch = watching(root, 20);
    await until("found", () => found(watch).length === 1);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    rmSync(root, { recursive: true });
    await until("the list is not whole", () => !watch.complete);
  });
});

/** A runtime at the edge of the process: answers from a table. */
class TableRuntime implements ContainerRuntime {
  readonly answers = new Map<string, Identified | Error>();
  asked: string[] = [];
  async identify(containerId: string): Promise<Identified> {
    this.asked.push(containerId);
    const answer = this.answers.get(containerId) ?? { kind: "unknown" };
    if (answer instanceof Error) throw answer;
    return answer;
  }
  listed: ListedContainer[] | Error = [];
  async list() {
    if (this.listed instanceof Error) throw this.listed;
    return this.listed;
  }
  close() {}
}

describe("the containers of the node", () => {
  const identity = { containerId: id, container: "app", pod: "web-1", namespace: "shop", podUid: uid, image: "i" };

  function start(runtime: TableRuntime) {
    const root = directories.make();
    mkdirSync(join(root, "kubepods", `pod${uid}`, id), { recursive: true });
    const watch = watching(root);
    const counts = counting();
    const log = new MemoryLog();
    const containers = new Containers({ cgroups: watch, runtime, log, count: counts.count });
    const abort = new AbortController();
    const wake = new Wake();
    const run = () => {
      const running = containers.run(wake, () => {}, abort.signal);
      stops.unshift(async () => {
        abort.abort();
        await running;
      });
    };
    return { containers, watch, wake, counts, log, run };
  }

  it("are known as soon as the runtime names them, and asked for once", async () => {
    const runtime = new TableRuntime();
    runtime.answers.set(id, { kind: "container", container: identity });
    const { containers, watch, run } = start(runtime);
    await until("scan", () => watch.complete);
    run();
    await until("known", () => containers.known.length === 1, 500);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(containers.known[0]).toMatchObject({ ...identity, cgroupId: [...watch.containers.values()][0]!.cgroupId });
    expect(runtime.asked).toEqual([id]);
  });

  it("leave out the pod's sandbox", async () => {
    const runtime = new TableRuntime();
    runtime.answers.set(id, { kind: "sandbox" });
    const { containers, watch, run } = start(runtime);
    await until("scan", () => watch.complete);
    run();
    await until("asked", () => runtime.asked.length === 1);
    expect(containers.known).toEqual([]);
    expect(containers.present?.size).toBe(1); // it is there, and not gone
  });

  it("are unseen when the runtime runs them at two looks in a row and no cgroup is found, until it is", async () => {
    const runtime = new TableRuntime();
    const hidden = { ...identity, containerId: containerId(4) };
    runtime.answers.set(id, { kind: "container", container: identity });
    runtime.listed = [
      { container: identity, running: true },
      { container: hidden, running: true },
      { container: { ...identity, containerId: containerId(5) }, running: false },
    ];
    const { containers, watch, run } = start(runtime);
    await until("scan", () => watch.complete);
    expect(containers.unseen).toBeUndefined();
    run();
    await until("the runtime has answered", () => containers.unseen !== undefined);
    expect(containers.unseen).toEqual([]); // it may have ended meanwhile
    await until("looked again", () => containers.unseen?.length === 1, 2_000);
    expect(containers.unseen).toEqual([hidden]);
    mkdirSync(join([...watch.containers.keys()][0]!, "..", containerId(4)));
    await until("seen", () => containers.unseen?.length === 0);
  });

  it("are asked for again while the runtime does not know them yet", async () => {
    const runtime = new TableRuntime();
    const { containers, watch, run } = start(runtime);
    await until("scan", () => watch.complete);
    run();
    await until("asked twice", () => runtime.asked.length >= 2, 500);
    runtime.answers.set(id, { kind: "container", container: identity });
    await until("known", () => containers.known.length === 1, 1_000);
  });

  it("are asked for again when the machine's clock was set back meanwhile", async () => {
    const runtime = new TableRuntime();
    const { containers, watch, run } = start(runtime);
    await until("scan", () => watch.complete);
    run();
    await until("asked", () => runtime.asked.length >= 1);
    const wall = Date.now;
    Date.now = () => wall() - 3_600_000;
    try {
      runtime.answers.set(id, { kind: "container", container: identity });
      await until("known", () => containers.known.length === 1, 1_000);
    } finally {
      Date.now = wall;
    }
  });

  it("are known from before the start while the runtime is down, and its silence is said once", async () => {
    const runtime = new TableRuntime();
    runtime.answers.set(containerId(2), new Error("down"));
    runtime.listed = new Error("down");
    const { containers, watch, counts, log, run } = start(runtime);
    containers.remember([identity]);
    await until("scan", () => watch.complete);
    mkdirSync(join([...watch.containers.keys()][0]!, "..", containerId(2)));
    await until("a second cgroup", () => watch.containers.size === 2);
    run();
    expect(containers.known).toHaveLength(1);
    await until("asked twice", () => counts.of("runtime_failures") >= 2, 1_000);
    expect(containers.runtimeDown).toBe(true);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });
});
