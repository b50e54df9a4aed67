/**
 * Alerts as they are made of events: every field, for each kind of operation.
 * Long because it is one table of events and what comes of them.
 */
import { describe, expect, it } from "@jest/globals";
import { alertJson, decodeAlert, encodeAlert } from "@portcullis/bus";
import type { KernelEvent } from "@portcullis/native";
import { type Attribution, alertOf } from "../src/alerts/alert.ts";
import type { Binding } from "../src/bind/binding.ts";
import { withHost } from "../src/bind/host.ts";
import { containerId, event, origin, rule } from "./support.ts";

const binding: Binding = {
  containerId: containerId(1),
  cgroupId: 99n,
  cgroupPath: "/sys/fs/cgroup/x",
  container: "app",
  pod: "web-1",
  namespace: "shop",
  podUid: "6f5b0e5c-5a1b-4c5e-9b1a-000000000001",
  image: "shop/web:1",
  labels: { app: "web" },
  owner: { kind: "Deployment", name: "web", namespace: "shop" },
  ruleSet: "sha256:00",
};
const host: Binding = {
  ...withHost({ known: [], present: new Set(), unidentifiedPods: new Set(), unseen: [] }, "/cg").known[0]!,
  labels: {},
  ruleSet: binding.ruleSet,
};
const policy = { kind: "KubeArmorPolicy", namespace: "shop", name: "block-tools" } as const;
const blocked: Attribution = { binding, rule: rule(1, "/usr/bin/sleep"), policy };
const audited: Attribution = { binding, rule: rule(1, "/etc/passwd", { category: "file", action: "audit" }), policy };
const posture: Attribution = { binding, rule: undefined, policy: undefined };

const open: Partial<KernelEvent> = {
  category: "file",
  operation: "open",
  object: "/etc/passwd",
  exe: "/usr/bin/cat",
  parentExe: "/usr/bin/bash",
  args: ["cat", "/etc/passwd"],
  syscall: { nr: 257, args: [0xffffff9cn, 0x7ffc0000n, 0o2000000n, 0n, 0n, 0n] },
};

const socket: Partial<KernelEvent> = {
  ...open,
  category: "network",
  operation: "socket",
  object: "",
  args: ["cat", "/dev/tcp"],
  socket: { family: 2, type: 2, protocol: 0 },
  syscall: { nr: 41, args: [2n, 0o2004002n, 0n, 0n, 0n, 0n] },
};

