/**
 * What one node needs, from the pods on it, the policies and the postures. Pure: the same objects give the same bundle,
 * whatever the order in which they arrived.
 */

import type { BundleContent } from "@portcullis/bus";
import type { BundleContainer, Owner, Throttling, Visibility } from "@portcullis/model";
import { type HostPosture, type OptOut, type OverriddenRules, type Posture, postureOfHost } from "@portcullis/policy";
import type { Pod } from "../watch/objects.ts";
import type { Prepared } from "../watch/prepared.ts";
import { boundedImage, boundedLabels } from "./bounded-facts.ts";
import type { MadeRuleSet, RuleSetCache } from "./rule-sets.ts";
import { Selection, type Selections } from "./selections.ts";

export interface BundleInput {
  readonly cluster: string;
  readonly node: string;
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** The policies that may select nodes. */
  readonly hostPolicies: readonly Prepared[];
  /** Of the nodes' own processes. */
  readonly hostPosture: Posture;
  /** The pods with this node's name. */
  readonly pods: readonly Pod[];
  /** The policies that may select pods of a namespace. */
  readonly policiesFor: (namespace: string) => readonly Prepared[];
  readonly postureOf: (namespace: string) => Posture;
  /** In which categories what passes in a namespace's pods is told; empty: in none. */
  readonly visibilityOf: (namespace: string) => Visibility;
  /** The same of the node's own processes. */
  readonly hostVisibility: Visibility;
  /** Logs of executions are to be without their Resource. */
  readonly dropsProcessResources: boolean;
  /** The cap on alerts; undefined: there is none. */
  readonly throttling: Throttling | undefined;
  readonly ownerOf: (pod: Pod) => Owner | undefined;
  /** What the pod's author has switched off and may; undefined: nothing. */
  readonly optOutOf: (pod: Pod) => OptOut | undefined;
  /** True for namespaces that are never enforced. */
  readonly untracked: (namespace: string) => boolean;
  readonly ruleSets: RuleSetCache;
  readonly selections: Selections;
}

/** How a bundle carries a policy: which generation of which object, and in which rule sets. */
export interface Carried {
  readonly uid: string;
  readonly generation: number;
  /** Digests, sorted. */
  readonly ruleSets: readonly string[];
  /** How many containers it concerns, by the pod's uid. A bundle from before one of them was there proves nothing of it. */
  readonly pods: ReadonlyMap<string, number>;
  /** In how many of them it reports alone, because their pods have opted out and may; absent: in none. */
  readonly audited?: number;
  /** Its rules that never decide, in none of its rule sets, because another policy's rule always decides before; absent: none. */
  readonly overridden?: OverriddenRules;
  /** Why its rules are missing from a rule set that they belong into. */
  readonly refused?: string;
}

export interface BuiltBundle {
  readonly content: BundleContent;
  /** Encoded rule sets by digest: all of content.ruleSets. */
  readonly encoded: ReadonlyMap<string, Uint8Array>;
  /** By policy key: the policies that have a rule on this node. */
  readonly carried: ReadonlyMap<string, Carried>;
}

export function buildBundle(input: BundleInput): BuiltBundle {
  const { cluster, node, pods, untracked } = input;
  const selected = pods
    .filter((pod) => !pod.finished && !untracked(pod.metadata.namespace ?? ""))
    .flatMap((pod) => selectedContainers(pod, input));
  const containers = selected
    .map(({ container }) => container)
    .sort((a, b) => compare(a.podUid, b.podUid) || compare(a.container, b.container));
  const host = selectedHost(input);
  const everything = [...selected, host];
  const encoded = new Map<string, Uint8Array>();
  for (const { ruleSet } of everything.map(({ made }) => made)) if (ruleSet) encoded.set(ruleSet.digest, ruleSet.bytes);
  const hostRuleSet = host.made.ruleSet?.digest;
  const { hostVisibility: hostVisible, dropsProcessResources, throttling } = input;
  const ofHost = {
    ...(hostRuleSet === undefined ? {} : { hostRuleSet }),
    ...(hostRuleSet === undefined || host.tried.length === 0 ? {} : { hostTried: host.tried }),
    ...(hostVisible.length === 0 ? {} : { hostVisible }),
    ...(dropsProcessResources ? { dropsProcessResources } : {}),
    ...(throttling === undefined ? {} : { throttling }),
  };
  return {
    content: { cluster, node, containers, ...ofHost, ruleSets: [...encoded.keys()].sort() },
    encoded,
    carried: carriedBy(everything),
  };
}

/** What some policies come to for a container, or for the host. */
interface Selected {
  /** Undefined: the host. */
  readonly container?: BundleContainer;
  /** What the policies would deny is reported alone. */
  readonly audited?: boolean;
  readonly policies: readonly Prepared[];
  readonly made: MadeRuleSet;
}

