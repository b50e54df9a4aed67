/**
 * What the nodes say of themselves, in one page: `GET /nodes` of the controller. `helm test` asks for it, and people who want to know which node is
 * not right. Only the replica that leads hears the nodes.
 */
import type { NodeStatus } from "@portcullis/model";
import type { NodeHealth } from "../status/node-health.ts";

export interface NodeReport {
  /** False: another replica leads, and this one knows nothing of the nodes. */
  readonly leading: boolean;
  readonly enforcing: number;
  /** Nodes whose enforcer says that it cannot enforce, or that it does not have its newest bundle, and why. */
  readonly failing: Listed<{ readonly node: string; readonly problem: string }>;
  /** Nodes that have not been heard for a minute. */
  readonly silent: Listed<string>;
  /** Nodes that were heard before this replica led, and not since. */
  readonly unheard: Listed<string>;
  /** Nodes of the cluster from which no enforcer has ever reported. */
  readonly absent: Listed<string>;
}

/** How many there are, and the first of them. */
interface Listed<T> {
  readonly count: number;
  readonly first: readonly T[];
}

/** A page that somebody reads: what is beyond the first is a number. */
const longestList = 20;
const longestProblem = 300;

export function nodeReport(health: NodeHealth, known: readonly string[], leading: boolean): NodeReport {
  const found = Map.groupBy(leading ? [...known].sort() : [], (node) => stateOf(health, node));
  const of = (state: State): Listed<string> => listed(found.get(state));
  const failing = found.get("failing")?.map((node) => ({ node, problem: problemOf(health.status(node)) }));
  const enforcing = found.get("enforcing")?.length ?? 0;
  return {
    leading,
    enforcing,
    failing: listed(failing),
    silent: of("silent"),
    unheard: of("unheard"),
    absent: of("absent"),
  };
}

type State = "enforcing" | "failing" | "silent" | "unheard" | "absent";

function stateOf(health: NodeHealth, node: string): State {
  const status = health.status(node);
  if (status === undefined) return "absent";
  if (health.silent(node)) return "silent";
  if (health.unheard(node)) return "unheard";
  return problemOf(status) === "" ? "enforcing" : "failing";
}

/** Why the node does not enforce, or not what it should; empty: it does. */
function problemOf(status: NodeStatus | undefined): string {
  if (status === undefined) return "";
  const { enforcing, problems, bundleProblem = "" } = status;
  const problem = enforcing ? bundleProblem : problems.join("; ") || "the enforcer says that it cannot enforce here";
  return problem.slice(0, longestProblem);
}

function listed<T>(all: readonly T[] = []): Listed<T> {
  return { count: all.length, first: all.slice(0, longestList) };
}