const cases: [string, KernelEvent, Attribution, object][] = [
  [
    "a socket that is made: with what was asked for beside its type",
    event(socket),
    blocked,
    {
      operation: "Network",
      source: "/usr/bin/cat /dev/tcp",
      resource: "domain=AF_INET type=SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC protocol=0",
      processName: "/usr/bin/cat",
      data: "syscall=SYS_SOCKET",
      result: "Permission denied",
      policyName: "block-tools",
    },
  ],
  [
    "a socket that exists: by its protocol",
    event({
      ...socket,
      operation: "socket_connect",
      socket: { family: 10, type: 3, protocol: 58 },
      syscall: { nr: 42, args: [5n, 1n, 16n, 0n, 0n, 0n] },
    }),
    blocked,
    {
      operation: "Network",
      resource: "domain=AF_INET6 type=SOCK_RAW protocol=ICMPV6",
      data: "syscall=SYS_CONNECT fd=5",
    },
  ],
  [
    "an address that is connected to",
    event({
      ...socket,
      operation: "socket_connect",
      socket: { family: 10, type: 1, protocol: 6 },
      peer: { address: 0xffff0a000001n, port: 443 },
      syscall: { nr: 42, args: [5n, 1n, 16n, 0n, 0n, 0n] },
    }),
    blocked,
    { operation: "Network", resource: "remoteip=10.0.0.1 port=443 protocol=TCP", data: "syscall=SYS_CONNECT fd=5" },
  ],
  [
    "an address that a connection is asked from",
    event({
      ...socket,
      operation: "socket_accept",
      socket: { family: 2, type: 1, protocol: 6 },
      peer: { address: 0xffff0a000001n, port: 8080 },
      syscall: { nr: 0xfffffffe, args: [0n, 0n, 0n, 0n, 0n, 0n] },
    }),
    blocked,
    {
      operation: "Network",
      resource: "remoteip=10.0.0.1 port=8080 protocol=TCP",
      data: "operation=SOCKET_ACCEPT",
    },
  ],
  [
    "a capability",
    event({ ...open, category: "capabilities", operation: "capable", object: "", capability: 13, verdict: -1 }),
    blocked,
    {
      operation: "Capabilities",
      source: "/usr/bin/cat /etc/passwd",
      resource: "CAP_NET_RAW",
      action: "Block",
      result: "Operation not permitted",
    },
  ],
  [
    "a system call: its name and its result, whatever the machine's number of it",
    event({
      ...open,
      ring: "audits",
      category: "syscalls",
      operation: "syscall",
      object: "/home/x",
      called: { number: 87, errno: 2 },
      verdict: 0,
    }),
    blocked,
    {
      operation: "Syscall",
      source: "/usr/bin/cat /etc/passwd",
      resource: "/home/x",
      data: "syscall=SYS_UNLINK",
      action: "Audit",
      result: "No such file or directory",
    },
  ],
  [
    "a blocked program: the caller is the source, path and arguments the resource",
    event(),
    blocked,
    {
      operation: "Process",
      source: "/usr/bin/bash",
      resource: "/usr/bin/sleep 1",
      processName: "/usr/bin/sleep",
      parentProcessName: "/usr/bin/bash",
      data: "syscall=SYS_EXECVE",
      eventData: { Syscall: "SYS_EXECVE" },
      action: "Block",
      result: "Permission denied",
      policyName: "block-tools",
      rule: { policy, origin: "spec.process.matchPaths[0]" },
      severity: "5",
      tags: ["WARNING", "MITRE"],
      message: "a critical program",
      type: "MatchedPolicy",
      tty: "pts0",
      cwd: "/root/",
    },
  ],
  [
    "a program without arguments: the path alone",
    event({ args: ["ls"], object: "/usr/bin/ls" }),
    blocked,
    { resource: "/usr/bin/ls" },
  ],
  [
    "execveat shows its descriptor and flag",
    event({ syscall: { nr: 322, args: [3n, 0n, 0n, 0n, 0x1000n, 0n] } }),
    blocked,
    { data: "syscall=SYS_EXECVEAT fd=3 flag=AT_EMPTY_PATH" },
  ],
  [
    "a program mapped by the loader",
    event({
      operation: "mmap_exec",
      object: "/bin/x",
      exe: "/lib64/ld-linux-x86-64.so.2",
      args: ["ld.so", "/bin/x"],
      syscall: { nr: 9, args: [0n, 4096n, 5n, 2n, 3n, 0n] },
    }),
    blocked,
    {
      operation: "Process",
      source: "/lib64/ld-linux-x86-64.so.2",
      resource: "/bin/x",
      data: "syscall=SYS_MMAP fd=3 prot=PROT_READ|PROT_EXEC flags=MAP_PRIVATE",
    },
  ],
  [
    "an audited read: the command line is the source",
    event({ ...open, ring: "audits", verdict: 0 }),
    audited,
    {
      operation: "File",
      source: "/usr/bin/cat /etc/passwd",
      resource: "/etc/passwd",
      processName: "/usr/bin/cat",
      parentProcessName: "/usr/bin/bash",
      data: "syscall=SYS_OPENAT fd=-100 flags=O_RDONLY|O_CLOEXEC",
      eventData: { Syscall: "SYS_OPENAT", Fd: "-100", Flags: "O_RDONLY|O_CLOEXEC" },
      action: "Audit",
      result: "Passed",
    },
  ],
  [
    "a miss of an allow-list in block posture has no severity",
    event({ ...open, ruleId: 0 }),
    posture,
    {
      policyName: "DefaultPosture",
      tags: [],
      message: "",
      action: "Block",
      result: "Permission denied",
    },
  ],
  [
    "a miss of an allow-list in audit posture",
    event({ ...open, ruleId: 0, verdict: 0 }),
    posture,
    { policyName: "DefaultPosture", action: "Audit", result: "Passed" },
  ],
  [
    "a denial by an Allow rule's condition is the posture's",
    event(open),
    { binding, rule: rule(1, "/etc/passwd", { action: "allow", ownerOnly: true }), policy },
    { policyName: "DefaultPosture", action: "Block" },
  ],
  [
    "a host policy names no pod",
    event(),
    { ...blocked, binding: host, policy: { kind: "KubeArmorHostPolicy", namespace: "", name: "host-tools" } },
    {
      type: "MatchedHostPolicy",
      policyName: "host-tools",
      hostName: "node-1",
      namespaceName: "",
      podName: "",
      containerId: "",
      containerName: "",
    },
  ],
  [
    "what the posture of the host decides is told as a host policy's",
    event({ ruleId: 0 }),
    { binding: host, rule: undefined, policy: undefined },
    { type: "MatchedHostPolicy", policyName: "DefaultPosture", podName: "" },
  ],
  [
    "a rule nobody knows any more is still reported, and not as the posture's",
    event({ ruleId: 9 }),
    posture,
    { policyName: "Unknown", action: "Block", message: expect.stringContaining("rule 9 of rule table 7") },
  ],
  ["an EPERM denial", event({ verdict: -1 }), blocked, { result: "Operation not permitted" }],
  [
    "a rename shows the other name",
    event({
      ...open,
      operation: "rename",
      object: "/etc/passwd",
      object2: "/tmp/p",
      syscall: { nr: 316, args: [0n, 0n, 0n, 0n, 1n, 0n] },
    }),
    blocked,
    { resource: "/etc/passwd", data: "syscall=SYS_RENAMEAT2 flags=RENAME_NOREPLACE newname=/tmp/p" },
  ],
  [
    "a rename onto a protected name shows the old one",
    event({
      ...open,
      operation: "rename",
      second: true,
      object2: "/tmp/p",
      syscall: { nr: 82, args: [0n, 0n, 0n, 0n, 0n, 0n] },
    }),
    blocked,
    { data: "syscall=SYS_RENAME oldname=/tmp/p" },
  ],
  [
    "unlink by descriptor, whatever a second name would say",
    event({
      ...open,
      operation: "unlink",
      object2: "/",
      syscall: { nr: 263, args: [0xffffff9cn, 0n, 0n, 0n, 0n, 0n] },
    }),
    blocked,
    { data: "syscall=SYS_UNLINKAT fd=-100 flags=0" },
  ],
  [
    "a worker of io_uring",
    event({ ...open, syscall: { nr: 0xffffffff, args: [0n, 0n, 0n, 0n, 0n, 0n] } }),
    blocked,
    { data: "syscall=SYS_IO_URING_ENTER operation=OPEN" },
  ],
  [
    "a name that could not be had whole is marked",
    event({ ...open, ruleId: 0, unresolvable: true }),
    posture,
    { data: "syscall=SYS_OPENAT fd=-100 flags=O_RDONLY|O_CLOEXEC name=incomplete" },
  ],
  [
    "a container that is not known any more",
    event(),
    { binding: undefined, rule: blocked.rule, policy },
    { podName: "", containerName: "", policyName: "block-tools" },
  ],
];

