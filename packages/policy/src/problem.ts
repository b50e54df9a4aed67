/** A part of a policy that is not enforced. It is never an exception, always a value that goes into the policy's status. */
import type { Reason } from "@portcullis/api";

export interface Problem {
  /** The place in the policy, e.g. `spec.process.matchPatterns[0]`. */
  readonly origin: string;
  /** One word for programs. */
  readonly reason: Reason;
  /** What is wrong (field, value) and what to do about it. */
  readonly message: string;
}

/** Collects problems in the order they are found. */
export class Problems {
  readonly list: Problem[] = [];

  add(origin: string, reason: Reason, message: string): void {
    this.list.push({ origin, reason, message });
  }
}
