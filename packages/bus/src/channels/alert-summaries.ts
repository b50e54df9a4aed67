/** Counts of alerts, policy by policy, as JSON for whoever listens: `portcullis.v1.summary.<namespace>.<policy>`. Not kept. */

import type { AlertSummary } from "@portcullis/model";
import { z } from "zod";
import type { Connection } from "../connection/connection.ts";
import { subjectPrefix, toToken } from "./subjects.ts";

const subjectOf = (namespace: string, policy: string): string =>
  `${subjectPrefix}.summary.${toToken(namespace)}.${toToken(policy)}`;
const everything = `${subjectPrefix}.summary.>`;

const document = z.object({
  NamespaceName: z.string(),
  PolicyName: z.string(),
  Since: z.string(),
  Counts: z.array(
    z.object({
      Operation: z.string(),
      Action: z.string(),
      Owner: z.object({ Ref: z.string(), Name: z.string() }),
      Total: z.number(),
      LastTimestamp: z.number(),
    }),
  ),
});

export function sendSummary({ nc, log }: Connection, { namespace, policy, since, counts }: AlertSummary): void {
  const said: z.infer<typeof document> = {
    ...{ NamespaceName: namespace, PolicyName: policy, Since: since },
    Counts: counts.map(({ operation, action, owner, total, lastSeconds }) => ({
      ...{ Operation: operation, Action: action, Owner: { Ref: owner.kind, Name: owner.name } },
      ...{ Total: total, LastTimestamp: lastSeconds },
    })),
  };
  try {
    nc.publish(subjectOf(namespace, policy), JSON.stringify(said));
  } catch (error) {
    log.debug("a summary of alerts was not sent", { namespace, policy, error });
  }
}

/** Calls back for each that comes until the signal aborts; what is none is counted and passed over. */
export function hearSummaries(
  { nc, stats, log }: Connection,
  signal: AbortSignal,
  hear: (summary: AlertSummary) => void,
): void {
  const subscription = nc.subscribe(everything, {
    callback: (error, message) => {
      if (error !== null) {
        log.error("the server does not let this login hear summaries of alerts", { error });
        return;
      }
      try {
        hear(summaryIn(message.json()));
      } catch (problem) {
        stats.refusedMessages++;
        log.warn("a summary of alerts was refused", { subject: message.subject, error: problem });
      }
    },
  });
  signal.addEventListener("abort", () => subscription.unsubscribe(), { once: true });
}

function summaryIn(json: unknown): AlertSummary {
  const { NamespaceName: namespace, PolicyName: policy, Since: since, Counts } = document.parse(json);
  const counts = Counts.map(({ Operation, Action, Owner, Total, LastTimestamp }) => ({
    ...{ namespace, policy, operation: Operation, action: Action, owner: { kind: Owner.Ref, name: Owner.Name } },
    ...{ total: Total, lastSeconds: LastTimestamp },
  }));
  return { namespace, policy, since, counts } as AlertSummary;
}
