/** Answers a NATS server that asks who a client is. */

import type { Msg } from "@nats-io/transport-node";
import type { LoginOptions } from "../bus.ts";
import { answerQuestions, sendAnswer } from "../connection/answering.ts";
import type { Connection } from "../connection/connection.ts";
import { acceptance, type LoginQuestion, readQuestion, refusal } from "./nats-jwt.ts";

const subject = "$SYS.REQ.USER.AUTH";
/** Whoever reaches the server can have clients refused. So a refusal is logged if the last one that was lies so far back, in milliseconds. */
const refusalsPauseMs = 5_000;

export async function answerLogins(connection: Connection, options: LoginOptions): Promise<void> {
  const told = { at: Number.NEGATIVE_INFINITY };
  const answerOne = async (message: Msg) => {
    const begun = performance.now();
    await answer(connection, options, message, told);
    options.took?.((performance.now() - begun) / 1_000);
  };
  await answerQuestions(connection, [{ subject, answer: answerOne }], options.signal);
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
    const to = asked;
    // Where nothing can be sent the server turns the client away by itself.
    if (to !== undefined) sendAnswer(() => message.respond(refusal(key, to, "refused")));
  }
}
