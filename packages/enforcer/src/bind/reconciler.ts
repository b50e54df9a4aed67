/**
 * Makes the kernel hold what the bundle says: level triggered and synchronous, so that one pass sees one state. A pass
 * with nothing to change writes nothing. Every container is on its own: what fails for one is remembered, reported and
 * tried again, and the others go on. Until a first bundle is known nothing is touched at all.
 */

import type { Log } from "@portcullis/daemon";
import type { BundleContainer, HeldBundle, Unenforced } from "@portcullis/model";
import { type AcceptedBundle, heldBundle } from "../bundles/verification.ts";
import type { Count } from "../counters.ts";
import { BindError, ContainerUnseenError, messageOf, SlotsExhaustedError } from "../errors.ts";
import type { HostTrial, TriedHost } from "../host/tried-host.ts";
import { type Binding, bindingsOf } from "./binding.ts";
import { isHost } from "./host.ts";
import type { JudgedRules } from "./judged-rules.ts";
import { digestOf, type KernelSlots, type Wanted } from "./kernel-slots.ts";
import type { NoticeBoard } from "./notices.ts";
import {
  awaitsSymlinks,
  type Outcome,
  outcomeOf,
  ruleSetsOf,
  type Step,
  tableKeysOf,
  unlookedRuleSets,
} from "./outcome.ts";
import { refusedParts } from "./refused-parts.ts";
import type { RuleTableCache } from "./rule-tables.ts";
import type { SearchedDescriptors } from "./searched-descriptors.ts";
import type { SeenSyscalls } from "./seen-syscalls.ts";
import type { SymlinkCache } from "./symlink-cache.ts";
import { type ObservedContainers, unprovenOf, unseenOf } from "./unproven.ts";

/** After this time a pass leaves what is still to be written to the next, so that timers and sockets have their turn. */
const passTimeMs = 50;

interface ReconcilerOptions {
  readonly slots: KernelSlots;
  readonly ruleTables: RuleTableCache;
  readonly symlinks: SymlinkCache;
  readonly syscalls: SeenSyscalls;
  /** Absent: no allow-list of the host is tried, so that those that are to be stay audited. */
  readonly host?: TriedHost | undefined;
  readonly judged: readonly JudgedRules[];
  readonly descriptors: SearchedDescriptors;
  /** What looking for names has taught. */
  readonly notices: Pick<NoticeBoard, "of">;
  /** Why no policy is enforced here as a whole: the hooks that this kernel lacks. Empty: it has all. */
  readonly lacks: string;
  readonly log: Log;
  readonly count: Count;
}

