/**
 * One case from fresh workloads to a verdict: control run without any policy, then the policies and the steps with
 * their expectations. Throws StepFailedError with the first thing that was not as the case says.
 */
import { StepFailedError } from "../cluster/index.ts";
import type { Case, CaseWorkload, Corpus, Step } from "./case.ts";
import { expectation, type Naming, namespaces, naming, pod, policyObject } from "./case-objects.ts";
import { comesTrue, waitForPods, waitForPolicies } from "./case-waits.ts";
import type { ControlStore } from "./control-runs.ts";
import { judgeAlerts, judgeControl, judgeOutcome, type Outcome } from "./match.ts";
import type { ArrivedAlert, KubeObject, Target } from "./target.ts";

export interface CaseContext {
  readonly corpus: Corpus;
  readonly target: Target;
  readonly control: ControlStore;
  imageOf(fixture: string): string;
  /** Annotations of a case's namespaces that stand for the global configuration of the case. */
  postureOf(c: Case): Record<string, string>;
}

const alertWindowMs = 20_000;
/** How long nothing may arrive before "no alert" is believed. */
const silenceMs = 2_000;
const settleTries = 8;

/** Runs one case; `suffix` makes its names unique in the cluster. */
export async function runCase(c: Case, suffix: string, context: CaseContext): Promise<void> {
  if (!context.control.knows(c)) await inNamespaces(c, `${suffix}-c`, context, (run) => run.control());
  await inNamespaces(c, suffix, context, (run) => run.enforced());
}

async function inNamespaces(c: Case, suffix: string, context: CaseContext, work: (run: CaseRun) => Promise<void>) {
  const run = new CaseRun(c, naming(suffix), context);
  try {
    await run.start();
    await work(run);
  } finally {
    await run.end();
  }
}

class CaseRun {
  readonly #c: Case;
  readonly #names: Naming;
  readonly #context: CaseContext;
  readonly #namespaces: KubeObject[];
  readonly #applied = new Map<string, KubeObject>();
  readonly #started: KubeObject[] = [];
  /** A change was made that no status speaks of: a removed policy, an annotation. */
  #unsettled = false;

  constructor(c: Case, names: Naming, context: CaseContext) {
    this.#c = c;
    this.#names = names;
    this.#context = context;
    this.#namespaces = namespaces(c, names, context.postureOf(c));
  }

  async start(): Promise<void> {
    await this.#context.target.apply(this.#namespaces);
    await this.#startWorkloads(this.#c.workloads.filter((w) => !w.startsLate));
  }

  async end(): Promise<void> {
    await this.#context.target.remove([...this.#applied.values()]);
    await this.#context.target.remove(this.#namespaces);
  }

  /** The exec steps without policy; late workloads run from the start. */
  async control(): Promise<void> {
    await this.#startWorkloads(this.#c.workloads.filter((w) => w.startsLate));
    // Postures mean nothing while there is no allow-list, so the namespaces' annotations do no harm here.
    for (const [i, step] of this.#c.steps.entries()) {
      if (!step.exec) continue;
      const outcome = await this.#exec(step);
      const problem = step.expect && judgeControl(step.expect, outcome);
      if (problem) throw new StepFailedError(`control run, step ${i + 1} (${step.exec.join(" ")}): ${problem}`);
    }
    this.#context.control.remember(this.#c);
  }

