/**
 * What a node with a login of its own may do on the bus. Pure. Everything that it publishes lies below one subject that names it, and goes from the
 * nodes' account into the controller's by that subject alone. The server looks at no permission when it sends an answer; but an answer, which
 * has come out of that account, does not go into it again. So one that is to be sent to another node's subject arrives nowhere.
 */

import { alertChannels } from "../channels/alert-channels.ts";
import { bundleHintSubject, inboxPrefixOf, nodeSubject, nodeWords } from "../channels/subjects.ts";

/** The account that nodes are in; the server's configuration has it. */
export const nodeAccount = "NODES";

export interface NodePermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export function nodePermissions(node: string): NodePermissions {
  const { status, bundle, ruleSet } = nodeWords;
  return {
    publish: [
      ...alertChannels.flatMap((channel) => channel.nodeSubjects(node)),
      nodeSubject(node, status),
      nodeSubject(node, bundle),
      // By digest: a controller answers, for the rule sets that the node's bundle names.
      nodeSubject(node, ruleSet, "*"),
    ],
    subscribe: [bundleHintSubject(node), `${inboxPrefixOf(node)}.>`],
  };
}
