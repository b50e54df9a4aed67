/** What the probe says, of this machine's kernel and of trees that look like others'. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { probe } from "../src/index.ts";
import { objectPath } from "./kernel.ts";

const trees: string[] = [];
afterAll(() => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
});

/** A directory with these files; its BTF is the running kernel's. */
function tree(files: Record<string, string>, btf = true): string {
  const root = mkdtempSync(join(tmpdir(), "portcullis-probe-"));
  trees.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  if (btf) {
    mkdirSync(join(root, "sys/kernel/btf"), { recursive: true });
    cpSync("/sys/kernel/btf/vmlinux", join(root, "sys/kernel/btf/vmlinux"));
  }
  return root;
}

const good = {
  "proc/sys/kernel/osrelease": "6.12.48+deb13-amd64\n",
  "proc/version": "Linux version 6.12.48 #1 SMP PREEMPT_DYNAMIC Debian",
  "proc/cmdline": "quiet preempt=voluntary",
  "proc/self/status": "CapEff:\t000001ffffffffff\n",
  "sys/kernel/security/lsm": "lockdown,capability,landlock,yama,apparmor,bpf",
  "sys/fs/cgroup/cgroup.controllers": "cpu memory pids",
};
const objectPathOfTests = objectPath("stand-in-engine");
const ask = (files: Record<string, string>, btf = true) =>
  probe({ root: tree(files, btf), objectPath: objectPathOfTests });
const codes = (support: ReturnType<typeof probe>) => support.problems.map(({ code }) => code);
const without = (name: keyof typeof good) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

describe("the probe", () => {
  it("finds nothing wrong with a kernel that has everything", () => {
    const support = ask(good);
    expect(support).toMatchObject({
      kernel: "6.12.48+deb13-amd64",
      bpfLsm: true,
      btf: true,
      cgroup2: true,
      preempt: "voluntary",
    });
    expect(support).toMatchObject({ canEnforce: true, problems: [] });
    expect(support.hooks).toEqual([
      { name: "task_alloc", available: true },
      { name: "file_open", available: true },
    ]);
  });

  it("names the boot parameter when bpf is not among the active LSMs", () => {
    const support = ask({ ...good, "sys/kernel/security/lsm": "lockdown,capability,apparmor" });
    expect(support.canEnforce).toBe(false);
    expect(support.problems).toEqual([
      {
        code: "LSM_BPF_INACTIVE",
        message: "the active LSMs are lockdown,capability,apparmor: bpf is not among them",
        remedy: "add bpf to the boot parameter: lsm=lockdown,capability,apparmor,bpf (and CONFIG_BPF_LSM=y)",
        fatal: true,
      },
    ]);
  });

  it("does not take an unreadable LSM list for a good one", () => {
    const support = ask(without("sys/kernel/security/lsm"));
    expect(support).toMatchObject({ canEnforce: false, bpfLsm: false });
    expect(codes(support)).toEqual(["LSM_LIST_UNREADABLE"]);
  });

  it("refuses kernels before 5.15, and takes 5.15 itself", () => {
    expect(codes(ask({ ...good, "proc/sys/kernel/osrelease": "5.10.223" }))).toEqual(["KERNEL_TOO_OLD"]);
    expect(codes(ask({ ...good, "proc/sys/kernel/osrelease": "5.15.0-91-generic" }))).toEqual([]);
  });

  it("wants BTF and the unified cgroup hierarchy", () => {
    const support = ask(without("sys/fs/cgroup/cgroup.controllers"), false);
    expect(codes(support)).toEqual(["BTF_MISSING", "CGROUP2_NOT_UNIFIED"]);
    expect(support.hooks.every(({ available }) => !available)).toBe(true);
  });

  it("warns of full preemption up to 6.1, where task states are missed, and not later", () => {
    const full = { ...good, "sys/kernel/debug/sched/preempt": "none voluntary (full)\n" };
    const old = ask({ ...full, "proc/sys/kernel/osrelease": "6.1.0-18-amd64" });
    expect(codes(old)).toEqual(["PREEMPT_TAG_FALLBACK"]);
    expect(old.canEnforce).toBe(true);
    expect(ask(full)).toMatchObject({ preempt: "full", problems: [] });
  });

  it("says that the object is not built", () => {
    const support = probe({ root: tree(good), objectPath: "/nonexistent.bpf.o" });
    expect(codes(support)).toEqual(["OBJECT_MISSING"]);
  });

  it("says of this very kernel what it can, as the commands of the system do", () => {
    const support = probe({ objectPath: objectPathOfTests });
    expect(support.kernel).toBe(execFileSync("uname", ["-r"], { encoding: "utf8" }).trim());
    expect(support.canEnforce).toBe(support.problems.every(({ fatal }) => !fatal));
    let lsms = "";
    try {
      lsms = readFileSync("/sys/kernel/security/lsm", "utf8");
    } catch {
      expect(codes(support)).toContain("LSM_LIST_UNREADABLE");
    }
    expect(support.activeLsms.join(",")).toBe(lsms.trim());
    if (!support.bpfLsm) expect(support.canEnforce).toBe(false);
    for (const { message, remedy } of support.problems) expect([message, remedy]).not.toContain("");
  });

  it("is printed by its command, whose status tells whether the kernel can enforce", () => {
    const script = join(import.meta.dirname, "../src/probe-main.ts");
    const run = (...args: string[]) => {
      try {
        return { status: 0, out: execFileSync(process.execPath, [script, ...args], { encoding: "utf8" }) };
      } catch (error) {
        return { status: (error as { status: number }).status, out: String((error as { stdout: string }).stdout) };
      }
    };
    const refused = run("--root", tree({ ...good, "sys/kernel/security/lsm": "yama" }));
    expect(refused.status).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ activeLsms: ["yama"], canEnforce: false });
  });
});
