/**
 * `portcullis top`: what policies deny and report most, as the controller counts it, from NATS. It listens with the login of a reader, which the environment has, and
 * asks nobody anything.
 */

import { setTimeout as wait } from "node:timers/promises";
import { type Bus, connect, natsSettings, natsVariables } from "@portcullis/bus";
import { z } from "zod";
import { BusUnreachableError, UsageError } from "../errors.ts";
import { readOptions } from "../options.ts";
import type { Output } from "../run.ts";
import { TopTable } from "./top-table.ts";

const drawMs = 2_000;
const dialMs = 10_000;
/** The controller says every count once a minute, so after so long all have been heard. */
const defaultSeconds = 65;
const clear = "\u001b[H\u001b[2J";
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

type Environment = Readonly<Record<string, string | undefined>>;

/** `screen`: the output is a terminal, on which the table is drawn again and again. */
export async function topCommand(
  args: readonly string[],
  output: Output,
  { environment = process.env, screen = process.stdout.isTTY }: { environment?: Environment; screen?: boolean } = {},
): Promise<number> {
  const { values } = readOptions(args, { for: { type: "string" }, lines: { type: "string" } });
  const seconds = numberOf("--for", values.for, screen ? Number.POSITIVE_INFINITY : defaultSeconds);
  const lines = numberOf("--lines", values.lines, 40);
  const end = new AbortController();
  const bus = await open(environment, end.signal);
  try {
    const table = new TopTable();
    bus.hearSummaries(end.signal, (summary) => table.take(summary));
    const until = performance.now() + seconds * 1_000;
    while (performance.now() < until) {
      await wait(Math.max(0, Math.min(drawMs, until - performance.now())));
      if (screen) output.out(`${clear}${table.render(lines)}`);
    }
    if (!screen) output.out(table.render(lines));
    return 0;
  } finally {
    end.abort();
    await bus.close();
  }
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0)) throw new UsageError(`${name} ${text}: give a number above 0`);
  return value;
}

async function open(environment: Environment, signal: AbortSignal): Promise<Bus> {
  const parsed = z.object(natsVariables).safeParse(environment);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`${String(issue?.path[0])}: ${issue?.message}`);
  }
  const settings = natsSettings(parsed.data);
  // Until there is a connection; then it lasts until the command ends.
  const dialling = new AbortController();
  const late = setTimeout(() => dialling.abort(), dialMs);
  signal.addEventListener("abort", () => dialling.abort(), { once: true });
  try {
    return await connect({ ...settings, name: "portcullis top", signal: dialling.signal, log: quiet });
  } catch (cause) {
    const servers = settings.servers.map((url) => url.replace(/\/\/[^@/]*@/, "//"));
    throw new BusUnreachableError(`NATS cannot be reached within ${dialMs / 1_000} s at ${servers.join(", ")}`, {
      cause,
    });
  } finally {
    clearTimeout(late);
  }
}
