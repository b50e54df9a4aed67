/** What the tests share: temporary directories, counters, sample messages. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, encodeBundle, encodeRuleSet, PublicKeys, SigningKey, signBundle } from "@portcullis/bus";
import type { Bundle, BundleContainer, Rule, RuleSet } from "@portcullis/model";
import type { KernelCount, KernelEvent } from "@portcullis/native";
import type { CounterName } from "../src/counters.ts";

export class TemporaryDirectories {
  readonly #made: string[] = [];
  readonly #parent: string;
  constructor(parent = tmpdir()) {
    this.#parent = parent;
  }
  make(): string {
    const dir = mkdtempSync(join(this.#parent, "portcullis-enforcer-"));
    this.#made.push(dir);
    return dir;
  }
  removeAll(): void {
    for (const dir of this.#made.splice(0)) rmSync(dir, { recursive: true, force: true });
  }
}

export function counting(): { count: (name: CounterName, by?: number) => void; of: (name: CounterName) => number } {
  const counts = new Map<CounterName, number>();
  return {
    count: (name, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by),
    of: (name) => counts.get(name) ?? 0,
  };
}

export const containerId = (n: number): string => n.toString(16).padStart(64, "0");

export function rule(id: number, path: string, more: Partial<Rule> = {}): Rule {
  return {
    id,
    category: "process",
    match: { kind: "path", path },
    action: "block",
    readOnly: false,
    ownerOnly: false,
    noTerminal: false,
    policy: 0,
    severity: "5",
    tags: ["WARNING", "MITRE"],
    message: "a critical program",
    origin: `spec.process.matchPaths[${id - 1}]`,
    ...more,
  };
}

export function ruleSet(...rules: Rule[]): { ruleSet: RuleSet; bytes: Uint8Array; digest: string } {
  const set: RuleSet = {
    policies: [{ kind: "KubeArmorPolicy", namespace: "shop", name: "block-tools" }],
    rules,
    posture: {},
  };
  const bytes = encodeRuleSet(set);
  return { ruleSet: set, bytes, digest: digestOf(bytes) };
}

export function bundleContainer(more: Partial<BundleContainer> = {}): BundleContainer {
  return {
    namespace: "shop",
    pod: "web-1",
    podUid: "6f5b0e5c-5a1b-4c5e-9b1a-000000000001",
    container: "app",
    image: "shop/web:1",
    labels: { app: "web" },
    owner: { kind: "Deployment", name: "web", namespace: "shop" },
    ruleSet: "",
    ...more,
  };
}

/** The controller's key in the tests: always the same, so that what it signs is. Nothing else is signed with it. */
export const controllerKey = SigningKey.parse("MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f");
export const acceptedKeys = new PublicKeys([controllerKey.publicKey]);
export const signer = { key: controllerKey, accepted: acceptedKeys };

/** Where and when alerts come from. */
export const origin = {
  cluster: "c1",
  node: "node-1",
  nodeId: "0123",
  boot: "boot",
  bootToEpochNs: 1_700_000_000_000_000_000n,
};

/** A bundle as the controller publishes it. */
export function bundle(
  revision: bigint,
  containers: BundleContainer[],
  more: Partial<Bundle> = {},
): { bundle: Bundle; bytes: Uint8Array } {
  const digests = [...new Set(containers.map((w) => w.ruleSet).filter((d) => d !== ""))].sort();
  const made: Bundle = { cluster: "test", node: "node-1", revision, containers, ruleSets: digests, ...more };
  return { bundle: made, bytes: signBundle(encodeBundle(made), controllerKey) };
}

export function event(more: Partial<KernelEvent> = {}): KernelEvent {
  return {
    ring: "denials",
    sequence: 1n,
    timeNs: 1_000_000_000n,
    slot: 1,
    ruleId: 1,
    tableId: 7n,
    category: "process",
    operation: "exec",
    verdict: -13,
    unresolvable: false,
    truncated: false,
    guard: false,
    pathless: false,
    write: false,
    second: false,
    visible: false,
    recorded: false,
    openFlags: 0,
    pid: 4001,
    tid: 4001,
    ppid: 4000,
    nsPid: 12,
    nsPpid: 1,
    uid: 0,
    gid: 0,
    cgroupId: 99n,
    comm: "bash",
    object: "/usr/bin/sleep",
    object2: "",
    exe: "/usr/bin/bash",
    parentExe: "/usr/bin/containerd-shim",
    cwd: "/root",
    args: ["sleep", "1"],
    tty: "pts0",
    syscall: { nr: 59, args: [0n, 0n, 0n, 0n, 0n, 0n] },
    ...more,
  };
}

/** Repetitions of what `event()` is, by default. */
export function countOf(more: Partial<KernelCount> = {}): KernelCount {
  return {
    level: "named",
    kind: "kind-1",
    slot: 1,
    ruleId: 1,
    tableId: 7n,
    category: "process",
    operation: "exec",
    verdict: -13,
    unresolvable: false,
    truncated: false,
    guard: false,
    pathless: false,
    write: false,
    second: false,
    visible: false,
    recorded: false,
    count: 41,
    firstNs: 5_000n,
    lastNs: 9_000n,
    sequence: 12n,
    ...more,
  };
}
