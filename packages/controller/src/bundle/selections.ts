/**
 * Which policies select a pod's containers. The pods of a Deployment share their labels (`watch/shared-values.ts`), on whichever node they are, so that this is found
 * once for all of them and holds until a policy changes.
 */

import type { Prepared } from "../watch/prepared.ts";

/** More names of containers than pods of the same labels have; whoever makes more has them looked at again. */
const maxRemembered = 256;

/** The policies that select a pod, and which of them select one of its containers. The same list each time, for who remembers something of it. */
export class Selection {
  readonly policies: readonly Prepared[];
  readonly #ofContainer = new Map<string, readonly Prepared[]>();

  constructor(policies: readonly Prepared[]) {
    this.policies = policies;
  }

  ofContainer(name: string): readonly Prepared[] {
    const known = this.#ofContainer.get(name);
    if (known !== undefined) return known;
    const selecting = this.policies.filter(({ selector }) => selector.selectsContainer(name));
    // Most policies select every container: then there is one list for all of them.
    const policies = selecting.length === this.policies.length ? this.policies : selecting;
    if (this.#ofContainer.size === maxRemembered) this.#ofContainer.clear();
    this.#ofContainer.set(name, policies);
    return policies;
  }
}

type Labels = Readonly<Record<string, string>>;

/** Remembers as long as both lists live: that of the namespace's policies, which is another one when any of them changes, and that of the labels. */
export class Selections {
  readonly #known = new WeakMap<readonly Prepared[], WeakMap<Labels, Selection>>();

  /** `policies`: those that may select pods of this namespace, and no other's. Nobody may change the lists. */
  of(policies: readonly Prepared[], namespace: string, labels: Labels): Selection {
    const ofNamespace = this.#known.get(policies) ?? new WeakMap<Labels, Selection>();
    this.#known.set(policies, ofNamespace);
    const known = ofNamespace.get(labels);
    if (known !== undefined) return known;
    const selection = new Selection(policies.filter(({ selector }) => selector.selectsPod({ namespace, labels })));
    ofNamespace.set(labels, selection);
    return selection;
  }
}
