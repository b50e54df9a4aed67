/** What the controller tells a node: which containers it has, and which rule set holds for each. */

import type { DecidingCategory } from "./rule-set.ts";

/** Which container this is, by the names that Kubernetes gives it. Everything that speaks of a container extends it. */
export interface ContainerIdentity {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  /** Container name; init, ephemeral and sidecar containers alike. */
  readonly container: string;
}

/** What owns a pod, resolved to the top: a Deployment, a StatefulSet, a CronJob … */
export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Categories in which what passes is told as well, each once, in the order of the kernel's numbers. */
export type Visibility = readonly DecidingCategory[];

/** A container as the controller knows it, with the pod facts an alert names: the enforcer has no Kubernetes client. */
export interface BundleContainer extends ContainerIdentity {
  readonly image: string;
  /** Pod labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Absent for a bare pod. */
  readonly owner?: Owner | undefined;
  /** `sha256:<hex>` of the rule set's encoded bytes; empty: no policy selects it, nothing is bound. */
  readonly ruleSet: string;
  /** Absent: nothing that passes is told, unless a rule says so. */
  readonly visible?: Visibility | undefined;
}

/** A cap on alerts: above so many in a second of one rule in one container, its further ones are counted instead of told, for so long. */
export interface Throttling {
  readonly alertsPerSecond: number;
  readonly seconds: number;
}

/** What one node needs. It is small, because rule sets are fetched by digest. */
export interface Bundle {
  readonly cluster: string;
  readonly node: string;
  /**
   * Of two bundles the one of the higher epoch is the newer, and within an epoch the one of the higher revision. The epoch rises when
   * the node holds a bundle that is not older than the controller's and not the controller's. Undefined is the first one.
   */
  readonly epoch?: bigint | undefined;
  /** Strictly increasing for a node within an epoch; the enforcer refuses a lower one than it has applied. */
  readonly revision: bigint;
  /** Every container on the node that some policy selects, that is visible, or that an alert may name; sorted by pod uid, container. */
  readonly containers: readonly BundleContainer[];
  /** The rule set of the node's own processes, by its digest. Undefined: no host policy selects the node. */
  readonly hostRuleSet?: string | undefined;
  /**
   * Categories that host policies make an allow-list and that are to block, once the node knows by its recording what it must not deny. The rule set
   * has them audited. Absent: none.
   */
  readonly hostTried?: readonly DecidingCategory[] | undefined;
  /** Of the node's own processes. Absent: none. */
  readonly hostVisible?: Visibility | undefined;
  /** Logs of executions are to be without their Resource. Absent: they have it. */
  readonly dropsProcessResources?: boolean | undefined;
  /** Absent: alerts have no other bound than that repetitions are counted. */
  readonly throttling?: Throttling | undefined;
  /** Digests this bundle refers to, sorted. */
  readonly ruleSets: readonly string[];
}
