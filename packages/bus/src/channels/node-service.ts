/**
 * What controllers answer to nodes with logins of their own, because the server cannot limit it to what is the node's: a rule set by its digest, if the node's
 * bundle names it; the state of the streams of alerts and logs; and which of its own lies at a place of them. Each controller listens, and one
 * answers. Nothing is remembered between two questions.
 */

import { headers, type Msg } from "@nats-io/transport-node";
import { aborted } from "@portcullis/daemon";
import type { Connection } from "../connection/connection.ts";
import { PermissionError } from "../errors.ts";
import { channelWords, nodeWords } from "../identity/node-permissions.ts";
import { decodeBundle } from "../messages/bundle.ts";
import { alertStreamState, storedAlert } from "./alert-publish.ts";
import { refusalHeader } from "./own-node.ts";
import { readDirect } from "./storage.ts";
import {
  type AlertChannel,
  alertChannel,
  buckets,
  logChannel,
  nodeSubjects,
  readNodeSubject,
  toToken,
} from "./subjects.ts";

const queue = "portcullis-controllers";
const digest = /^[0-9a-f]{64}$/;
const sequence = /^[1-9][0-9]{0,15}$/;

type Answer = (connection: Connection, node: string, what: string) => Promise<Uint8Array | string>;

export async function answerNodes(connection: Connection, signal: AbortSignal): Promise<void> {
  const subscriptions = [
    listen(connection, nodeSubjects(nodeWords.ruleSet, 1), ruleSetOf),
    ...[alertChannel, logChannel].flatMap((channel) => [
      listen(connection, nodeSubjects(channelWords[channel.what].stream, 0), async () =>
        JSON.stringify(await alertStreamState(connection, channel)),
      ),
      listen(connection, nodeSubjects(channelWords[channel.what].one, 1), storedIn(channel)),
    ]),
  ];
  try {
    await aborted(signal);
  } finally {
    for (const subscription of subscriptions) subscription.unsubscribe();
  }
}

function listen(connection: Connection, subject: string, answer: Answer) {
  return connection.nc.subscribe(subject, {
    queue,
    callback: (error, message) => {
      if (error !== null) connection.log.error("the server does not let this login answer nodes", { error });
      else void respond(connection, message, answer);
    },
  });
}

/** Never rejects. */
async function respond(connection: Connection, message: Msg, answer: Answer): Promise<void> {
  const { stats, log } = connection;
  try {
    const { node, rest } = readNodeSubject(message.subject);
    const said = await answer(connection, node, rest[0] ?? "");
    message.respond(said);
    stats.nodeRequestsAnswered++;
  } catch (error) {
    stats.nodeRequestsRefused++;
    log.debug("a node was not given what it asked for", { subject: message.subject, error });
    const hdrs = headers();
    hdrs.set(refusalHeader, (error as { code?: string }).code ?? "BUS_STORAGE_REFUSED");
    try {
      message.respond(undefined, { headers: hdrs });
    } catch {
      // The connection was closed meanwhile. The node asks again.
    }
  }
}

const ruleSetOf: Answer = async (connection, node, key) => {
  if (!digest.test(key)) throw new PermissionError(`"${key}" is no digest`);
  const bundle = await readDirect(connection, buckets.bundles, toToken(node));
  if (bundle === undefined || !decodeBundle(bundle).ruleSets.includes(`sha256:${key}`))
    throw new PermissionError(`the bundle of ${node} does not name this rule set`);
  const ruleSet = await readDirect(connection, buckets.ruleSets, key);
  if (ruleSet === undefined) throw new PermissionError("the rule set is not there (yet)");
  return ruleSet;
};

const storedIn =
  (channel: AlertChannel): Answer =>
  async (connection, node, at) => {
    if (!sequence.test(at)) throw new PermissionError(`"${at}" is no place in a stream`);
    const stored = await storedAlert(connection, channel, Number(at));
    if (stored?.id === undefined || stored.node !== toToken(node))
      throw new PermissionError(`no ${channel.what} of ${node} lies at ${at}`);
    return stored.id;
  };