/** What all steps of one pass share. */
interface Pass {
  readonly accepted: AcceptedBundle;
  /** When the pass has to end, by `performance.now()`. */
  readonly endMs: number;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  /** What the compiler said of each rule table in use, by its key. */
  readonly #reports = new Map<string, readonly Unenforced[]>();
  /** Container id → what failed last, so that a failure is logged once. */
  readonly #failures = new Map<string, string>();
  #settledRevision = 0n;
  #held: HeldBundle | undefined;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** `listed`: the bundle, this one or an earlier one, since whose coming the containers were listed whole. */
  pass(accepted: AcceptedBundle, observed: ObservedContainers, listed: AcceptedBundle | "none" = accepted): Outcome {
    const { slots, symlinks, syscalls, judged, descriptors } = this.#options;
    const { known, present } = observed;
    const hasNewActors = slots.begin(present, observed.podCgroups);
    syscalls.begin();
    for (const one of judged) one.begin();
    descriptors.begin(hasNewActors);
    const pass = { accepted, endMs: performance.now() + passTimeMs };
    const bound = bindingsOf(accepted.bundle, known).map((binding) => ({ binding, step: this.#step(binding, pass) }));
    descriptors.settle();
    const steps = [
      ...bound.map(({ binding, step }) => this.#withDescriptors(binding, step, accepted)),
      ...unseenOf(accepted.bundle, observed).map((container) => unseenStep(container, accepted)),
    ];
    if (steps.every(({ kind }) => kind === "bound" || kind === "nothing")) {
      syscalls.settle();
      for (const one of judged) one.settle();
    }
    const inUse = tableKeysOf(steps);
    for (const key of this.#reports.keys()) if (!inUse.has(key)) this.#reports.delete(key);
    const ids = new Set(known.map(({ containerId }) => containerId));
    for (const id of this.#failures.keys()) if (!ids.has(id)) this.#failures.delete(id);
    symlinks.retain(ids);
    const unproven = unprovenOf(accepted.bundle, observed);
    const outcome = outcomeOf(steps, {
      revision: accepted.bundle.revision,
      settledRevision: this.#settledRevision,
      // Before the containers were listed whole, a pass that found nothing to do says nothing of what it did not see.
      held: present !== undefined && listed !== "none" ? heldBundle(listed) : this.#held,
      unproven,
      policiesOf: (digest) => accepted.ruleSets.get(digest)?.policies ?? [],
      notices: this.#options.notices.of({
        ...{ ruleSets: accepted.ruleSets, running: ruleSetsOf(steps), present: ids },
        late: unlookedRuleSets(steps, unproven),
      }),
      slotsUsed: slots.used,
    });
    this.#settledRevision = outcome.revision;
    this.#held = outcome.held;
    return outcome;
  }

  /** Does for one container what is to be done. Never throws. */
  #step(binding: Binding, pass: Pass): Step {
    const { slots, syscalls, judged, lacks } = this.#options;
    const { ruleSet } = binding;
    const where = nameOf(binding);
    let tableKey: string | undefined;
    try {
      const wanted = this.#wanted(binding, pass.accepted);
      const heldRuleSet = slots.heldRuleSet(binding);
      const late = { heldRuleSet, ruleSet, where };
      if (performance.now() > pass.endMs && !slots.holds(wanted)) return { kind: "deferred", ...late };
      if (ruleSet !== "" && !wanted.rules) return { kind: "waiting", ...late };
      const named = wanted.rules?.ruleSet;
      const unseen = named ? [...syscalls.need(named), ...judged.flatMap((one) => one.need(named))] : [];
      const held = slots.bind(wanted);
      if (!held) return { kind: "nothing" };
      this.#options.descriptors.bound(binding.containerId, named, held.isNew);
      tableKey = held.tableKey;
      if (!wanted.rules)
        return { kind: "bound", ruleSet, tableKey, report: [], refused: [], exempt: [], awaits: "", where };
      const report = this.#report(tableKey, held.unenforced ?? this.#reports.get(tableKey), wanted);
      this.#failures.delete(binding.containerId);
      const refused = [
        ...refusedParts(wanted.rules.ruleSet, wanted.rules.symlinks),
        ...unseen,
        ...(wanted.trial?.unenforced ?? []),
        ...(lacks === "" ? [] : allPartsOf(pass.accepted, ruleSet, lacks)),
      ];
      const awaits = wanted.rules.symlinks.awaited ? awaitsSymlinks : (wanted.trial?.waiting ?? "");
      const exempt = wanted.trial?.exempt ?? [];
      return { kind: "bound", ruleSet, tableKey, report, refused, exempt, awaits, where };
    } catch (error) {
      const problem = this.#failed(binding, error);
      const unenforced = allPartsOf(pass.accepted, ruleSet, reasonOf(binding, error));
      return { kind: "failed", ruleSet, problem, where, unenforced, tableKey };
    }
  }

  /** What was done for a container, with what came of the search for what its processes have open. */
  #withDescriptors({ containerId, ruleSet }: Binding, step: Step, { ruleSets }: AcceptedBundle): Step {
    const { descriptors } = this.#options;
    const rules = ruleSets.get(ruleSet);
    if (step.kind !== "bound" || !rules) return step;
    const refused = [...step.refused, ...descriptors.refusedParts(rules)];
    return { ...step, refused, awaits: step.awaits || descriptors.awaits(containerId) };
  }

  /** What the container is to have. Without rules, although a policy selects it, when its symlinks are not known yet. */
  #wanted(binding: Binding, { bundle, ruleSets }: AcceptedBundle): Wanted & { readonly trial?: HostTrial | undefined } {
    const { slots, symlinks, host } = this.#options;
    if (binding.ruleSet === "") return { binding, rules: undefined };
    const ruleSet = ruleSets.get(binding.ruleSet)!;
    const known = symlinks.get({
      container: binding,
      digest: binding.ruleSet,
      ruleSet,
      bound: slots.isBound(binding),
      held: () => slots.heldAliases(binding),
    });
    const trial = known && isHost(binding) ? host?.of(bundle, ruleSet, known) : undefined;
    return { binding, rules: known && { ruleSet, symlinks: known, ...trial }, trial };
  }

  /** What the compiler says of a rule table. It is asked when an earlier process has set the table, or when nobody knows any more. */
  #report(
    tableKey: string,
    known: readonly Unenforced[] | undefined,
    { binding, rules }: Wanted,
  ): readonly Unenforced[] {
    const report =
      known ?? this.#options.ruleTables.get(digestOf(binding, rules!), rules!.ruleSet, rules!.symlinks).unenforced;
    this.#reports.set(tableKey, report);
    return report;
  }

  #failed(binding: Binding, error: unknown): string {
    const { log, count } = this.#options;
    const failure =
      error instanceof SlotsExhaustedError
        ? error
        : new BindError(`${nameOf(binding)}: rule set ${binding.ruleSet}: ${messageOf(error)}`, { cause: error });
    count("bind_failures");
    const problem = `${failure.code}: ${failure.message}`;
    if (this.#failures.get(binding.containerId) !== problem) {
      this.#failures.set(binding.containerId, problem);
      log.error("container is not bound as it should be", { container: binding.containerId, error: failure });
    }
    return problem;
  }
}

function nameOf({ namespace, pod, container, containerId }: BundleContainer & { containerId?: string }): string {
  return containerId !== undefined && isHost({ containerId }) ? "the host" : `${namespace}/${pod}/${container}`;
}

/** Why the policies of a container are not enforced, in the same words for every container that fails alike. */
function reasonOf({ ruleSet }: Binding, error: unknown): string {
  if (error instanceof SlotsExhaustedError) return `${error.code}: ${error.message}`;
  return `ENFORCER_BIND_FAILED: rule set ${ruleSet}: ${messageOf(error)}`;
}

/** It runs, and nothing can be bound for it. */
function unseenStep(container: BundleContainer, accepted: AcceptedBundle): Step {
  const { code, message } = new ContainerUnseenError();
  const { ruleSet } = container;
  const where = nameOf(container);
  const problem = `${code}: ${where}: ${message}`;
  const unenforced = allPartsOf(accepted, ruleSet, `${code}: ${message}`);
  return { kind: "failed", ruleSet, problem, where, unenforced, tableKey: undefined };
}

/** Every policy of the rule set, as a whole. */
function allPartsOf({ ruleSets }: AcceptedBundle, ruleSet: string, reason: string): Unenforced[] {
  return (ruleSets.get(ruleSet)?.policies ?? []).map((policy) => ({ policy, origin: "", reason }));
}
