/**
 * What controllers answer to nodes with logins of their own, because the server cannot limit it to what is the node's: a rule set by its digest, if the node's
 * bundle names it; the state of the streams of alerts and logs; and which of its own lies at a place of them.
 */

import { headers, type Msg } from "@nats-io/transport-node";
import { type Answering, answerQuestions, sendAnswer } from "../connection/answering.ts";
import type { Connection } from "../connection/connection.ts";
import { SharedRead } from "../connection/shared-read.ts";
import { PermissionError } from "../errors.ts";
import { type AlertChannel, alertChannels } from "./alert-channels.ts";
import { alertStreamState, storedAlert } from "./alert-publish.ts";
import { NamedRuleSets } from "./named-rule-sets.ts";
import { refusalHeader } from "./own-node.ts";
import { readDirect } from "./storage.ts";
import { buckets, nodeSubjects, nodeWords, readNodeSubject, toToken } from "./subjects.ts";

const digest = /^[0-9a-f]{64}$/;
const sequence = /^[1-9][0-9]{0,15}$/;
/** Each of thousands of nodes asks for the state of the streams twice a minute. */
const gatherMs = 200;

type Answer = (node: string, what: string) => Promise<Uint8Array | string>;

export async function answerNodes(connection: Connection, signal: AbortSignal): Promise<void> {
  const listen = (subject: string, answer: Answer): Answering => ({
    subject,
    answer: (message) => respond(connection, message, answer),
  });
  const services = [
    listen(nodeSubjects(nodeWords.ruleSet, 1), ruleSetsOf(connection)),
    ...alertChannels.flatMap((channel) => [
      listen(nodeSubjects(channel.words.state, 0), stateOf(connection, channel)),
      listen(nodeSubjects(channel.words.one, 1), storedIn(connection, channel)),
    ]),
  ];
  await answerQuestions(connection, services, signal);
}

/** Never rejects. */
async function respond({ stats, log }: Connection, message: Msg, answer: Answer): Promise<void> {
  try {
    const { node, rest } = readNodeSubject(message.subject);
    const said = await answer(node, rest[0] ?? "");
    sendAnswer(() => message.respond(said));
    stats.nodeRequestsAnswered++;
  } catch (error) {
    stats.nodeRequestsRefused++;
    log.debug("a node was not given what it asked for", { subject: message.subject, error });
    const hdrs = headers();
    hdrs.set(refusalHeader, (error as { code?: string }).code ?? "BUS_STORAGE_REFUSED");
    sendAnswer(() => message.respond(undefined, { headers: hdrs }));
  }
}

function ruleSetsOf(connection: Connection): Answer {
  const named = new NamedRuleSets(connection);
  return async (node, key) => {
    if (!digest.test(key)) throw new PermissionError(`"${key}" is no digest`);
    if (!(await named.has(node, `sha256:${key}`)))
      throw new PermissionError(`the bundle of ${node} does not name this rule set`);
    const ruleSet = await readDirect(connection, buckets.ruleSets, key);
    if (ruleSet === undefined) throw new PermissionError("the rule set is not there (yet)");
    return ruleSet;
  };
}

function stateOf(connection: Connection, channel: AlertChannel): Answer {
  const shared = new SharedRead(gatherMs, async () => {
    // When an alert of whichever node was stored is not for another one.
    const { firstAt: _, ...state } = await alertStreamState(connection, channel);
    return JSON.stringify(state);
  });
  return () => shared.ask();
}

function storedIn(connection: Connection, channel: AlertChannel): Answer {
  return async (node, at) => {
    if (!sequence.test(at)) throw new PermissionError(`"${at}" is no place in a stream`);
    const stored = await storedAlert(connection, channel, Number(at));
    if (stored?.id === undefined || stored.node !== toToken(node))
      throw new PermissionError(`no ${channel.what} of ${node} lies at ${at}`);
    return stored.id;
  };
}
