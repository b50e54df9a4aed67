/**
 * `npm run scale`: whether the control plane holds a large cluster. `--help` prints the options. Status 1 if a bound of processor time, memory or a ratio does
 * not hold; status 2 for options that make no sense.
 */

import { writeFileSync } from "node:fs";
import { measureAlerts } from "./alerts.ts";
import { type ComebackFigures, measureComeback } from "./comeback.ts";
import { type ControlFigures, measureControlPlane } from "./control-plane.ts";
import { measureGuest } from "./guest.ts";
import { help, type Options, OptionsError, optionsOf } from "./options.ts";
import { alertRows, comebackRows, controlRows, guestRows, replicaRows } from "./reached.ts";
import { measureReplicatedAlerts } from "./replicated-alerts.ts";
import { holds, lineOf, type Row } from "./rows.ts";

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

try {
  const options = optionsOf(process.argv.slice(2));
  if (options === "help") say(help);
  else process.exitCode = await scale(options);
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function scale(options: Options): Promise<number> {
  const wanted = (part: string) => options.only.length === 0 || options.only.includes(part);
  const rows: Row[] = [];
  rows.push(...controlRows(options, wanted("control") ? await control(options) : undefined));
  rows.push(...alertRows(wanted("alerts") ? await measureAlerts() : undefined));
  rows.push(...replicaRows(wanted("replicas") ? await measureReplicatedAlerts() : undefined));
  rows.push(...comebackRows(options, wanted("comeback") ? await comeback(options) : undefined));
  rows.push(...guestRows(wanted("guest") ? await measureGuest(say) : undefined));
  say("");
  for (const row of rows) say(lineOf(row));
  if (options.json !== undefined) {
    const shown = rows.map((row) => ({ ...row, holds: row.found === undefined ? null : holds(row) }));
    writeFileSync(options.json, `${JSON.stringify({ sizes: options, rows: shown }, null, 2)}\n`);
  }
  return rows.every(holds) ? 0 : 1;
}

/** The small cluster first: what it costs there is what the large one is compared with. */
async function control(options: Options): Promise<{ readonly small: ControlFigures; readonly large: ControlFigures }> {
  const { nodes, pods, policies, small, profile } = options;
  const perNode = Math.ceil(pods / nodes);
  say(`${small} nodes, ${small * perNode} pods, ${policies} policies`);
  const smaller = await measureControlPlane({ nodes: small, pods: small * perNode, policies }, { say });
  say(`${nodes} nodes, ${pods} pods, ${policies} policies`);
  return { small: smaller, large: await measureControlPlane({ nodes, pods, policies }, { say, profile }) };
}

/** The same with and without encryption, for what that takes. */
async function comeback(options: Options): Promise<{ readonly plain: ComebackFigures; readonly tls: ComebackFigures }> {
  say(`${options.nodes} nodes, NATS is killed`);
  const tls = await measureComeback(options, { encrypted: true, say });
  return { tls, plain: await measureComeback(options, { encrypted: false, say }) };
}
