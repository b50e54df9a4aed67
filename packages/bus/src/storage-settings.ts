/** How the streams and buckets are to be, as a controller's environment has it. The controller spreads `storageVariables` into the schema of its own environment. */

import { z } from "zod";
import type { StorageLimits } from "./bus.ts";

const sizes: Readonly<Record<string, number>> = { Mi: 1 << 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const ages: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

const size = z
  .string()
  .regex(/^[1-9][0-9]{0,6}(Mi|Gi|Ti)$/, "is no size such as 256Mi")
  .transform((text) => Number.parseInt(text, 10) * (sizes[text.slice(-2)] ?? 0))
  .optional();
const age = z
  .string()
  .regex(/^[1-9][0-9]{0,6}[mhd]$/, "is no time such as 90m, 12h or 7d")
  .transform((text) => Number.parseInt(text, 10) * (ages[text.slice(-1)] ?? 0))
  .optional();

/** What is not set is as `ensure` has it without limits. */
export const storageVariables = {
  STORAGE_REPLICAS: z.coerce.number({ error: "is no number of replicas" }).int().min(1).max(5).optional(),
  STORAGE_ALERTS_SIZE: size,
  STORAGE_ALERTS_AGE: age,
  STORAGE_LOGS_SIZE: size,
  STORAGE_LOGS_AGE: age,
  STORAGE_BUNDLES_SIZE: size,
  STORAGE_RULE_SETS_SIZE: size,
  STORAGE_NODE_STATUSES_SIZE: size,
  STORAGE_PROGRESS_SIZE: size,
};

export function storageLimits(values: z.infer<z.ZodObject<typeof storageVariables>>): Partial<StorageLimits> {
  const limits: Partial<Record<keyof StorageLimits, number | undefined>> = {
    replicas: values.STORAGE_REPLICAS,
    alertsMaxBytes: values.STORAGE_ALERTS_SIZE,
    alertsMaxAge: values.STORAGE_ALERTS_AGE,
    logsMaxBytes: values.STORAGE_LOGS_SIZE,
    logsMaxAge: values.STORAGE_LOGS_AGE,
    bundlesMaxBytes: values.STORAGE_BUNDLES_SIZE,
    ruleSetsMaxBytes: values.STORAGE_RULE_SETS_SIZE,
    nodeStatusMaxBytes: values.STORAGE_NODE_STATUSES_SIZE,
    progressMaxBytes: values.STORAGE_PROGRESS_SIZE,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
