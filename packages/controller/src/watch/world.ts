/**
 * The cluster as the informers see it, and what a change of it touches. A pod touches its node. A policy touches the nodes with pods
 * that it selects, before or after the change. A posture touches the nodes with pods of its namespace. Nothing here looks at
 * every pod for every policy. Long because each change is looked at with the same copy of the cluster.
 */
import type { AnyPolicy } from "@portcullis/api";
import { type Change, type KubeObject, OwnerResolver } from "@portcullis/kube";
import type { Visibility } from "@portcullis/model";
import {
  type InvalidPosture,
  type Posture,
  resolveOptOut,
  resolvePosture,
  resolveVisibility,
} from "@portcullis/policy";
import { type BuiltBundle, buildBundle } from "../bundle/bundle.ts";
import { RuleSetCache } from "../bundle/rule-sets.ts";
import { Selections } from "../bundle/selections.ts";
import { defaultConfig, type GlobalConfig } from "./global-config.ts";
import { allInformers, type Informers } from "./informers.ts";
import { type Pod, type PolicyObject, parsePolicyKey, policyKey } from "./objects.ts";
import { acceptsLockout, type Prepared, prepare } from "./prepared.ts";

export interface WorldOptions {
  readonly cluster: string;
  readonly untrackedNamespaces: ReadonlySet<string>;
  /** As in RuleSetCacheOptions. */
  readonly baseAllowance?: boolean | undefined;
}

/** A namespace or a node with annotations of ours that have no meaning, or none any more. */
export interface Annotated {
  readonly kind: "Namespace" | "Node";
  readonly object: KubeObject;
  readonly invalid: readonly InvalidPosture[];
}

/** What a namespace's annotations come to. */
interface NamespaceMeaning {
  readonly posture: Posture;
  readonly visible: Visibility;
  /** Its pods may switch enforcement off. */
  readonly optOut: boolean;
  readonly invalid: readonly InvalidPosture[];
}

/** Who is told what a change touches. The same may be told twice. */
export interface Listeners {
  /** The node's bundle may have changed. */
  node(name: string): void;
  /** The policy is new, changed or gone; `nodes` looks for those whose bundle it touches, which is for who leads to know. */
  policy(key: string, nodes: () => readonly string[]): void;
  /** The annotations of a namespace or a node are new or changed: those that have no meaning. */
  annotations(of: Annotated): void;
  /** The pod asks by an annotation that no policy is enforced in it, and its namespace does not allow that. */
  optOut(pod: Pod): void;
}

export class World {
  readonly ruleSets: RuleSetCache;
  readonly #selections = new Selections();
  readonly #informers: Informers;
  readonly #options: WorldOptions;
  readonly #listeners: Listeners;
  #config = defaultConfig;
  readonly #owners: OwnerResolver;
  readonly #prepared = new Map<string, Prepared>();
  /** Policies by the namespace they are confined to; "" holds those of any namespace. */
  readonly #byNamespace = new Map<string, Map<string, Prepared>>();
  /** The policies that may select pods of a namespace, as they were asked for. */
  readonly #lists = new Map<string, readonly Prepared[]>();

