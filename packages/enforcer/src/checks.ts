/**
 * What `/startupz`, `/healthz` and `/readyz` answer. A pod that is not ready holds a roll-out: a release that cannot enforce on a node, or a
 * node that cannot, must not look like success. A pod that is not live is started again; what is bound stays bound.
 *
 * When a pod's start is over, kubelet renews what it has mounted into it; else it does so once a minute or two. So the start lasts until the
 * first bundle has come: by then the keys that it is signed with are published, and after a first installation they are mounted at once.
 */

interface CheckedEnforcer {
  readonly hasBundle: boolean;
  readonly offered: boolean;
  readonly sinceStartMs: number;
  readonly hindrance: string;
  readonly sinceTurnMs: number;
}

/** A pass takes milliseconds and comes every few seconds; the first one of a full node takes longest. */
const longestTurnMs = 300_000;
/** Without a controller there is no bundle to wait for. The probe gives twice as long. */
const longestStartMs = 300_000;

export function enforcerChecks(enforcer: CheckedEnforcer) {
  return {
    started: {
      bundle: () =>
        enforcer.hasBundle || enforcer.offered || enforcer.sinceStartMs > longestStartMs || "no bundle has come yet",
    },
    ready: {
      enforcing: () => (enforcer.hindrance === "" ? (true as const) : enforcer.hindrance),
      bundle: () => enforcer.hasBundle || "no bundle is in force: none has come, or the newest was refused",
    },
    live: {
      passes: () =>
        enforcer.sinceTurnMs < longestTurnMs ||
        `no pass over the containers for ${Math.round(enforcer.sinceTurnMs / 1_000)} s`,
    },
  };
}
