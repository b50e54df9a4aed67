/**
 * The bus of a node with a login of its own. It publishes below one subject that names it: the server leads its alerts, its status and the reading of its
 * bundle to where they belong, and controllers answer the rest (`node-service.ts`).
 */

import { headers, type Msg, type MsgHdrs } from "@nats-io/transport-node";
import type { AlertStreamState } from "../bus.ts";
import { type Connection, request } from "../connection/connection.ts";
import { patientRequest } from "../connection/patient-request.ts";
import { StorageMissingError, StorageRefusedError } from "../errors.ts";
import type { AlertChannel } from "./alert-channels.ts";
import { operationHeader } from "./storage.ts";
import { nodeSubject, nodeWords } from "./subjects.ts";

/** In an answer: why there is nothing in it. */
export const refusalHeader = "Portcullis-Refused";

/** Undefined: the controller has written none, or has deleted it. */
export async function readOwnBundle(connection: Connection, node: string): Promise<Uint8Array | undefined> {
  const answer = await ask(connection, nodeSubject(node, nodeWords.bundle));
  const code = answer.headers?.code ?? 0;
  if (code === 404) return undefined;
  if (code >= 400) throw new StorageRefusedError(`the server does not read the bundle of ${node}: ${code}`);
  return answer.headers?.has(operationHeader) ? undefined : answer.data;
}

/** Undefined: it is not there, or no part of the node's bundle. */
export async function readOwnRuleSet(
  connection: Connection,
  node: string,
  key: string,
): Promise<Uint8Array | undefined> {
  const answer = await ask(connection, nodeSubject(node, nodeWords.ruleSet, key));
  return isRefused(answer) ? undefined : answer.data;
}

export async function ownAlertStream(
  connection: Connection,
  node: string,
  { what, words }: AlertChannel,
): Promise<AlertStreamState> {
  const answer = await ask(connection, nodeSubject(node, words.state));
  if (isRefused(answer)) throw new StorageMissingError(`the controller knows of no stream of ${what}s yet`);
  return answer.json<AlertStreamState>();
}

/** Undefined: the stream holds none of this node's there. */
export async function ownStoredAlert(
  connection: Connection,
  node: string,
  { words }: AlertChannel,
  sequence: number,
): Promise<string | undefined> {
  const answer = await ask(connection, nodeSubject(node, words.one, String(sequence)));
  return isRefused(answer) ? undefined : answer.string();
}

/** Writes the node's status, or, without one, that it is gone. */
export async function putOwnStatus(connection: Connection, node: string, bytes: Uint8Array | undefined): Promise<void> {
  let deletion: { headers?: MsgHdrs } = {};
  if (bytes === undefined) {
    const hdrs = headers();
    hdrs.set(operationHeader, "DEL");
    deletion = { headers: hdrs };
  }
  await connection.js.publish(nodeSubject(node, nodeWords.status), bytes ?? new Uint8Array(), deletion);
}

const ask = (connection: Connection, subject: string): Promise<Msg> =>
  request(connection, `ask for ${subject}`, () =>
    patientRequest(connection.nc, subject, connection.timing.requestTimeout),
  );

const isRefused = ({ headers }: Msg): boolean => headers?.has(refusalHeader) ?? false;