  constructor(informers: Informers, options: WorldOptions, listeners: Listeners) {
    this.#informers = informers;
    this.#options = options;
    this.ruleSets = new RuleSetCache({ baseAllowance: options.baseAllowance });
    this.#listeners = listeners;
    const { replicaSets, jobs, pods, nodes, namespaces, policies } = informers;
    this.#owners = new OwnerResolver({
      ReplicaSet: (namespace, name) => replicaSets.store.get(name, namespace),
      Job: (namespace, name) => jobs.store.get(name, namespace),
    });
    pods.on((change) => this.#podChanged(change, listeners));
    nodes.on((change) => this.#nodeChanged(change, listeners));
    namespaces.on((change) => this.#namespaceChanged(change, listeners));
    for (const informer of Object.values(policies)) informer.on((change) => this.#policyChanged(change, listeners));
    // A pod may be seen before its owner is.
    for (const informer of [replicaSets, jobs]) {
      informer.on(({ type, object }) => {
        if (type !== "add") return;
        for (const pod of pods.store.byIndex("owner", object.metadata.uid))
          if (pod.node !== "") listeners.node(pod.node);
      });
    }
  }

  /** The global configuration, which is another one from now on: told are the policies that mean something else, and every node. */
  configure(config: GlobalConfig): void {
    const pods = isOther(this.#config.posture, config.posture);
    const hosts = isOther(this.#config.hostPosture, config.hostPosture);
    this.#config = config;
    for (const [key, policy] of this.#prepared) {
      const concerned = policy.host ? hosts : pods;
      if (!concerned || !policy.lowered.rules.some(({ action }) => action === "allow")) continue;
      this.#listeners.policy(key, () => this.#nodesSelected([policy]));
    }
    for (const node of this.nodeNames()) this.#listeners.node(node);
    // What is told of an annotation that is no posture names the one that holds instead.
    if (pods) for (const annotated of this.invalidAnnotations()) this.#listeners.annotations(annotated);
  }

  get synced(): boolean {
    return allInformers(this.#informers).every((informer) => informer.hasSynced);
  }

  /** Whether every watch is open and has caught up. Otherwise what is not seen may be there all the same. */
  get current(): boolean {
    return allInformers(this.#informers).every((informer) => informer.current);
  }

  /** Whether the node exists, or pods say that they are on it. */
  hasNode(name: string): boolean {
    return (
      this.#informers.nodes.store.get(name) !== undefined || this.#informers.pods.store.byIndex("node", name).length > 0
    );
  }

  nodeNames(): string[] {
    return [...new Set([...this.#informers.nodes.store.keys(), ...this.#informers.pods.store.indexValues("node")])];
  }

  policyKeys(): string[] {
    return [...this.#prepared.keys()];
  }

  prepared(key: string): Prepared | undefined {
    return this.#prepared.get(key);
  }

  policyObject(key: string): PolicyObject | undefined {
    const { kind, namespace, name } = parsePolicyKey(key);
    return this.#informers.policies[kind]?.store.get(name, namespace);
  }

  untracked(namespace: string): boolean {
    return this.#options.untrackedNamespaces.has(namespace);
  }

  /**
   * Whether a namespace in which the policy has pods was not seen yet. Its posture is not known then, so that what was built is no
   * proof of what the policy means there.
   */
  namespaceUnseen(key: string): boolean {
    const policy = this.#prepared.get(key);
    if (policy === undefined) return false;
    const { namespaces, pods } = this.#informers;
    const unseen = (namespace: string) => namespaces.store.get(namespace) === undefined;
    if (policy.namespace !== undefined) return unseen(policy.namespace);
    const selected = ({ metadata: { namespace = "", labels = {} } }: Pod) =>
      policy.selector.selectsPod({ namespace, labels });
    return pods.store
      .indexValues("namespace")
      .filter(unseen)
      .some((namespace) => pods.store.byIndex("namespace", namespace).some(selected));
  }

  /** What the node's bundle has to be now. */
  build(node: string): BuiltBundle {
    const known = new Map<string, NamespaceMeaning>();
    const of = (namespace: string) => {
      const meant = known.get(namespace) ?? this.#ofNamespace(this.#informers.namespaces.store.get(namespace));
      known.set(namespace, meant);
      return meant;
    };
    const nodeObject = this.#informers.nodes.store.get(node);
    return buildBundle({
      cluster: this.#options.cluster,
      node,
      nodeLabels: nodeObject?.metadata.labels ?? {},
      hostPolicies: this.#policiesFor("").filter(({ host }) => host),
      hostPosture: this.#config.hostPosture,
      pods: this.#informers.pods.store.byIndex("node", node),
      policiesFor: (namespace) => this.#policiesFor(namespace),
      postureOf: (namespace) => of(namespace).posture,
      visibilityOf: (namespace) => of(namespace).visible,
      hostVisibility: this.#ofNode(nodeObject).visible,
      dropsProcessResources: this.#config.dropsProcessResources,
      throttling: this.#config.throttling,
      ownerOf: (pod) => this.#owners.resolve(pod),
      optOutOf: ({ optOut, metadata }) => (optOut && of(metadata.namespace ?? "").optOut ? optOut : undefined),
      untracked: (namespace) => this.untracked(namespace),
      ruleSets: this.ruleSets,
      selections: this.#selections,
    });
  }

  /** Every namespace and every node with an annotation of ours that has no meaning. */
  invalidAnnotations(): Annotated[] {
    const { namespaces, nodes } = this.#informers;
    const all: Annotated[] = [
      ...namespaces.store
        .list()
        .map((object) => ({ kind: "Namespace" as const, object, ...this.#ofNamespace(object) })),
      ...nodes.store.list().map((object) => ({ kind: "Node" as const, object, ...this.#ofNode(object) })),
    ];
    return all.filter(({ invalid }) => invalid.length > 0);
  }

  /** Every pod that asks for no enforcement where that is not allowed. */
  optedOut(): Pod[] {
    return this.#informers.pods.store.list().filter((pod) => this.#optsOut(pod));
  }

  #optsOut({ optOut, metadata }: Pod): boolean {
    if (optOut === undefined || this.untracked(metadata.namespace ?? "")) return false;
    const namespace = this.#informers.namespaces.store.get(metadata.namespace ?? "");
    // One that was not seen yet may allow it.
    return namespace !== undefined && !resolveOptOut(namespace.metadata.annotations).allowed;
  }

  /** What the annotations of a namespace come to. Undefined: it was not seen, or is gone. */
  #ofNamespace(namespace: KubeObject | undefined): NamespaceMeaning {
    const annotations = namespace?.metadata.annotations;
    const { posture, invalid } = resolvePosture(annotations, this.#config.posture);
    const seen = resolveVisibility(annotations, this.#config.visibility);
    const left = resolveOptOut(annotations);
    return {
      posture,
      visible: seen.visible,
      optOut: left.allowed,
      invalid: [...invalid, ...seen.invalid, ...left.invalid],
    };
  }

  /** Those of a node, for its own processes. */
  #ofNode(node: KubeObject | undefined) {
    return resolveVisibility(node?.metadata.annotations, this.#config.hostVisibility);
  }

  #nodeChanged({ type, object, old }: Change<KubeObject>, listeners: Listeners): void {
    const [before, now] = [this.#ofNode(old), this.#ofNode(object)];
    if (type !== "delete" && isOther(before.invalid, now.invalid))
      listeners.annotations({ kind: "Node", object, invalid: now.invalid });
    if (type !== "update" || labelsOf(object) !== labelsOf(old) || isOther(before.visible, now.visible))
      listeners.node(object.metadata.name);
  }

  /** The same list until a policy of the namespace or of all namespaces changes, or one is gone. */
  #policiesFor(namespace: string): readonly Prepared[] {
    const known = this.#lists.get(namespace);
    if (known !== undefined) return known;
    const own = namespace === "" ? undefined : this.#byNamespace.get(namespace);
    const policies = [...(own?.values() ?? []), ...(this.#byNamespace.get("")?.values() ?? [])];
    this.#lists.set(namespace, policies);
    return policies;
  }

  /** The policies of this namespace, or of all where it is "", are others from now on. */
  #forgetLists(scope: string): void {
    if (scope === "") this.#lists.clear();
    else this.#lists.delete(scope);
  }

  #podChanged(change: Change<Pod>, listeners: Listeners): void {
    const { type, object, old } = change;
    if (type === "delete") this.#owners.forget(object.metadata.uid);
    else if (object.optOut !== old?.optOut && this.#optsOut(object)) listeners.optOut(object);
    // Most updates change the pod's status alone, which does not matter here.
    if (type === "update" && podFacts(object) === podFacts(old)) return;
    for (const node of new Set([object.node, old?.node ?? ""])) if (node !== "") listeners.node(node);
  }

  #namespaceChanged({ type, object, old }: Change<KubeObject>, listeners: Listeners): void {
    const gone = type === "delete";
    // Its name may never be asked for again.
    if (gone) this.#lists.clear();
    const before = this.#ofNamespace(gone ? object : old);
    const now = this.#ofNamespace(gone ? undefined : object);
    if (!gone && isOther(before.invalid, now.invalid))
      listeners.annotations({ kind: "Namespace", object, invalid: now.invalid });
    if (!gone && !now.optOut && (type === "add" || before.optOut)) this.#tellOptOuts(object, listeners);
    const means = ({ posture, visible, optOut }: NamespaceMeaning) => ({ posture, visible, optOut });
    if (!isOther(means(before), means(now))) return;
    const pods = this.#informers.pods.store.byIndex("namespace", object.metadata.name);
    for (const node of new Set(pods.map((pod) => pod.node))) if (node !== "") listeners.node(node);
  }

  /** A namespace that was not seen before, or allows it no more. */
  #tellOptOuts({ metadata: { name } }: KubeObject, listeners: Listeners): void {
    for (const pod of this.#informers.pods.store.byIndex("namespace", name))
      if (this.#optsOut(pod)) listeners.optOut(pod);
  }

  #policyChanged({ type, object }: Change<PolicyObject>, listeners: Listeners): void {
    const key = policyKey(object);
    const before = this.#prepared.get(key);
    if (type === "delete") {
      this.#prepared.delete(key);
      const scope = before?.namespace ?? "";
      const peers = this.#byNamespace.get(scope);
      peers?.delete(key);
      if (peers?.size === 0) this.#byNamespace.delete(scope);
      this.#forgetLists(scope);
      listeners.policy(key, () => (before ? this.#nodesSelected([before]) : []));
      return;
    }
    // Our own writes of the status come back too. They do not change the generation.
    const same = before?.uid === object.metadata.uid && before.generation === object.metadata.generation;
    if (same && before.acceptsLockout === acceptsLockout(object)) return;
    const now = prepare(object as AnyPolicy as PolicyObject);
    this.#keep(now);
    listeners.policy(key, () => this.#nodesSelected(before ? [before, now] : [now]));
  }

  #keep(policy: Prepared): void {
    this.#prepared.set(policy.key, policy);
    const scope = policy.namespace ?? "";
    const peers = this.#byNamespace.get(scope) ?? new Map<string, Prepared>();
    this.#byNamespace.set(scope, peers.set(policy.key, policy));
    this.#forgetLists(scope);
  }

  /** The nodes that any of these selects, or that have pods which it selects. They are generations of one policy. */
  #nodesSelected(policies: readonly Prepared[]): string[] {
    if (policies[0]?.host) {
      const selected = (node: KubeObject) =>
        policies.some(({ selector }) => selector.selectsNode(node.metadata.labels ?? {}));
      return this.#informers.nodes.store
        .list()
        .filter(selected)
        .map((node) => node.metadata.name);
    }
    const { store } = this.#informers.pods;
    const scope = policies[0]?.namespace;
    const nodes = new Set<string>();
    for (const pod of scope === undefined ? store.list() : store.byIndex("namespace", scope)) {
      if (pod.node === "" || pod.finished || nodes.has(pod.node)) continue;
      const { namespace = "", labels = {} } = pod.metadata;
      if (policies.some((policy) => policy.selector.selectsPod({ namespace, labels }))) nodes.add(pod.node);
    }
    return [...nodes];
  }
}

const isOther = (before: unknown, now: unknown): boolean => JSON.stringify(before) !== JSON.stringify(now);

const labelsOf = (node: KubeObject | undefined): string =>
  JSON.stringify(Object.entries(node?.metadata.labels ?? {}).sort());

/** Everything of a pod that a bundle is made of. */
function podFacts(pod: Pod): string {
  const { labels = {}, ownerReferences = [], uid } = pod.metadata;
  const owners = ownerReferences.map((owner) => owner.uid);
  return JSON.stringify([
    uid,
    pod.node,
    pod.finished,
    pod.containers,
    Object.entries(labels).sort(),
    owners,
    pod.optOut,
  ]);
}
