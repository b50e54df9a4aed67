/** Asks Prometheus' own linter what it thinks of a metrics page: what `promtool check metrics` says. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** Its complaints, one a line. Throws with the remedy when the linter is not there. */
export function promlint(page: string): string[] {
  const program = join(process.env.PORTCULLIS_BIN ?? "", "promlint");
  const { error, status, stdout, stderr } = spawnSync(program, { input: page, encoding: "utf8" });
  if (error) throw new Error(`${program} cannot be run: run \`npm run setup\`, which builds it`, { cause: error });
  if (status !== 0 && stdout === "") throw new Error(`the page is no metrics page: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}
