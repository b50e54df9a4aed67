/**
 * The programs that a node cannot do without, so that no allow-list of the host may deny them anything: init, kubelet, the container
 * runtime, sshd, and what the operator names. They are found among the node's running processes, by name. Whoever is not root cannot make himself
 * one: what counts is a process of root whose program root alone can write.
 */

import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { isMissing } from "../files.ts";

export interface VitalPrograms {
  /** Absolute names of the programs. */
  readonly programs: ReadonlySet<string>;
  /** Those of them whose children are their tools: kubelet's `mount` is vital as well, what init or sshd start is not. */
  readonly leaders: ReadonlySet<string>;
}

const runtimes =
  /^(?:kubelet|k3s(?:-.*)?|k0s|rke2|containerd|containerd-shim.*|dockerd|docker-proxy|cri-dockerd|crio|conmon|conmonrs|runc|crun|youki|runsc|kata-runtime)$/;
const logins = /^(?:sshd|sshd-session|sshd-auth)$/;
/** What runs whatever it is given. One of these is never vital by its name or by who starts it. */
const interpreters =
  /^(?:(?:ba|da|z|k|mk|pdk|c|tc|fi|a|ya)?sh|busybox|toybox|env|sudo|su|xargs|[gmn]?awk|python[\d.]*|perl[\d.]*|ruby[\d.]*|lua[\d.]*|node|php[\d.]*)$/;

export const isInterpreter = (program: string): boolean => interpreters.test(basename(program));

/** `named`: the programs that the operator names. Processes that end meanwhile are left out. */
export async function findVitalPrograms(hostProc: string, named: readonly string[]): Promise<VitalPrograms> {
  const programs = new Set(named);
  const leaders = new Set<string>();
  for (const entry of await readdir(hostProc)) {
    if (!/^\d+$/.test(entry)) continue;
    const program = await programOf(join(hostProc, entry));
    if (program === undefined) continue;
    if (runtimes.test(basename(program))) leaders.add(program);
    else if (!logins.test(basename(program)) && (entry !== "1" || isInterpreter(program))) continue;
    programs.add(program);
  }
  return { programs, leaders };
}

/** The name of a process's program, as the node has it; undefined: it is gone, of a pod, not root's, or somebody else can write it. */
async function programOf(at: string): Promise<string | undefined> {
  try {
    const [program, status, cgroup] = await Promise.all([
      readlink(join(at, "exe")),
      readFile(join(at, "status"), "utf8"),
      readFile(join(at, "cgroup"), "utf8"),
    ]);
    if (!/^Uid:\t0\t0\t/m.test(status) || /\/(?:kubelet-)?kubepods/.test(cgroup)) return undefined;
    const { uid, mode } = await stat(join(at, "exe"));
    return uid !== 0 || mode & 0o022 ? undefined : program.replace(/ \(deleted\)$/, "");
  } catch (error) {
    // A kernel thread has no program.
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === "EACCES") return undefined;
    throw error;
  }
}