describe("an alert made of a kernel event", () => {
  it.each(cases)("%s", (_, kernelEvent, attribution, expected) => {
    const alert = alertOf(kernelEvent, attribution, origin);
    expect(alert).toMatchObject(expected);
    expect(decodeAlert(encodeAlert(alert))).toMatchObject(expected);
    if (alert.policyName === "DefaultPosture") expect(alertJson(alert)).not.toContain("Severity");
  });

  it("carries the pod's facts and both kinds of process ids", () => {
    const json = JSON.parse(alertJson(alertOf(event(), blocked, origin)));
    expect(json).toMatchObject({
      ClusterName: "c1",
      HostName: "node-1",
      NamespaceName: "shop",
      PodName: "web-1",
      Labels: "app=web",
      Owner: { Ref: "Deployment", Name: "web", Namespace: "shop" },
      ContainerName: "app",
      HostPID: 4001,
      HostPPID: 4000,
      PID: 12,
      PPID: 1,
      Timestamp: 1_700_000_001,
      UpdatedTime: "2023-11-14T22:13:21.000000Z",
      NodeID: "0123",
      ATags: ["WARNING", "MITRE"],
    });
  });

  it("has an id that differs by boot, sequence and time, and is the same for the same event", () => {
    const id = (more: Partial<KernelEvent>, of = origin) => alertOf(event(more), blocked, of).id;
    const ids = [id({}), id({ sequence: 2n }), id({ timeNs: 5n }), id({}, { ...origin, boot: "other" })];
    expect(new Set(ids).size).toBe(4);
    expect(id({})).toBe(ids[0]);
  });
});
