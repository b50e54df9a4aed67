/**
 * main.ts VERB [ARGUMENT...]: sets up what the verb needs, runs it, and ends whatever it started. Started by run.mjs
 * under Node 24.
 */
import { Commands } from "./processes/commands.ts";
import { messageOf } from "./processes/errors.ts";
import { Leftovers } from "./processes/leftovers.ts";
import { artifacts, cacheDirectory } from "./setup/artifacts.ts";
import { terminalReport } from "./setup/report.ts";
import type { VerbContext } from "./verbs/verb.ts";
import { verbs } from "./verbs/verb-table.ts";

async function main(name: string, args: readonly string[]): Promise<number> {
  const verb = verbs[name];
  if (!verb) {
    process.stderr.write(`portcullis: no verb ${name || "given"}: one of ${Object.keys(verbs).join(", ")}\n`);
    return 2;
  }
  const report = terminalReport((text) => process.stdout.write(text));
  const abort = new AbortController();
  const stop = (why: string) => {
    if (!abort.signal.aborted) {
      report.line(why);
      abort.abort(new Error(why));
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(`ended by ${signal}`));
  process.on("disconnect", () => stop("the process that started this one has gone"));

  const commands = new Commands(abort.signal);
  // With --keep it is the user who says when it ends.
  const minutes = args.includes("--keep") ? 24 * 60 : verb.minutes;
  const timer = setTimeout(() => {
    const running = commands.running.join(", ") || "nothing of ours";
    stop(`time limit of ${minutes} min reached; running: ${running}`);
  }, minutes * 60_000);
  const leftovers = new Leftovers(process.pid);
  const environment = { ...process.env, [leftovers.variable]: leftovers.mark };
  const paths = artifacts(cacheDirectory(process.env));
  const context: VerbContext = { artifacts: paths, commands, report, environment, args };
  try {
    return await verb.run(context);
  } catch (error) {
    if (!abort.signal.aborted) report.line(`${name}: ${messageOf(error)}`);
    return 1;
  } finally {
    clearTimeout(timer);
    await commands.end();
    for (const left of await leftovers.end()) report.line(`was left running, ended: ${left}`);
  }
}

const [name = "", ...args] = process.argv.slice(2);
process.exitCode = await main(name, args);
process.removeAllListeners("disconnect");
if (process.connected) process.disconnect();
