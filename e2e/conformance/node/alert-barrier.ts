/**
 * When have all alerts and logs of what happened so far arrived? A container of the runner's own does something denied, something audited and something
 * that is only visible on demand, each twice: the first is told, the second counted. What is told is told in the order in which it happened (a ring for denials
 * and one for audits, one spool, one stream; of logs one each), and what is counted is taken over all at once, so once all six are here, everything before them is
 * too. It takes a fraction of a second and is certain; a silence of some seconds is neither.
 */
import { group, version, visibilityAnnotation } from "@portcullis/api";
import { type GuestShell, WaitedInVainError } from "../../cluster/index.ts";
import { comesTrue, waitForPods, waitForPolicies } from "../case-waits.ts";
import type { ArrivedAlert, KubeObject, Target } from "../target.ts";

/** In the guest and in the container: a pipe for numbers, and a folder for each kind of alert and for logs. */
const inGuest = "/run/barrier";
const inContainer = "/barrier";
const namespace = "portcullis-barrier";
const loop = `exec 3<>${inContainer}/in; while read -r n <&3; do for twice in 1 2; do : > ${inContainer}/denied/$n; : > ${inContainer}/audited/$n; : > ${inContainer}/visible/$n; done; done`;
/** What does not come within this time was lost in a full ring, and is done again. */
const againMs = 3_000;
const giveUpMs = 60_000;

export interface BarrierOptions {
  readonly guest: GuestShell;
  readonly target: Omit<Target, "settled">;
  /** Any image with bash. */
  readonly image: string;
}

export class AlertBarrier {
  readonly #options: BarrierOptions;
  #last = 0;
  #running: Promise<void> = Promise.resolve();
  /** The round that begins when the running one has ended. */
  #next: Promise<void> | undefined;

  private constructor(options: BarrierOptions) {
    this.#options = options;
  }

  /** Starts its container and resolves when its policy is enforced. */
  static async raise(options: BarrierOptions): Promise<AlertBarrier> {
    const { guest, target, image } = options;
    await guest.check(`mkdir -p ${inGuest}/denied ${inGuest}/audited ${inGuest}/visible && mkfifo ${inGuest}/in`);
    const pod = podOf(image);
    const metadata = { name: namespace, annotations: { [visibilityAnnotation]: "file" } };
    await target.apply([{ apiVersion: "v1", kind: "Namespace", metadata }, pod]);
    await waitForPods(target, [pod]);
    await target.apply([policy]);
    await waitForPolicies(target, [policy], [pod]);
    const barrier = new AlertBarrier(options);
    await barrier.passed();
    return barrier;
  }

  /** Resolves when every alert of what happened before this call has arrived. Who asks while a round is under way shares the next one. */
  passed(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const round = this.#round();
      this.#running = round.catch(() => {});
      return round;
    });
    return this.#next;
  }

  async #round(): Promise<void> {
    const began = performance.now();
    while (performance.now() - began < giveUpMs) if (await this.#tryOnce(++this.#last)) return;
    throw new WaitedInVainError(`the alerts and logs of the barrier have not arrived within ${giveUpMs / 1000} s`);
  }

  async #tryOnce(number: number): Promise<boolean> {
    const { guest, target } = this.#options;
    const [mark, logMark] = [target.alerts.length, target.logs.length];
    await guest.check(`echo ${number} > ${inGuest}/in`);
    const has = (alerts: readonly ArrivedAlert[], kind: string) => {
      const own = alerts.filter(
        (a) => a.NamespaceName === namespace && a.Resource === `${inContainer}/${kind}/${number}`,
      );
      return own.some(({ Count }) => Count === undefined) && own.some(({ Count }) => Count !== undefined);
    };
    const allThere = () => {
      const alerts = target.alerts.slice(mark);
      return has(alerts, "denied") && has(alerts, "audited") && has(target.logs.slice(logMark), "visible");
    };
    return await comesTrue(allThere, againMs, (leftMs) => target.nextAlert(leftMs));
  }
}

const labels = { app: "barrier" };

const podOf = (image: string): KubeObject => ({
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "barrier", namespace, labels } },
  spec: {
    automountServiceAccountToken: false,
    volumes: [{ name: "barrier", hostPath: { path: inGuest, type: "DirectoryOrCreate" } }],
    containers: [
      {
        ...{ name: "main", image, command: ["bash", "-c", loop] },
        volumeMounts: [{ name: "barrier", mountPath: inContainer }],
      },
    ],
  },
});

const policy: KubeObject = {
  ...{ apiVersion: `${group}/${version}`, kind: "KubeArmorPolicy", metadata: { name: "barrier", namespace } },
  spec: {
    selector: { matchLabels: labels },
    file: {
      matchDirectories: [
        { dir: `${inContainer}/denied/`, recursive: true },
        { dir: `${inContainer}/audited/`, recursive: true, action: "Audit" },
      ],
    },
    action: "Block",
  },
};
