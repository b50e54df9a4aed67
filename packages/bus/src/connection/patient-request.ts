/**
 * A question to whoever answers on a subject. A controller that has much to do answers later than a request waits: a late answer is as good as one in
 * time, and who threw it away would ask the same controller for it again. Asked again it is all the same, because who was to answer may have died.
 */

import { setTimeout } from "node:timers/promises";
import type { Msg, NatsConnection } from "@nats-io/transport-node";

/** How often it is asked. The first answer counts, whichever question it is to. */
const times = 3;

/** Rejects at once when nobody listens there, and with a TimeoutError when `times` times `ms` are over. */
export async function patientRequest(nc: Pick<NatsConnection, "request">, subject: string, ms: number): Promise<Msg> {
  const answers: Promise<Msg>[] = [];
  for (let left = times; left > 0; left -= 1) {
    answers.push(nc.request(subject, undefined, { timeout: left * ms }));
    const answer = await within(ms, answers);
    if (answer) return answer;
  }
  return await Promise.race(answers);
}

/** The first to be settled; undefined: none is within so many milliseconds. */
async function within(ms: number, answers: readonly Promise<Msg>[]): Promise<Msg | undefined> {
  const settled = new AbortController();
  try {
    return await Promise.race([...answers, setTimeout(ms, undefined, { signal: settled.signal })]);
  } finally {
    settled.abort();
  }
}
