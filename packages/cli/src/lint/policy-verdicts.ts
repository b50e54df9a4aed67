/**
 * What one policy alone decides, in block posture, for a program that is no rule's source and owns the file. Policies are compiled one by one: many together
 * may cost more than one container's ever do, and what several allow or block is told from what each of them does.
 */
import { buildRuleSet, compile, decide, type Lowered, type Query, type Verdict } from "@portcullis/policy";

const posture = { file: "block", network: "block", capabilities: "block" } as const;

/** A part that cannot be bound with the others, and why. */
interface Refused {
  readonly origin: string;
  readonly reason: string;
}

type Automaton = ReturnType<typeof compile>["automaton"];
type Options = Parameters<typeof compile>[1];

export class PolicyVerdicts {
  readonly refused: readonly Refused[];
  readonly #lowered: Lowered;
  readonly #options: Options;
  readonly #rules: NonNullable<ReturnType<typeof buildRuleSet>>["rules"];
  readonly #automaton: Automaton | undefined;
  /** The same without sources, made when it is asked for. */
  #ofAnybody: Automaton | undefined;

  /** `options`: of the compiler, where they are not to be the usual ones. */
  constructor(lowered: Lowered, options: Options = {}) {
    this.#lowered = lowered;
    this.#options = options;
    this.#rules = buildRuleSet([lowered], { posture })?.rules ?? [];
    const refused: Refused[] = [];
    this.#automaton = automatonOf(lowered, options, refused);
    this.refused = refused;
  }

  /** Whether it makes the category an allow-list. */
  isAllowList(category: Query["category"]): boolean {
    return this.#rules.some((rule) => rule.category === category && rule.action === "allow" && rule.policy >= 0);
  }

  /** The origin of the Block rule that denies it; undefined: none. */
  blocker(category: Query["category"], access: Query["access"], name: string): string | undefined {
    const verdict = ask(this.#automaton, category, access, name);
    if (verdict?.outcome !== "denied" || verdict.report !== "policy") return undefined;
    return this.#rules.find(({ id }) => id === verdict.ruleId)?.origin;
  }

  /** Whether any rule of it decides, whoever acts. */
  speaksOf(category: Query["category"], access: Query["access"], name: string): boolean {
    this.#ofAnybody ??= automatonOf(
      { ...this.#lowered, rules: this.#lowered.rules.map((rule) => ({ ...rule, source: undefined })) },
      this.#options,
    );
    return (ask(this.#ofAnybody, category, access, name)?.ruleId ?? 0) !== 0;
  }
}

/** Undefined: there are no rules, or too many. What is not bound goes to `refused`. */
function automatonOf(lowered: Lowered, options: Options, refused: Refused[] = []): Automaton | undefined {
  const ruleSet = buildRuleSet([lowered], { posture });
  if (ruleSet === undefined) return undefined;
  try {
    const { automaton, unenforced } = compile(ruleSet, options);
    refused.push(...unenforced);
    return automaton;
  } catch (error) {
    refused.push({ origin: "spec", reason: (error as Error).message });
    return undefined;
  }
}

function ask(
  automaton: Automaton | undefined,
  category: Query["category"],
  access: Query["access"],
  name: string,
): Verdict | undefined {
  const path = name.split("/").filter((component) => component !== "");
  return (
    automaton && decide(automaton, { category, access, path, source: undefined, isOwner: true, hasTerminal: false })
  );
}
