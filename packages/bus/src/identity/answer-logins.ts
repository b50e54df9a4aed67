/** Answers a NATS server that asks who a client is. Every controller listens, and one of them answers. */

import type { Msg } from "@nats-io/transport-node";
import { aborted } from "@portcullis/daemon";
import type { LoginOptions } from "../bus.ts";
import type { Connection } from "../connection/connection.ts";
import { acceptance, type LoginQuestion, readQuestion, refusal } from "./nats-jwt.ts";

const questions = "$SYS.REQ.USER.AUTH";
const queue = "portcullis-controllers";
/** Whoever reaches the server can have clients refused. So a refusal is logged if the last one that was lies so far back, in milliseconds. */
const refusalsPauseMs = 5_000;

export async function answerLogins(connection: Connection, options: LoginOptions): Promise<void> {
  const told = { at: Number.NEGATIVE_INFINITY };
  const subscription = connection.nc.subscribe(questions, {
    queue,
    callback: (error, message) => {
      if (error !== null) connection.log.error("the server does not let this login answer for others", { error });
      else void answer(connection, options, message, told);
    },
  });
  try {
    await aborted(options.signal);
  } finally {
    subscription.unsubscribe();
  }
}

/** Never rejects. */
async function answer(
  { stats, log }: Connection,
  { key, identify }: LoginOptions,
  message: Msg,
  told: { at: number },
): Promise<void> {
  let asked: LoginQuestion | undefined;
  try {
    asked = readQuestion(message.string());
    if (asked.token === undefined) throw new Error("the client has no token");
    const { node, lastsMs } = await identify(asked.token);
    message.respond(acceptance(key, asked, node, lastsMs));
    stats.loginsAccepted++;
  } catch (error) {
    stats.loginsRefused++;
    const now = performance.now();
    if (now - told.at >= refusalsPauseMs) {
      told.at = now;
      log.warn("a client of NATS was refused", { client: asked?.client ?? "", refused: stats.loginsRefused, error });
    }
    if (asked !== undefined) respond(message, refusal(key, asked, "refused"));
  }
}

function respond(message: Msg, said: string): void {
  try {
    message.respond(said);
  } catch {
    // The connection was closed meanwhile. The server turns a client away that nobody has answered for.
  }
}
