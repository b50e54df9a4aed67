// main.ts VERB [ARGUMENT...]: sets up what the verb needs, runs it, and ends whatever it started. Started by run.mjs under Node 24.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { artifacts, cacheDirectory, repository } from "./artifacts.ts";
import { messageOf } from "./errors.ts";
import { Leftovers } from "./leftovers.ts";
import { terminalReport } from "./report.ts";
import { Supervisor } from "./supervisor.ts";
import { type VerbContext, verbs } from "./verbs.ts";

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

  const supervisor = new Supervisor(abort.signal);
  const timer = setTimeout(() => {
    const running = supervisor.running.join(", ") || "nothing of ours";
    stop(`time limit of ${verb.minutes} min reached; running: ${running}`);
  }, verb.minutes * 60_000);
  const leftovers = new Leftovers(process.pid);
  const environment = { ...process.env, [leftovers.variable]: leftovers.mark };
  const paths = artifacts(cacheDirectory(process.env));
  const context: VerbContext = { artifacts: paths, supervisor, report, environment, args };
  try {
    return await verb.run(context);
  } catch (error) {
    if (!abort.signal.aborted) report.line(`${name}: ${messageOf(error)}`);
    return 1;
  } finally {
    clearTimeout(timer);
    await supervisor.end();
    if (!args.includes("--keep")) {
      for (const left of await leftovers.end()) report.line(`was left running, ended: ${left}`);
    }
  }
}

if (existsSync(join(repository, "package.json"))) {
  const [name = "", ...args] = process.argv.slice(2);
  process.exitCode = await main(name, args);
  process.disconnect?.();
}