  async enforced(): Promise<void> {
    for (const path of this.#c.policies) await this.#apply(path);
    await this.#enforcedNow([...this.#applied.values()]);
    for (const [i, step] of this.#c.steps.entries()) await this.#step(step, `step ${i + 1}`);
  }

  async #step(step: Step, label: string): Promise<void> {
    const { target } = this.#context;
    if (step.apply) {
      await this.#enforcedNow(await this.#apply(step.apply));
    } else if (step.delete) {
      await this.#removePolicy(step.delete);
    } else if (step.annotate) {
      await target.apply(this.#annotated(step.annotate));
      this.#unsettled = true;
    } else if (step.start) {
      await this.#startWorkloads(this.#c.workloads.filter((w) => w.id === step.start));
      await this.#enforcedNow([...this.#applied.values()]);
    } else if (step.exec) {
      await this.#execStep(step, `${label} (${step.exec.join(" ")})`);
    } else throw new StepFailedError(`${label}: nothing to do in it`);
  }

  /** After a change without a status to wait for, an outcome of before it is not final: the step is tried again for a while. */
  async #execStep(step: Step, label: string): Promise<void> {
    let problem: string | undefined;
    const tries = this.#unsettled ? settleTries : 1;
    for (let i = 0; i < tries; i++) {
      problem = await this.#tryStep(step, label);
      if (problem === undefined) break;
      if (i + 1 < tries) await new Promise((resolve) => setTimeout(resolve, silenceMs));
    }
    this.#unsettled = false;
    if (problem !== undefined) throw new StepFailedError(`${label}: ${problem}`);
  }

  /** Why the step did not go as it says; undefined when it did. */
  async #tryStep(step: Step, label: string): Promise<string | undefined> {
    const { target } = this.#context;
    const wantsNone = step.expect !== undefined && (step.expect.noAlert || step.expect.noAlertMatching.length > 0);
    // What an earlier step caused may still be on its way, and is not this step's.
    if (wantsNone) await this.#silence(() => target.alerts.filter((a) => this.#isOf(a, step)).length);
    const mark = target.alerts.length;
    const outcome = await this.#exec(step);
    if (!step.expect) {
      if (step.setup && outcome.exitCode !== 0) throw new StepFailedError(`${label}: set-up failed: ${outcome.output}`);
      return undefined;
    }
    const expect = expectation(step.expect, this.#names);
    const problem = judgeOutcome(expect, outcome);
    if (problem) return problem;
    const mine = () => target.alerts.slice(mark).filter((a) => this.#isOf(a, step));
    const positive = { ...expect, noAlert: false, noAlertMatching: [] };
    const met = await this.#alertsUntil(() => judgeAlerts(positive, mine()) === undefined);
    if (met && wantsNone) await this.#silence(() => mine().length);
    return judgeAlerts(expect, mine());
  }

  #isOf(alert: ArrivedAlert, step: Step): boolean {
    const w = this.#workload(step);
    return alert.PodName === w.id && alert.NamespaceName === this.#names.namespace(w.namespace);
  }

  async #alertsUntil(done: () => boolean): Promise<boolean> {
    return await comesTrue(done, alertWindowMs, (leftMs) => this.#context.target.nextAlert(leftMs));
  }

  /** Waits until the workload's alerts have stopped for a while. */
  async #silence(count: () => number): Promise<void> {
    let before = -1;
    for (let waited = 0; before !== count() && waited < alertWindowMs; waited += silenceMs) {
      before = count();
      await new Promise((resolve) => setTimeout(resolve, silenceMs));
    }
  }

  async #exec(step: Step): Promise<Outcome> {
    const w = this.#workload(step);
    const container = step.container ?? w.containers[0]?.name ?? w.id;
    const where = { namespace: this.#names.namespace(w.namespace), pod: w.id, container };
    return await this.#context.target.exec(where, step.exec ?? [], { tty: step.tty ?? false, timeoutMs: 30_000 });
  }

  #workload(step: Step): CaseWorkload {
    const w = this.#c.workloads.find((one) => one.id === step.workload) ?? this.#c.workloads[0];
    if (!w) throw new StepFailedError(`no workload ${step.workload}`);
    return w;
  }

  async #startWorkloads(workloads: readonly CaseWorkload[]): Promise<void> {
    if (workloads.length === 0) return;
    const pods = workloads.map((w) => {
      const cwd = this.#c.steps.find((s) => s.workload === w.id && s.cwd !== undefined)?.cwd;
      return pod(this.#c, w, this.#names, this.#context.imageOf(w.fixture ?? ""), cwd);
    });
    await this.#context.target.apply(pods);
    await waitForPods(this.#context.target, pods);
    this.#started.push(...pods);
  }

  async #enforcedNow(policies: readonly KubeObject[]): Promise<void> {
    await waitForPolicies(this.#context.target, policies, this.#started);
  }

  async #apply(path: string): Promise<KubeObject[]> {
    const objects = this.#context.corpus.policy(path).map((d) => policyObject(d, this.#names));
    await this.#context.target.apply(objects);
    for (const o of objects) this.#applied.set(`${o.kind}/${o.metadata.namespace ?? ""}/${o.metadata.name}`, o);
    return objects;
  }

  async #removePolicy(path: string): Promise<void> {
    const { target } = this.#context;
    const objects = this.#context.corpus.policy(path).map((d) => policyObject(d, this.#names));
    await target.remove(objects);
    const gone = async () => (await Promise.all(objects.map((o) => target.read(o)))).every((o) => o === undefined);
    await comesTrue(gone, alertWindowMs);
    this.#unsettled = true;
  }

  #annotated(annotate: Record<string, Record<string, string>>): KubeObject[] {
    return this.#namespaces.map((n) => {
      const entry = Object.entries(annotate).find(([name]) => this.#names.namespace(name) === n.metadata.name);
      const annotations = { ...(n.metadata.annotations as Record<string, string>), ...entry?.[1] };
      return { ...n, metadata: { ...n.metadata, annotations } };
    });
  }
}
