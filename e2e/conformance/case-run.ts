/**
 * One case from fresh workloads to a verdict: control run without any policy, then the policies and the steps with
 * their expectations. Throws StepFailedError with the first thing that was not as the case says. Long because every kind
 * of step is one short method of the same state.
 */
import { StepFailedError } from "../cluster/index.ts";
import { AlertsHeard, alertWindowMs, silenceMs } from "./alerts-heard.ts";
import {
  type Case,
  type CaseWorkload,
  type Command,
  type Corpus,
  commandsOf,
  type ExecStep,
  type Expectation,
  type StatusExpectation,
  type Step,
} from "./case.ts";
import {
  changesConfig,
  dataObjects,
  expectation,
  globalConfig,
  type Naming,
  namespaces,
  naming,
  pod,
  policyObject,
  throttlesAlerts,
} from "./case-objects.ts";
import { comesTrue, waitForPods, waitForPolicies } from "./case-waits.ts";
import type { ControlStore } from "./control-runs.ts";
import { needsInternet, withInternet } from "./internet.ts";
import {
  judgeAlerts,
  judgeControl,
  judgeLogs,
  judgeOutcome,
  judgeStatus,
  looksAtLogs,
  type Outcome,
  type PolicyStatus,
  wantsNone,
} from "./match.ts";
import type { ArrivedAlert, KubeObject, Target } from "./target.ts";

export interface CaseContext {
  readonly corpus: Corpus;
  readonly target: Target;
  readonly control: ControlStore;
  imageOf(fixture: string): string;
  /** Annotations of a case's namespaces that stand for the global configuration of the case. */
  postureOf(c: Case): Record<string, string>;
}

/** … with the address of what stands for the internet, where the case needs it. */
type PlacedContext = CaseContext & { readonly internet: string | undefined };

/** How long after a change that no status speaks of an outcome of before it is not final. */
const settleMs = 45_000;
/** Before such an outcome is looked at again. */
const againMs = 1_000;

/** Runs one case; `suffix` makes its names unique in the cluster. */
export async function runCase(c: Case, suffix: string, context: CaseContext): Promise<void> {
  const internet = needsInternet(c) ? await context.target.internet() : undefined;
  const placed = internet === undefined ? c : { ...c, steps: withInternet(c.steps, internet) };
  const on = { ...context, internet };
  if (!context.control.knows(c)) {
    await inNamespaces(placed, `${suffix}-c`, on, (run) => run.control());
    context.control.remember(c);
  }
  await inNamespaces(placed, suffix, on, (run) => run.enforced());
}

