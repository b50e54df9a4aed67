/** What `npm run scale` is asked to measure: the sizes, and where the figures go. */

import { parseArgs } from "node:util";

export interface Options {
  readonly nodes: number;
  readonly pods: number;
  readonly policies: number;
  /** With how many nodes the cost of an event is measured beside; the figures of both are compared. */
  readonly small: number;
  readonly json: string | undefined;
  /** Where the controller's CPU profile goes. */
  readonly profile: string | undefined;
  /** Names of what is measured; empty: everything. */
  readonly only: readonly string[];
}

export class OptionsError extends Error {}

const parts = ["control", "alerts", "replicas", "comeback", "guest"] as const;

export const help = `npm run scale -- [--nodes N] [--pods N] [--policies N] [--small N] [--json FILE] [--profile FOLDER] [--only ${parts.join("|")}]

  --nodes, --pods, --policies   sizes; default 5000, 150000, 2000
  --small N     so many nodes for the comparison of what an event costs; default 100
  --json FILE   every figure, also those that were not measured
  --profile FOLDER   a CPU profile of the controller at the full size
  --only PART   may be given several times
    control     what the controller takes to begin, and for each event
    alerts      alerts from one node
    replicas    alerts into three servers
    comeback    NATS is killed under all nodes, which log in again over TLS
    guest       idle memory, and edits until they are in force, in a guest; sizes change nothing there

Status 1: a bound of processor time, memory or a ratio does not hold. Wall-clock times are printed and decide nothing.`;

export function optionsOf(args: readonly string[]): Options | "help" {
  const text = { type: "string" } as const;
  let values: ReturnType<typeof read>;
  const read = () =>
    parseArgs({
      args: [...args],
      options: {
        ...{ nodes: text, pods: text, policies: text, small: text, json: text, profile: text },
        ...{ only: { type: "string", multiple: true }, help: { type: "boolean" } },
      },
    }).values;
  try {
    values = read();
  } catch (error) {
    throw new OptionsError(`${(error as Error).message}\n\n${help}`);
  }
  if (values.help) return "help";
  const only = values.only ?? [];
  for (const part of only)
    if (!parts.some((known) => known === part))
      throw new OptionsError(`--only ${JSON.stringify(part)}: is none of ${parts.join(", ")}`);
  const count = (name: "nodes" | "pods" | "policies" | "small", otherwise: number): number => {
    const value = values[name] === undefined ? otherwise : Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > 1_000_000)
      throw new OptionsError(`--${name} ${JSON.stringify(values[name])}: give a number from 1 to 1000000`);
    return value;
  };
  return {
    ...{ nodes: count("nodes", 5_000), pods: count("pods", 150_000), policies: count("policies", 2_000) },
    ...{ small: count("small", 100), json: values.json, profile: values.profile, only },
  };
}
