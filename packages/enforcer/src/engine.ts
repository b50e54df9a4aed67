/**
 * The kernel engine, opened as soon as the kernel can enforce. Until then the node says why not, once for each
 * reason, and tries again: the process before may still hold the engine, a file system may be mounted later.
 */

import { Backoff, type Log, sleep } from "@portcullis/daemon";
import type { KernelCount, KernelEvent, KernelSupport } from "@portcullis/native";
import type { JudgingEngine } from "./bind/judged-rules.ts";
import type { SlotEngine } from "./bind/kernel-slots.ts";
import type { DescriptorEngine } from "./bind/searched-descriptors.ts";
import type { SyscallEngine } from "./bind/seen-syscalls.ts";
import { messageOf, PassError } from "./errors.ts";

/** The engine as the enforcer holds it. */
export interface KernelEngine extends SlotEngine, SyscallEngine, JudgingEngine, DescriptorEngine {
  /** Whether what an earlier process bound is in force. */
  readonly adopted: boolean;
  readonly seed: readonly [bigint, bigint];
  readonly hooks: readonly string[];
  counters(): Record<string, number>;
  onEvents(listener: (events: KernelEvent[]) => void): { close(): void };
  takeCounts(): KernelCount[];
  forgetCounts(counts: readonly KernelCount[]): void;
  onLogs(listener: (events: KernelEvent[]) => void): { close(): void };
  takeLogCounts(): KernelCount[];
  forgetLogCounts(counts: readonly KernelCount[]): void;
  close(): void;
}

/** What is known of the engine. */
export interface EngineState {
  readonly enforcing: boolean;
  readonly problems: readonly string[];
  readonly hooks: readonly string[];
  /** Which hooks this kernel lacks, in words: what they guard is not enforced in any container. Empty: none. */
  readonly lacks: string;
  readonly slots: number;
}

export interface EngineSource {
  readonly probe: () => KernelSupport;
  readonly openEngine: () => Promise<KernelEngine>;
}

interface OpeningOptions extends EngineSource {
  /** Called with every change of what is known. */
  readonly report: (state: EngineState) => void;
  readonly log: Log;
}

const retry = { firstMs: 500, maxMs: 30_000 };

/** Undefined when the signal aborts before the engine could be opened. */
export async function openEngine(options: OpeningOptions, signal: AbortSignal): Promise<KernelEngine | undefined> {
  const { report, log } = options;
  let said: string | undefined;
  log.info("opening the kernel engine"); // said before, because a first load keeps the process busy for a while
  const backoff = new Backoff(retry);
  while (!signal.aborted) {
    const { engine, problems, lacks } = await attempt(options);
    if (engine) {
      log.info("kernel engine in force", {
        adopted: engine.adopted,
        hooks: engine.hooks.length,
        slots: engine.slotCount,
      });
      report({ enforcing: true, problems, hooks: engine.hooks, lacks, slots: engine.slotCount });
      return engine;
    }
    if (problems.join("\n") !== said) {
      said = problems.join("\n");
      log.error("this node cannot enforce: no policy has any effect here", { problems });
      report({ enforcing: false, problems, hooks: [], lacks, slots: 0 });
    }
    await sleep(backoff.next(), signal);
  }
  return undefined;
}

/** What is known when a pass over the containers has failed. */
export function failedState(cause: unknown): EngineState {
  const { code, message } = new PassError(`containers that start now are not bound: ${messageOf(cause)}`, { cause });
  return { enforcing: false, problems: [`${code}: ${message}`], hooks: [], lacks: "", slots: 0 };
}

interface Attempt {
  readonly engine?: KernelEngine;
  readonly problems: string[];
  readonly lacks: string;
}

async function attempt({ probe, openEngine }: EngineSource): Promise<Attempt> {
  try {
    const support = probe();
    const told = support.problems.map((problem) => ({ ...problem, text: textOf(problem) }));
    const lacks = told.find(({ code }) => code === "HOOKS_MISSING")?.text ?? "";
    const problems = told.map(({ text }) => text);
    return support.canEnforce ? { engine: await openEngine(), problems, lacks } : { problems, lacks };
  } catch (error) {
    const code = (error as { code?: string }).code ?? "ENFORCER_ENGINE_UNAVAILABLE";
    return { problems: [`${code}: ${messageOf(error)}`], lacks: "" };
  }
}

const textOf = ({ code, message, remedy }: KernelSupport["problems"][number]) => `${code}: ${message}; ${remedy}`;