async function inNamespaces(c: Case, suffix: string, context: PlacedContext, work: (run: CaseRun) => Promise<void>) {
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
  readonly #context: PlacedContext;
  readonly #namespaces: KubeObject[];
  readonly #applied = new Map<string, KubeObject>();
  /** Pods by workload. */
  readonly #started = new Map<string, KubeObject>();
  readonly #heard: AlertsHeard;
  /** Until when a change may not have taken effect yet that no status speaks of: a removed policy, an annotation. */
  #settledAt = 0;

  constructor(c: Case, names: Naming, context: PlacedContext) {
    this.#c = c;
    this.#names = names;
    this.#context = context;
    this.#heard = new AlertsHeard(context.target, { throttled: throttlesAlerts(c) });
    // Annotations go before the global configuration: a case that changes that has none for it.
    this.#namespaces = namespaces(c, names, changesConfig(c) ? {} : context.postureOf(c));
  }

  async start(): Promise<void> {
    if (changesConfig(this.#c)) await this.#context.target.configure(globalConfig(this.#c.config));
    await this.#context.target.apply(this.#namespaces);
    await this.#labelNode();
    await this.#startWorkloads(this.#c.workloads.filter((w) => !w.startsLate));
    // No status says since when what passes is visible.
    if (looksAtLogs(this.#c)) this.#settledAt = performance.now() + settleMs;
  }

  async #labelNode(): Promise<void> {
    const host = this.#c.workloads.find((w) => w.host);
    // In a selector "*" stands for every name; no node is called so.
    const labels = Object.entries(host?.nodeLabels ?? {}).filter(([, value]) => value !== "*");
    if (host) await this.#context.target.labelNode?.(Object.fromEntries(labels));
  }

  async end(): Promise<void> {
    if (changesConfig(this.#c)) await this.#context.target.configure({});
    await this.#context.target.remove([...this.#applied.values(), ...this.#namespaces]);
  }

  /** The exec steps without policy; late workloads run from the start. */
  async control(): Promise<void> {
    await this.#startWorkloads(this.#c.workloads.filter((w) => w.startsLate));
    // Postures mean nothing while there is no allow-list, so the namespaces' annotations do no harm here.
    for (const [i, step] of this.#c.steps.entries()) {
      // These change what a later command finds, whatever the policies are.
      if (step.restart) await this.#restart(step.restart, step.container);
      if (step.update) await this.#update(step.update);
      for (const command of commandsOf(step)) await this.#controlStep(command, `step ${i + 1}`);
    }
  }

  async #controlStep(step: ExecStep, label: string): Promise<void> {
    let problem: string | undefined;
    const passes = async () => {
      const outcome = await this.#exec(step);
      problem = step.expect && judgeControl(step.expect, outcome);
      return problem === undefined;
    };
    // The node is one for all cases: a host policy of the case before may not have gone yet.
    await comesTrue(passes, this.#workload(step.workload).host ? settleMs : 0);
    if (problem) throw new StepFailedError(`control run, ${label} (${step.exec.join(" ")}): ${problem}`);
  }

  async enforced(): Promise<void> {
    for (const path of this.#c.policies) await this.#apply(path);
    await this.#enforcedNow([...this.#applied.values()]);
    for (const [i, step] of this.#c.steps.entries()) await this.#step(step, `step ${i + 1}`);
  }

  async #step(step: Step, label: string): Promise<void> {
    if (step.apply) await this.#enforcedNow(await this.#apply(step.apply));
    else if (step.delete) await this.#removePolicy(step.delete);
    else if (step.setConfig) await this.#configure(step.setConfig);
    else if (step.annotate) await this.#annotate(step.annotate);
    else if (step.start) await this.#start(step.start);
    else if (step.restart) await this.#restart(step.restart, step.container);
    else if (step.label) await this.#label(step.label);
    else if (step.update) await this.#update(step.update);
    else if (step.status) await this.#status(step.status, label);
    else if (step.parallel) await this.#parallel(step.parallel, label);
    else if (step.exec) await this.#execStep({ ...step, exec: step.exec }, label);
  }

  /** Some outcomes are the same before and after: a while is given first, in which a change shows. */
  async #configure(config: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#context.target.configure(globalConfig({ ...this.#c.config, ...config }));
    await new Promise((resolve) => setTimeout(resolve, silenceMs));
    this.#settledAt = performance.now() + settleMs;
  }

  async #annotate(annotate: Record<string, Record<string, string>>): Promise<void> {
    await this.#context.target.apply(this.#annotated(annotate));
    this.#settledAt = performance.now() + settleMs;
  }

  async #start(id: string): Promise<void> {
    await this.#startWorkloads(this.#c.workloads.filter((w) => w.id === id));
    await this.#enforcedNow([...this.#applied.values()]);
    // The status may be of a moment before.
    this.#settledAt = performance.now() + settleMs;
  }

  /** A container that comes back is bound anew, which no status speaks of. */
  async #restart(id: string, name: string | undefined): Promise<void> {
    const w = this.#workload(id);
    const container = name ?? w.containers[0]?.name ?? w.id;
    await this.#context.target.restart({ namespace: this.#names.namespace(w.namespace), pod: w.id, container });
    this.#settledAt = performance.now() + settleMs;
  }

  async #label(label: Record<string, Record<string, string | null>>): Promise<void> {
    for (const [id, changes] of Object.entries(label)) {
      const before = this.#podOf(id);
      const labels = Object.entries({ ...(before.metadata.labels as object), ...changes }).filter(
        ([, v]) => v !== null,
      );
      const after = { ...before, metadata: { ...before.metadata, labels: Object.fromEntries(labels) } };
      await this.#context.target.apply([after]);
      this.#started.set(id, after);
    }
    this.#settledAt = performance.now() + settleMs;
  }

  async #update(update: Record<string, Record<string, Record<string, string>>>): Promise<void> {
    for (const [id, changed] of Object.entries(update))
      for (const data of dataObjects(this.#workload(id), this.#names, changed))
        await this.#context.target.update(data, this.#podOf(id));
  }

  /** What the status says now may be of before the last change: it has a while to say what is expected. */
  async #status(expected: StatusExpectation, label: string): Promise<void> {
    const [object] = this.#policyObjects(expected.policy);
    if (!object) throw new StepFailedError(`${label}: ${expected.policy} holds no policy`);
    let problem: string | undefined;
    await comesTrue(async () => {
      const read = await this.#context.target.read(object);
      problem = judgeStatus(expected, (read?.status ?? {}) as PolicyStatus);
      return problem === undefined;
    }, alertWindowMs);
    if (problem !== undefined) throw new StepFailedError(`${label}: status of ${object.metadata.name}: ${problem}`);
  }

  async #parallel(commands: readonly Command[], label: string): Promise<void> {
    const ended = await Promise.allSettled(commands.map((command, i) => this.#execStep(command, `${label}.${i + 1}`)));
    for (const one of ended) if (one.status === "rejected") throw one.reason;
  }

  /** After a change without a status to wait for, an outcome of before it is not final: the step is tried again for a while. */
  async #execStep(step: ExecStep, name: string): Promise<void> {
    const label = `${name} (${step.exec.join(" ")})`;
    let problem = await this.#tryStep(step, label);
    while (problem !== undefined && performance.now() < this.#settledAt) {
      await new Promise((resolve) => setTimeout(resolve, againMs));
      problem = await this.#tryStep(step, label);
    }
    if (problem === undefined) return;
    throw new StepFailedError(
      `${label}: ${problem}; ${await this.#statuses()}; last alerts there: ${this.#lastAlerts(step)}`,
    );
  }

  /** For whoever has to find out why a step failed: an audit, for example, says that the posture was not what it should have been. */
  #lastAlerts(step: ExecStep): string {
    const last = this.#context.target.alerts.filter((alert) => this.#isOf(alert, step)).slice(-3);
    return last.map((a) => `${a.PolicyName} ${a.Action} ${a.Operation} ${a.Resource}`).join(", ") || "none";
  }

  /** What the policies say of themselves, for whoever has to find out why a step failed. */
  async #statuses(): Promise<string> {
    const said = [...this.#applied.values()].map(async (policy) => {
      const status = ((await this.#context.target.read(policy))?.status ?? {}) as PolicyStatus;
      const conditions = status.conditions?.map(({ type, status, reason }) => `${type}=${status}/${reason}`);
      return `${policy.metadata.name} says now ${conditions?.join(" ") ?? "nothing"}`;
    });
    return (await Promise.all(said)).join("; ");
  }

  /** Why the step did not go as it says; undefined when it did. */
  async #tryStep(step: ExecStep, label: string): Promise<string | undefined> {
    const { target } = this.#context;
    const waits = step.expect !== undefined && wantsNone(step.expect);
    const told = (alerts = 0, logs = 0) => [
      target.alerts.slice(alerts).filter((a) => this.#isOf(a, step)),
      target.logs.slice(logs).filter((a) => this.#isOf(a, step)),
    ];
    const count = () => told().flat().length;
    // What an earlier step caused may still be on its way, and is not this step's.
    if (waits) await this.#heard.all(count);
    const [mark, logMark] = [target.alerts.length, target.logs.length];
    const outcome = await this.#exec(step);
    this.#heard.caused();
    if (!step.expect) {
      if (step.setup && outcome.exitCode !== 0) throw new StepFailedError(`${label}: set-up failed: ${outcome.output}`);
      return undefined;
    }
    const expect = expectation(step.expect, this.#names);
    const problem = judgeOutcome(expect, outcome);
    if (problem) return problem;
    const judge = (by: Expectation) => {
      const [alerts = [], logs = []] = told(mark, logMark);
      return judgeAlerts(by, alerts) ?? judgeLogs(by, logs);
    };
    const { logOperationsSubsetOf: _, ...rest } = expect;
    const positive = { ...rest, noAlert: false, noAlertMatching: [], noLogs: false };
    const met = await this.#heard.until(() => judge(positive) === undefined);
    if (met && waits) await this.#heard.all(count);
    return judge(expect);
  }

  #isOf(alert: ArrivedAlert, step: ExecStep): boolean {
    const w = this.#workload(step.workload);
    if (w.host) return alert.Type === "MatchedHostPolicy" || alert.Type === "HostLog";
    return alert.PodName === w.id && alert.NamespaceName === this.#names.namespace(w.namespace);
  }

  async #exec(step: ExecStep): Promise<Outcome> {
    const w = this.#workload(step.workload);
    const how = { tty: step.tty ?? false, timeoutMs: 60_000 };
    if (w.host) return await this.#context.target.execOnHost(step.exec, { ...how, cwd: step.cwd });
    const container = step.container ?? w.containers[0]?.name ?? w.id;
    const where = { namespace: this.#names.namespace(w.namespace), pod: w.id, container };
    return await this.#context.target.exec(where, step.exec, how);
  }

  #workload(id: string | undefined): CaseWorkload {
    const w = this.#c.workloads.find((one) => one.id === id) ?? this.#c.workloads[0];
    if (!w) throw new StepFailedError(`no workload ${id}`);
    return w;
  }

  #podOf(id: string): KubeObject {
    const found = this.#started.get(id);
    if (!found) throw new StepFailedError(`workload ${id} has not started`);
    return found;
  }

  async #startWorkloads(all: readonly CaseWorkload[]): Promise<void> {
    const workloads = all.filter((w) => !w.host);
    if (workloads.length === 0) return;
    const pods = workloads.map((w) => {
      const cwd = this.#c.steps.find((s) => s.workload === w.id && s.cwd !== undefined)?.cwd;
      const { imageOf, internet } = this.#context;
      return pod(this.#c, w, this.#names, { image: imageOf(w.fixture ?? ""), cwd, internet });
    });
    this.#heard.caused();
    await this.#context.target.apply([...workloads.flatMap((w) => dataObjects(w, this.#names)), ...pods]);
    await waitForPods(this.#context.target, pods);
    for (const started of pods) this.#started.set(started.metadata.name, started);
  }

  async #enforcedNow(policies: readonly KubeObject[]): Promise<void> {
    await waitForPolicies(this.#context.target, policies, [...this.#started.values()]);
  }

  async #apply(path: string): Promise<KubeObject[]> {
    const objects = this.#policyObjects(path);
    await this.#context.target.apply(objects);
    for (const o of objects) this.#applied.set(`${o.kind}/${o.metadata.namespace ?? ""}/${o.metadata.name}`, o);
    return objects;
  }

  async #removePolicy(path: string): Promise<void> {
    const { target } = this.#context;
    const objects = this.#policyObjects(path);
    await target.remove(objects);
    const gone = async () => (await Promise.all(objects.map((o) => target.read(o)))).every((o) => o === undefined);
    await comesTrue(gone, alertWindowMs);
    this.#settledAt = performance.now() + settleMs;
  }

  #policyObjects(path: string): KubeObject[] {
    return this.#context.corpus.policy(path).map((d) => policyObject(d, this.#names));
  }

  #annotated(annotate: Record<string, Record<string, string>>): KubeObject[] {
    return this.#namespaces.map((n) => {
      const entry = Object.entries(annotate).find(([name]) => this.#names.namespace(name) === n.metadata.name);
      const annotations = { ...(n.metadata.annotations as Record<string, string>), ...entry?.[1] };
      return { ...n, metadata: { ...n.metadata, annotations } };
    });
  }
}
