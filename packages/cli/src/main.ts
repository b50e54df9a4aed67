#!/usr/bin/env node
/** The command `portcullis`; as `kubectl-portcullis` on the PATH it is `kubectl portcullis`. */
import { run } from "./run.ts";

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
