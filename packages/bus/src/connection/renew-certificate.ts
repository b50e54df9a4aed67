/**
 * Has a NATS server take the certificate that lies in its files now. A server reads them when it starts, and when somebody who logs in to its system
 * account asks it to read its configuration again. Connections stay as they are.
 */

import type { PeerCertificate } from "node:tls";
import { connect as dial, type NatsConnection } from "@nats-io/transport-node";
import type { ConnectOptions } from "../bus.ts";
import { StorageRefusedError } from "../errors.ts";
import { defaultTiming, natsOptionsOf } from "./client-options.ts";
import { toBusError } from "./nats-errors.ts";
import { dialError } from "./tls.ts";

/** What the server answers to the request. */
interface Answer {
  readonly error?: { readonly description?: string };
}

/**
 * Dials once, as the system account's user, and looks at the certificate that the server presents. False: it is another one than that with this
 * SHA-256 fingerprint (as `X509Certificate.fingerprint256` has it), and the server was asked to read its files again.
 */
export async function presents(
  options: Pick<ConnectOptions, "servers" | "name" | "auth" | "tls">,
  fingerprint: string,
): Promise<boolean> {
  let presented: PeerCertificate | undefined;
  const seen = (certificate: PeerCertificate) => {
    presented = certificate;
  };
  let connection: NatsConnection;
  try {
    connection = await dial({ ...natsOptionsOf(options, defaultTiming, seen), reconnect: false });
  } catch (error) {
    throw dialError(error);
  }
  try {
    if (presented?.fingerprint256 === fingerprint) return true;
    const id = connection.info?.server_id ?? "";
    const answer = await connection.request(`$SYS.REQ.SERVER.${id}.RELOAD`, undefined, {
      timeout: defaultTiming.requestTimeout,
    });
    const { error } = answer.json<Answer>();
    if (error !== undefined)
      throw new StorageRefusedError(`NATS does not read its files again: ${error.description ?? "no reason given"}`);
    return false;
  } catch (error) {
    throw toBusError(error, "have NATS read its files again");
  } finally {
    await connection.close();
  }
}
