/**
 * What `/healthz` and `/readyz` answer. A pod that is not ready holds a roll-out: a release that cannot enforce on a node, or a node that
 * cannot, must not look like success. A pod that is not live is started again; what is bound stays bound.
 */

interface CheckedEnforcer {
  readonly informed: boolean;
  readonly hindrance: string;
  readonly sinceTurnMs: number;
}

/** A pass takes milliseconds and comes every few seconds; the first one of a full node takes longest. */
const longestTurnMs = 300_000;

export function enforcerChecks(enforcer: CheckedEnforcer) {
  return {
    ready: {
      enforcing: () => (enforcer.hindrance === "" ? (true as const) : enforcer.hindrance),
      bundle: () => enforcer.informed || "neither a kept bundle nor the bus",
    },
    live: {
      passes: () =>
        enforcer.sinceTurnMs < longestTurnMs ||
        `no pass over the containers for ${Math.round(enforcer.sinceTurnMs / 1_000)} s`,
    },
  };
}
