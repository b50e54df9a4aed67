/** Which cases stand for all where there is no time for all. Pure. */
import type { Case } from "./case.ts";

/**
 * A tenth of the cases, more only if every feature could not occur otherwise: first the case that shows most features that no chosen one
 * has, and so on; then the shortest of the rest. The same cases always give the same choice, in the order they have.
 */
export function chosenTenth(cases: readonly Case[]): Case[] {
  const missing = new Set(cases.flatMap(({ features }) => features));
  const left = new Set(cases);
  const chosen = new Set<Case>();
  const take = (c: Case): void => {
    left.delete(c);
    chosen.add(c);
    for (const feature of c.features) missing.delete(feature);
  };
  const gain = (c: Case) => c.features.filter((feature) => missing.has(feature)).length;
  while (missing.size > 0) take([...left].reduce((best, c) => (isBetter(gain(c) - gain(best), c, best) ? c : best)));
  const shortest = [...left].sort((a, b) => a.steps.length - b.steps.length);
  for (const c of shortest.slice(0, Math.max(0, Math.ceil(cases.length / 10) - chosen.size))) take(c);
  return cases.filter((c) => chosen.has(c));
}

/** More new features, or as many in fewer steps. */
const isBetter = (difference: number, c: Case, best: Case): boolean =>
  difference > 0 || (difference === 0 && c.steps.length < best.steps.length);
