/**
 * How long it takes from the edit of a policy until the kernel of a guest decides by it. A program in a pod tries again and again to open a file that each edit
 * forbids or allows again, and notes the guest's time when the answer changes; the edit's time is this machine's. What one clock is ahead of the other is
 * measured again and again.
 */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "@portcullis/daemon";
import { type Cluster, type GuestShell, run } from "../cluster/index.ts";

export interface EditFigures {
  readonly edits: number;
  readonly p99Ms: number;
  readonly medianMs: number;
  /** How wrong the comparison of the two clocks may be. */
  readonly clockMs: number;
}

const edits = 200;
/** The clocks are compared after so many. */
const betweenClocks = 20;
const lookAfterMs = 300;
const folder = "/opt/scale";
const [guarded, other, changes] = [`${folder}/guarded`, `${folder}/other`, `${folder}/changes`];
const namespace = "scale-edits";
const app = "probe";

export async function measureEdits(cluster: Cluster): Promise<EditFigures> {
  const guest = cluster.guest();
  await placeProbe(guest);
  await cluster.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, probePod]);
  await cluster.podReady(namespace, { app });
  // The first is not counted: it also begins enforcement in the pod, and the controller may still have to become the leader.
  await edit(cluster, guarded);
  const isForbidden = async () => (await noted(guest)).some(({ answer }) => answer === constants.errno.EACCES);
  await cluster.until("the policy to be in force", isForbidden, 300_000);
  const took: number[] = [];
  let clock = await compareClocks(guest);
  let clockMs = clock.errorMs;
  for (let k = 0; k < edits; k++) {
    if (k > 0 && k % betweenClocks === 0) clock = await compareClocks(guest);
    clockMs = Math.max(clockMs, clock.errorMs);
    const before = (await noted(guest)).length;
    const at = now();
    await edit(cluster, k % 2 === 0 ? other : guarded);
    // To look there costs the guest time, which the edit is to have.
    await sleep(lookAfterMs);
    const change = await cluster.until("an edit to be in force", async () => (await noted(guest))[before], 60_000);
    took.push(change.atMs - clock.aheadMs - at);
    // Edits that come at any time, and not in step with anything.
    await sleep(100 + Math.random() * 400);
  }
  took.sort((a, b) => a - b);
  const at = (part: number) => took[Math.ceil(took.length * part) - 1] ?? 0;
  return { edits, p99Ms: at(0.99), medianMs: at(0.5), clockMs };
}

const now = (): number => performance.timeOrigin + performance.now();

async function placeProbe(guest: GuestShell): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "portcullis-scale-"));
  try {
    const out = join(work, "edit-probe");
    await run("musl-gcc", ["-static", "-Os", "-s", "-o", out, join(import.meta.dirname, "edit-probe.c")]);
    await guest.check(`mkdir -p ${folder} && touch ${guarded} ${other}`);
    await guest.write(`${folder}/edit-probe`, await readFile(out));
    await guest.check(`chmod 755 ${folder}/edit-probe`);
  } finally {
    await rm(work, { recursive: true });
  }
}

const probePod = {
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "probe", namespace, labels: { app } } },
  spec: {
    ...{ automountServiceAccountToken: false, terminationGracePeriodSeconds: 0 },
    containers: [
      {
        ...{ name: "main", image: "localhost/box:1", imagePullPolicy: "Never" },
        ...{ command: [`${folder}/edit-probe`, guarded, changes] },
        volumeMounts: [{ name: "folder", mountPath: folder }],
      },
    ],
    volumes: [{ name: "folder", hostPath: { path: folder } }],
  },
};

/** Forbids this file from now on, and no other one. */
async function edit(cluster: Cluster, path: string): Promise<void> {
  await cluster.apply({
    ...{ apiVersion: "security.kubearmor.com/v1", kind: "KubeArmorPolicy" },
    metadata: { name: "edited", namespace },
    spec: { selector: { matchLabels: { app } }, file: { matchPaths: [{ path }] }, action: "Block" },
  } as Parameters<Cluster["apply"]>[0]);
}

/** What the probe has noted: each change of the answer, and when, by the guest's clock. */
async function noted(guest: GuestShell): Promise<{ readonly atMs: number; readonly answer: number }[]> {
  const text = await guest.check(`cat ${changes}`);
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => {
    const [at, answer] = line.split(" ");
    return { atMs: Number(at) / 1_000, answer: Number(answer) };
  });
}

/** What the guest's clock is ahead of this machine's: of several answers that which took the least time is the least wrong. */
async function compareClocks(guest: GuestShell): Promise<{ readonly aheadMs: number; readonly errorMs: number }> {
  let best = { aheadMs: 0, errorMs: Number.POSITIVE_INFINITY };
  for (let k = 0; k < 10; k++) {
    const asked = now();
    const said = Number(await guest.check("echo $EPOCHREALTIME")) * 1_000;
    const errorMs = (now() - asked) / 2;
    if (errorMs < best.errorMs) best = { aheadMs: said - (asked + errorMs), errorMs };
  }
  return best;
}
