#!/usr/bin/env -S node --disable-warning=DEP0040
/**
 * The command `portcullis`; as `kubectl-portcullis` on the PATH it is `kubectl portcullis`. The client of the API server uses a module of Node
 * that is deprecated, which no user of the command can help.
 */
import { run } from "./run.ts";

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
