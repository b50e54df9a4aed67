/**
 * Which system calls the kernel has to look for: those that the rule sets of bound containers name, and no others, because only these cost
 * anything. They are looked for before a rule table is bound that names them, and no more when the last one has gone.
 */
import type { RuleSet, Unenforced } from "@portcullis/model";
import { syscallNumber } from "@portcullis/policy";

/** The part of native's `Engine` that looks for system calls. */
export interface SyscallEngine {
  traceSyscalls(wanted: ReadonlyMap<string, number>): ReadonlyMap<string, string>;
  keepSyscalls(wanted: ReadonlySet<string>): void;
}

export class SeenSyscalls {
  readonly #engine: SyscallEngine;
  /** What each rule set names; it does not change. */
  readonly #named = new WeakMap<RuleSet, ReadonlyMap<string, number>>();
  /** Named in this pass so far. */
  #wanted = new Set<string>();
  readonly #unseen = new Map<RuleSet, readonly Unenforced[]>();
  /** What the kernel was last told to keep. Undefined: nothing yet by this process. */
  #kept: string | undefined;

  constructor(engine: SyscallEngine) {
    this.#engine = engine;
  }

  /** To be called first in every pass. */
  begin(): void {
    this.#wanted = new Set();
    this.#unseen.clear();
  }

  /** Has the system calls of a rule set looked for. Returns the parts of policies that cannot be. */
  need(ruleSet: RuleSet): readonly Unenforced[] {
    const known = this.#unseen.get(ruleSet) ?? this.#look(ruleSet);
    this.#unseen.set(ruleSet, known);
    return known;
  }

  #look(ruleSet: RuleSet): Unenforced[] {
    const named = this.#namedBy(ruleSet);
    if (named.size === 0) return [];
    for (const name of named.keys()) this.#wanted.add(name);
    const unseen = this.#engine.traceSyscalls(named);
    if (unseen.size === 0) return [];
    return ruleSet.rules.flatMap(({ match, policy: index, origin }) => {
      const policy = ruleSet.policies[index];
      const why = match.kind === "syscall" ? unseen.get(match.syscall) : undefined;
      if (policy === undefined || why === undefined || match.kind !== "syscall") return [];
      return [{ policy, origin, reason: `system call ${match.syscall} cannot be seen on this node: ${why}` }];
    });
  }

  /** To be called last in a pass in which every container got what it is to have. */
  settle(): void {
    const kept = [...this.#wanted].sort().join();
    if (kept === this.#kept) return;
    this.#engine.keepSyscalls(this.#wanted);
    this.#kept = kept;
  }

  #namedBy(ruleSet: RuleSet): ReadonlyMap<string, number> {
    const known = this.#named.get(ruleSet);
    if (known !== undefined) return known;
    const named = new Map<string, number>();
    for (const { match } of ruleSet.rules) {
      const number = match.kind === "syscall" ? syscallNumber(match.syscall) : undefined;
      if (match.kind === "syscall" && number !== undefined) named.set(match.syscall, number);
    }
    this.#named.set(ruleSet, named);
    return named;
  }
}
