/**
 * A status of a node, and the policies for which it is news. A node of a large cluster holds thousands of policies, each of which may be
 * on thousands of nodes: most of what a node says changes what it says of few of them.
 */

import type { NodeStatus } from "@portcullis/model";
import type { Ledger } from "./ledger.ts";
import { differs, type NodeHealth } from "./node-health.ts";

interface NewsOptions {
  readonly ledger: Pick<Ledger, "policiesOn" | "view">;
  readonly health: NodeHealth;
}

/** Hears the status. Returns the keys of the policies of which the node says something else now. */
export function hearNode({ ledger, health }: NewsOptions, node: string, status: NodeStatus, stored: boolean): string[] {
  const before = health.status(node);
  if (!health.silent(node) && !health.unheard(node) && before !== undefined && !differs(before, status)) {
    health.hear(node, status, stored);
    return [];
  }
  const policies = ledger.policiesOn(node);
  const says = (policy: string): string => {
    const view = ledger.view(node, policy);
    const fault = view && health.fault(node, policy, view.carries);
    const refusal = view && health.refusal(node, view.carries);
    const noticed = health.notices(node, policy);
    const notices =
      typeof noticed === "string"
        ? noticed
        : [[...noticed.namesNothing], [...noticed.unprotectedSources], noticed.cut, noticed.pending];
    const parts = [health.unenforced(node, policy), health.exempt(node, policy), notices];
    return JSON.stringify([fault, refusal, health.unheard(node), parts]);
  };
  const said = policies.map(says);
  health.hear(node, status, stored);
  return policies.filter((policy, index) => says(policy) !== said[index]);
}
