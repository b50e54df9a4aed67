/** What the node's vital programs were seen doing: which are vital, what is kept of them, and when it is enough. */

import { appendFileSync, chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { HostRecording } from "../src/host/recording.ts";
import { findVitalPrograms } from "../src/host/vital-programs.ts";
import { countOf, event, TemporaryDirectories } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const seen = { recorded: true, verdict: 0, ring: "logs" } as const;
const opens = (exe: string, object: string, more = {}) =>
  event({ ...seen, category: "file", operation: "open", exe, object, ...more });
const executes = (exe: string, object: string, more = {}) => event({ ...seen, exe, object, ...more });
const vital = { programs: new Set(["/usr/bin/kubelet", "/usr/sbin/sshd"]), leaders: new Set(["/usr/bin/kubelet"]) };

/** A recording whose clock a test moves. */
function recordingIn(dir: string, { most = 100, boot = "boot-1" } = {}) {
  const clock = { ms: 0 };
  const errors: unknown[] = [];
  const recording = new HostRecording({
    ...{ path: join(dir, "state", "host-recording"), boot, periodMs: 1_000, most },
    unwritable: (error) => errors.push(error),
    now: () => clock.ms,
  });
  return { recording, clock, errors };
}

const did = (recording: HostRecording) =>
  [...recording.operations].map(({ program, object }) => `${program} ${object}`);

describe("the recording of a host", () => {
  it("has what vital programs did once, and nothing of others", () => {
    const { recording } = recordingIn(directories.make());
    recording.setVital(vital);
    recording.record(["file"]);
    recording.take([opens("/usr/bin/kubelet", "/etc/a"), opens("/usr/bin/kubelet", "/etc/a"), opens("/bin/cat", "/b")]);
    recording.take([opens("/usr/bin/kubelet", "/etc/unrecorded", { recorded: false })]);
    expect(did(recording)).toEqual(["/usr/bin/kubelet /etc/a"]);
  });

  it("takes the tools of kubelet and the runtime for vital, also those of tools; not shells, nor what sshd starts", () => {
    const { recording } = recordingIn(directories.make());
    recording.setVital(vital);
    recording.take([
      executes("/usr/bin/kubelet", "/usr/bin/mount"),
      executes("/usr/bin/mount", "/usr/sbin/mount.nfs"),
      executes("/usr/bin/kubelet", "/bin/sh"),
      executes("/usr/sbin/sshd", "/usr/lib/sftp-server"),
    ]);
    expect(recording.vitalPrograms).toEqual([
      "/usr/bin/kubelet",
      "/usr/bin/mount",
      "/usr/sbin/mount.nfs",
      "/usr/sbin/sshd",
    ]);
  });

  it("keeps what a program without a name did, where a vital one had started it", () => {
    const { recording } = recordingIn(directories.make());
    recording.setVital(vital);
    recording.take([
      opens("/memfd:x", "/run/a", { parentExe: "/usr/bin/kubelet" }),
      opens("", "/run/b", { parentExe: "/bin/bash" }),
    ]);
    expect([...recording.operations]).toMatchObject([{ program: "", parent: "/usr/bin/kubelet", object: "/run/a" }]);
  });

  it("is closed after its period, and stays so; another category has a period of its own", () => {
    const { recording, clock } = recordingIn(directories.make());
    expect(recording.record(["file"])).toEqual(["file"]);
    expect(recording.state("file")).toBe("recording");
    clock.ms = 1_000;
    expect(recording.record(["file", "network"])).toEqual(["network"]);
    expect([recording.state("file"), recording.state("network")]).toEqual(["closed", "recording"]);
    recording.miss([countOf({ recorded: true, category: "file", level: "of_rule" })]);
    expect(recording.state("file")).toBe("closed");
  });

  it("begins anew where something could only be counted, and does not where its names were told", () => {
    const { recording, clock } = recordingIn(directories.make());
    recording.record(["file"]);
    clock.ms = 900;
    recording.miss([countOf({ recorded: true, category: "file", level: "named", sequence: 5n })]);
    recording.miss([countOf({ recorded: false, category: "file", level: "of_rule", sequence: 0n })]);
    clock.ms = 999;
    recording.miss([countOf({ recorded: true, category: "file", level: "named", sequence: 0n })]);
    clock.ms = 1_500;
    expect(recording.state("file")).toBe("missed");
    clock.ms = 2_000;
    expect(recording.state("file")).toBe("closed");
  });

  it("says that it is full where more happens than it may hold", () => {
    const { recording, clock } = recordingIn(directories.make(), { most: 2 });
    recording.setVital(vital);
    recording.record(["file"]);
    for (const name of ["/a", "/b", "/c"]) recording.take([opens("/usr/bin/kubelet", name)]);
    clock.ms = 5_000;
    expect(recording.state("file")).toBe("full");
    expect(did(recording)).toHaveLength(2);
  });

  it("is found again by the next enforcer, up to a torn line, and is worth nothing after a reboot", () => {
    const dir = directories.make();
    const { recording, clock } = recordingIn(dir);
    recording.setVital(vital);
    recording.record(["file"]);
    recording.take([opens("/usr/bin/kubelet", "/etc/a"), executes("/usr/bin/kubelet", "/usr/bin/mount")]);
    clock.ms = 1_000;
    expect(recording.state("file")).toBe("closed");
    appendFileSync(join(dir, "state", "host-recording"), '{"did":{"category":"fi');
    const next = recordingIn(dir).recording;
    expect(did(next)).toEqual(did(recording));
    expect(next.vitalPrograms).toEqual(recording.vitalPrograms);
    expect(next.state("file")).toBe("closed");
    const rebooted = recordingIn(dir, { boot: "boot-2" }).recording;
    expect([did(rebooted), rebooted.vitalPrograms, rebooted.state("file")]).toEqual([[], [], "recording"]);
    expect(readFileSync(join(dir, "state", "host-recording"), "utf8")).toBe('{"boot":"boot-2"}\n');
  });

  it("goes on in memory where the disk refuses, and says so", () => {
    const dir = directories.make();
    writeFileSync(join(dir, "state"), "a file in the place of the folder");
    const { recording, errors } = recordingIn(dir);
    recording.setVital(vital);
    recording.take([opens("/usr/bin/kubelet", "/etc/a")]);
    expect(did(recording)).toEqual(["/usr/bin/kubelet /etc/a"]);
    expect(errors.length).toBeGreaterThan(0);
  });
});

describe("vital programs", () => {
  /** A process in a stand-in for /proc. */
  function process(proc: string, pid: string, { program, uid = 0, cgroup = "/system.slice", mode = 0o755 }: Process) {
    const at = join(proc, pid);
    const file = join(proc, "root", program);
    mkdirSync(at, { recursive: true });
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, "");
    chmodSync(file, mode);
    symlinkSync(file, join(at, "exe"));
    writeFileSync(join(at, "status"), `Name:\tx\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);
    writeFileSync(join(at, "cgroup"), `0::${cgroup}\n`);
    return file;
  }
  interface Process {
    readonly program: string;
    readonly uid?: number;
    readonly cgroup?: string;
    readonly mode?: number;
  }

  it("are init, kubelet, the runtime, sshd and those that the operator names", async () => {
    const proc = directories.make();
    const init = process(proc, "1", { program: "lib/systemd" });
    const kubelet = process(proc, "20", { program: "bin/kubelet" });
    const sshd = process(proc, "30", { program: "bin/sshd" });
    process(proc, "40", { program: "bin/nginx" });
    mkdirSync(join(proc, "50")); // a kernel thread
    const found = await findVitalPrograms(proc, ["/opt/login"]);
    expect(found.programs).toEqual(new Set(["/opt/login", init, kubelet, sshd]));
    expect(found.leaders).toEqual(new Set([kubelet]));
  });

  it("are none that somebody else than root can write or has started, none of a pod, and no shell as init", async () => {
    const proc = directories.make();
    process(proc, "1", { program: "bin/sh" });
    process(proc, "20", { program: "tmp/kubelet", mode: 0o777 });
    process(proc, "30", { program: "home/containerd", uid: 1000 });
    process(proc, "40", { program: "pod/sshd", cgroup: "/kubepods/burstable/podx/y" });
    expect(await findVitalPrograms(proc, [])).toEqual({ programs: new Set(), leaders: new Set() });
  });
});
