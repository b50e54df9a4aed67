/**
 * The posture of a host. A node whose kubelet or shell is on no list is lost, and nobody can get in to mend it. So a category that an allow-list of
 * host policies makes one of is never bound in block posture, unless the author of every policy with an Allow rule in it says that he takes the risk.
 */

import { acceptLockoutAnnotation, reasons } from "@portcullis/api";
import type { Lowered } from "../lower/lower.ts";
import type { Problem } from "../problem.ts";
import { type Posture, postureKey } from "./posture.ts";

const keys = ["file", "network", "capabilities"] as const;

/** A host policy, and whether its author takes the risk. */
interface HostPolicy {
  readonly lowered: Lowered;
  readonly acceptsLockout: boolean;
}

/** What holds for the host that these policies select. `posture`: the global one of hosts. */
export function postureOfHost(policies: readonly HostPolicy[], posture: Posture): Posture {
  const careful = policies.filter(({ acceptsLockout }) => !acceptsLockout);
  const of = (key: keyof Posture) =>
    careful.some(({ lowered }) => hasAllowList(lowered, key)) ? "audit" : posture[key];
  return { file: of("file"), network: of("network"), capabilities: of("capabilities") };
}

/** What a host policy's status says of its allow-lists that are audited although the posture is block. */
export function lockoutProblems(lowered: Lowered, posture: Posture): Problem[] {
  const first = (key: keyof Posture) => lowered.rules.find((rule) => isAllow(rule, key));
  return keys.flatMap((key): Problem[] => {
    const rule = posture[key] === "block" ? first(key) : undefined;
    if (rule === undefined) return [];
    const message =
      `an allow-list of a host is bound in audit posture, because what it leaves out could lock the node: ` +
      `the annotation ${acceptLockoutAnnotation}: "true" has it block`;
    return [{ origin: rule.origin, reason: reasons.lockoutAvoided, message }];
  });
}

const hasAllowList = ({ rules }: Lowered, key: keyof Posture): boolean => rules.some((rule) => isAllow(rule, key));

const isAllow = ({ action, category }: Lowered["rules"][number], key: keyof Posture): boolean =>
  action === "allow" && category !== "syscalls" && postureKey(category) === key;
