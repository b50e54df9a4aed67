/** Runs the steps that are wanted and not current, side by side where their needs allow, and says what it does. */
import { createWriteStream, mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Commands } from "../processes/commands.ts";
import { CommandError, messageOf, SetupError } from "../processes/errors.ts";
import { type Artifacts, repository } from "./artifacts.ts";
import { lock } from "./lock.mjs";
import type { Report } from "./report.ts";
import { fingerprint, Stamps } from "./stamp.ts";
import type { Outcome, Step, StepContext } from "./step.ts";

const atOnce = 3;
const progressSeconds = 15;

export interface SetupOptions {
  readonly steps: readonly Step[];
  /** Ids; what they need is added. */
  readonly wanted: readonly string[];
  readonly artifacts: Artifacts;
  readonly commands: Commands;
  readonly report: Report;
}

/** The outcome of each wanted step by id. Failures are outcomes: the caller decides what they prevent. */
export async function setUp(options: SetupOptions): Promise<ReadonlyMap<string, Outcome>> {
  const { artifacts, report, commands } = options;
  mkdirSync(join(artifacts.cache, "logs"), { recursive: true });
  const quick = new Setup(options);
  if (await quick.allCurrent()) return quick.outcomes;
  const waiting = () => report.line("another set-up is running, waiting for it …");
  const unlock = await lock(artifacts.cache, waiting, commands.signal);
  try {
    const setup = new Setup(options);
    await setup.run();
    return setup.outcomes;
  } finally {
    unlock();
  }
}

class Setup {
  readonly outcomes = new Map<string, Outcome>();
  readonly #options: SetupOptions;
  readonly #stamps: Stamps;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #order: readonly Step[];
  readonly #keys = new Map<string, string>();
  readonly #started = new Map<string, Promise<Outcome>>();
  readonly #once = new Map<string, Promise<string>>();
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: SetupOptions) {
    this.#options = options;
    this.#stamps = new Stamps(options.artifacts.cache);
    this.#steps = new Map(options.steps.map((step) => [step.id, step]));
    this.#order = closure(this.#steps, options.wanted);
  }

  async allCurrent(): Promise<boolean> {
    const answers = await Promise.all(this.#order.map((step) => this.#current(step)));
    for (const step of this.#order) this.outcomes.set(step.id, { status: "current" });
    return answers.every(Boolean);
  }

  async run(): Promise<void> {
    await this.#checkDisk();
    await Promise.all(this.#order.map((step) => this.#start(step)));
  }

  /** A disk that is too small is named before anything starts: later it would show as the "write error" of some compiler. */
  async #checkDisk(): Promise<void> {
    const { artifacts } = this.#options;
    const pending = [];
    for (const step of this.#order) if (!(await this.#current(step))) pending.push(step);
    const needed = pending.reduce((sum, { diskMiB = 0 }) => sum + diskMiB, 0);
    const { bavail, bsize } = await statfs(artifacts.cache);
    const free = Math.floor((bavail * bsize) / 2 ** 20);
    if (free >= needed) return;
    const remedy = `free some, or set XDG_CACHE_HOME to a larger disk`;
    const message = `${artifacts.cache} has ${free} MiB left, set-up needs about ${needed} MiB: ${remedy}`;
    throw new SetupError("SETUP_DISK_FULL", message);
  }

  #start(step: Step): Promise<Outcome> {
    let promise = this.#started.get(step.id);
    if (!promise) {
      promise = this.#outcome(step).then((outcome) => {
        this.outcomes.set(step.id, outcome);
        return outcome;
      });
      this.#started.set(step.id, promise);
    }
    return promise;
  }

  async #outcome(step: Step): Promise<Outcome> {
    for (const need of step.needs ?? []) {
      const { status } = await this.#start(this.#steps.get(need)!);
      if (status === "failed" || status === "blocked") return { status: "blocked", by: need };
    }
    if (await this.#current(step)) return { status: "current" };
    await this.#slot();
    try {
      return await this.#work(step);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #work(step: Step): Promise<Outcome> {
    const { report } = this.#options;
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    const file = join(this.#options.artifacts.cache, "logs", `${step.id}.log`);
    let progress = "";
    report.line(`${step.id}: ${step.title} (about ${step.seconds} s) …`);
    const timer = setInterval(() => {
      report.line(`${step.id}: ${progress || "working"}, ${seconds().toFixed(0)} s`);
    }, progressSeconds * 1000);
    const context = this.#context(file, (text) => {
      progress = text;
    });
    try {
      this.#stamps.clear(stampOf(step));
      await step.run(context);
      this.#stamps.note(stampOf(step), this.#key(step));
      report.line(`${step.id}: done in ${seconds().toFixed(1)} s${progress ? ` (${progress})` : ""}`);
      return { status: "done", seconds: seconds() };
    } catch (error) {
      const lines = error instanceof CommandError ? error.tail.map((line) => `    ${line}`) : [];
      report.line([`${step.id}: FAILED: ${messageOf(error)}`, ...lines, `    log: ${file}`].join("\n"));
      return { status: "failed", seconds: seconds(), reason: messageOf(error) };
    } finally {
      clearInterval(timer);
      await new Promise<void>((written) => context.log.end(() => written()));
    }
  }

  #context(file: string, progress: (text: string) => void): StepContext {
    const { artifacts, commands } = this.#options;
    const log = createWriteStream(file);
    log.on("error", () => {}); // a full disk shows in the step itself
    return {
      artifacts,
      commands,
      log,
      progress,
      once: (name, work) => {
        const promise = this.#once.get(name) ?? work();
        this.#once.set(name, promise);
        return promise;
      },
      exec: (command, args, options) => commands.text(command, args, { log, ...options }),
    };
  }

  async #current(step: Step): Promise<boolean> {
    if (step.current) {
      const context = this.#context("/dev/null", () => {});
      try {
        return await step.current(context);
      } finally {
        context.log.end();
      }
    }
    const outputs = step.outputs?.(this.#options.artifacts) ?? [];
    return this.#stamps.current(stampOf(step), this.#key(step), outputs);
  }

  #key(step: Step): string {
    let key = this.#keys.get(step.id);
    if (key === undefined) {
      const needs = (step.needs ?? []).map((id) => this.#key(this.#steps.get(id)!));
      key = fingerprint(repository, [step.id, step.key ?? "", ...needs], step.inputs);
      this.#keys.set(step.id, key);
    }
    return key;
  }

  async #slot(): Promise<void> {
    while (this.#running >= atOnce) await new Promise<void>((free) => this.#waiting.push(free));
    this.#running++;
  }
}

/** Where a step's state is noted: once a cache, or once a clone. */
function stampOf(step: Step): string {
  return step.perClone ? `${step.id}-${fingerprint("", [repository], []).slice(0, 12)}` : step.id;
}

/** The steps named and all they need, in the order of the table. */
function closure(steps: ReadonlyMap<string, Step>, wanted: readonly string[]): readonly Step[] {
  const found = new Set<string>();
  const add = (id: string): void => {
    const step = steps.get(id);
    if (!step) throw new Error(`no set-up step is called ${id}: it is one of ${[...steps.keys()].join(", ")}`);
    if (found.has(id)) return;
    found.add(id);
    for (const need of step.needs ?? []) add(need);
  };
  for (const id of wanted) add(id);
  return [...steps.values()].filter((step) => found.has(step.id));
}
