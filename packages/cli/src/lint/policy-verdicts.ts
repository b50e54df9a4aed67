/**
 * What one policy alone decides, in block posture, for a program that is no rule's source and owns the file. Policies are compiled one by one: many together
 * may cost more than one container's ever do, and what several allow or block is told from what each of them does.
 */
import { buildRuleSet, compile, decide, type Lowered, type Query } from "@portcullis/policy";

const posture = { file: "block", network: "block", capabilities: "block" } as const;

/** A part that cannot be bound with the others, and why. */
interface Refused {
  readonly origin: string;
  readonly reason: string;
}

export class PolicyVerdicts {
  readonly refused: readonly Refused[];
  readonly #rules: NonNullable<ReturnType<typeof buildRuleSet>>["rules"];
  readonly #automaton: ReturnType<typeof compile>["automaton"] | undefined;

  /** `options`: of the compiler, where they are not to be the usual ones. */
  constructor(lowered: Lowered, options: Parameters<typeof compile>[1] = {}) {
    const ruleSet = buildRuleSet([lowered], { posture });
    this.#rules = ruleSet?.rules ?? [];
    try {
      const compiled = ruleSet && compile(ruleSet, options);
      this.#automaton = compiled?.automaton;
      this.refused = compiled?.unenforced ?? [];
    } catch (error) {
      this.refused = [{ origin: "spec", reason: (error as Error).message }];
    }
  }

  /** Whether it makes the category an allow-list. */
  isAllowList(category: Query["category"]): boolean {
    return this.#rules.some((rule) => rule.category === category && rule.action === "allow" && rule.policy >= 0);
  }

  /** The origin of the Block rule that denies it; undefined: none. */
  blocker(category: Query["category"], access: Query["access"], name: string): string | undefined {
    const verdict = this.#decide(category, access, name);
    if (verdict?.outcome !== "denied" || verdict.report !== "policy") return undefined;
    return this.#rules.find(({ id }) => id === verdict.ruleId)?.origin;
  }

  /** Whether any rule of it decides. */
  speaksOf(category: Query["category"], access: Query["access"], name: string): boolean {
    return (this.#decide(category, access, name)?.ruleId ?? 0) !== 0;
  }

  #decide(category: Query["category"], access: Query["access"], name: string) {
    const path = name.split("/").filter((component) => component !== "");
    const who = { source: undefined, isOwner: true, hasTerminal: false };
    return this.#automaton && decide(this.#automaton, { category, access, path, ...who });
  }
}
