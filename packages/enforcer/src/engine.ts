/**
 * The kernel engine, opened as soon as the kernel can enforce. Until then the node says why not, once a reason, and tries
 * again: the process before may still hold the engine, a file system may be mounted later.
 */

import { sleep } from "@portcullis/daemon";
import type { KernelEvent, KernelSupport } from "@portcullis/native";
import { messageOf } from "./bundles/verify.ts";
import type { Log, SlotEngine } from "./ports.ts";
import type { EngineState } from "./status.ts";

/** The engine as the enforcer holds it. */
export interface KernelEngine extends SlotEngine {
  /** What an earlier process bound is in force. */
  readonly adopted: boolean;
  readonly seed: readonly [bigint, bigint];
  readonly hooks: readonly string[];
  counters(): Record<string, number>;
  onEvents(listener: (events: KernelEvent[]) => void): { close(): void };
  close(): void;
}

export interface EngineSource {
  readonly probe: () => KernelSupport;
  readonly openEngine: () => Promise<KernelEngine>;
}

const firstRetry = 500;
const longestRetry = 30_000;

/** Undefined: aborted first. `report` is called with every change of what is known. */
export async function openEngine(
  source: EngineSource,
  report: (state: EngineState) => void,
  log: Log,
  signal: AbortSignal,
): Promise<KernelEngine | undefined> {
  let said: string | undefined;
  log.info("opening the kernel engine"); // the first load keeps the process busy for a while
  for (let wait = firstRetry; !signal.aborted; wait = Math.min(longestRetry, wait * 2)) {
    const { engine, problems } = await attempt(source);
    if (engine) {
      log.info("kernel engine in force", {
        adopted: engine.adopted,
        hooks: engine.hooks.length,
        slots: engine.slotCount,
      });
      report({ enforcing: true, problems, hooks: engine.hooks, slots: engine.slotCount });
      return engine;
    }
    if (problems.join("\n") !== said) {
      said = problems.join("\n");
      log.error("this node cannot enforce: no policy has any effect here", { problems });
      report({ enforcing: false, problems, hooks: [], slots: 0 });
    }
    await sleep(wait, signal);
  }
  return undefined;
}

async function attempt({ probe, openEngine }: EngineSource): Promise<{ engine?: KernelEngine; problems: string[] }> {
  try {
    const support = probe();
    const problems = support.problems.map(({ code, message, remedy }) => `${code}: ${message}; ${remedy}`);
    return support.canEnforce ? { engine: await openEngine(), problems } : { problems };
  } catch (error) {
    const code = (error as { code?: string }).code ?? "ENFORCER_ENGINE_UNAVAILABLE";
    return { problems: [`${code}: ${messageOf(error)}`] };
  }
}
