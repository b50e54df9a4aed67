/** Answering questions on subjects. Every controller listens, and the server gives each question to one of them. */

import type { Msg } from "@nats-io/transport-node";
import { aborted } from "@portcullis/daemon";
import type { Connection } from "./connection.ts";

const queue = "portcullis-controllers";

export interface Answering {
  readonly subject: string;
  /** Never rejects. */
  readonly answer: (message: Msg) => Promise<void>;
}

/** Until the signal aborts. */
export async function answerQuestions(
  { nc, log }: Connection,
  questions: readonly Answering[],
  signal: AbortSignal,
): Promise<void> {
  const subscriptions = questions.map(({ subject, answer }) =>
    nc.subscribe(subject, {
      queue,
      callback: (error, message) => {
        if (error !== null) log.error("the server does not let this login answer", { subject, error });
        else void answer(message);
      },
    }),
  );
  try {
    await aborted(signal);
  } finally {
    for (const subscription of subscriptions) subscription.unsubscribe();
  }
}

/** Sends the answer, unless the connection was closed meanwhile: then nobody waits for it there any more, and who asked asks again. */
export function sendAnswer(send: () => unknown): void {
  try {
    send();
  } catch {
    // The connection was closed.
  }
}