/** The node's own processes, with the categories that are to block when the node can say what they must not deny. */
interface SelectedHost extends Selected {
  readonly tried: HostPosture["tried"];
}

function selectedHost({ hostPolicies, nodeLabels, hostPosture, ruleSets }: BundleInput): SelectedHost {
  const policies = hostPolicies.filter(({ selector }) => selector.selectsNode(nodeLabels));
  if (policies.length === 0) return { policies, made: nothing, tried: [] };
  const { posture, tried } = postureOfHost(policies, hostPosture);
  return { policies, made: ruleSets.of(policies, posture), tried };
}

const noPolicies = new Selection([]);
const noLabels: Readonly<Record<string, string>> = {};

/** A container of a pod that some policy selects, or that is visible. */
interface SelectedContainer extends Selected {
  readonly container: BundleContainer;
}

/** Every container of the pod if some policy selects the pod, or it is visible: an alert may name those without rules as well. */
function selectedContainers(pod: Pod, input: BundleInput): SelectedContainer[] {
  const { namespace = "", name, uid, labels = noLabels } = pod.metadata;
  const optOut = input.optOutOf(pod);
  const audited = optOut === "audited";
  const selection =
    optOut === "disabled" ? noPolicies : input.selections.of(input.policiesFor(namespace), namespace, labels);
  const visible = input.visibilityOf(namespace);
  if (selection.policies.length === 0 && visible.length === 0) return [];
  const posture = input.postureOf(namespace);
  const owner = input.ownerOf(pod);
  const told = boundedLabels(labels, pod.containers.length);
  return pod.containers.map((container) => {
    const policies = selection.ofContainer(container.name);
    const made = policies.length > 0 ? input.ruleSets.of(policies, posture, { isAudited: audited }) : nothing;
    const identity = { namespace, pod: name, podUid: uid, container: container.name };
    const facts = { image: boundedImage(container.image), labels: told, ...(owner === undefined ? {} : { owner }) };
    const bound = { ruleSet: made.ruleSet?.digest ?? "", ...(visible.length === 0 ? {} : { visible }) };
    return { container: { ...identity, ...facts, ...bound }, policies, made, audited };
  });
}

function carriedBy(selected: readonly Selected[]): Map<string, Carried> {
  const found = new Map<string, CarriedDraft>();
  for (const { container, policies, made, audited = false } of selected)
    for (const policy of policies.filter(({ lowered }) => lowered.rules.length > 0)) {
      const draft = found.get(policy.key) ?? new CarriedDraft(policy);
      found.set(policy.key, draft);
      draft.add(made, container, audited);
    }
  return new Map([...found].map(([key, draft]) => [key, draft.finish()]));
}

/** How the node's containers and its host, one after the other, carry a policy. */
class CarriedDraft {
  readonly #policy: Prepared;
  /** The rule sets that carry it. */
  readonly #made = new Set<MadeRuleSet>();
  readonly #pods = new Map<string, number>();
  #audited = 0;
  #refused: string | undefined;

  constructor(policy: Prepared) {
    this.#policy = policy;
  }

  add(made: MadeRuleSet, container: BundleContainer | undefined, audited: boolean): void {
    if (audited) this.#audited += 1;
    if (container) this.#pods.set(container.podUid, (this.#pods.get(container.podUid) ?? 0) + 1);
    const reason = made.refused.get(this.#policy.key);
    if (reason !== undefined) this.#refused ??= reason;
    else if (made.ruleSet !== undefined) this.#made.add(made);
  }

  finish(): Carried {
    const { uid, generation, key } = this.#policy;
    const refused = this.#refused === undefined ? {} : { refused: this.#refused };
    const audited = this.#audited === 0 ? {} : { audited: this.#audited };
    const made = [...this.#made];
    const ruleSets = [...new Set(made.flatMap(({ ruleSet }) => ruleSet?.digest ?? []))].sort();
    const rules = made.map(({ overridden }) => overridden?.get(key) ?? noneOverridden);
    const inAll = rules.length === 0 ? noneOverridden : rules.reduce(inBoth);
    const overridden = inAll.size === 0 ? {} : { overridden: inAll };
    return { uid, generation, ruleSets, pods: this.#pods, ...audited, ...overridden, ...refused };
  }
}

const noneOverridden: OverriddenRules = new Map();
/** The same words, whichever comes first. */
function inBoth(a: OverriddenRules, b: OverriddenRules): OverriddenRules {
  const both = [...a].flatMap(([origin, by]) => {
    const other = b.get(origin);
    return other === undefined ? [] : [[origin, [other, by].sort()[0] ?? by] as const];
  });
  return new Map(both);
}

const nothing: MadeRuleSet = { ruleSet: undefined, refused: new Map() };

/** Compares by code units, because the order must not depend on where the controller runs. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
