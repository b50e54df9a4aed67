/**
 * Who a node is on NATS: the one that the pod is on of which the client's token is. The token says which pod; where the pod is, the informers know, and
 * the token has to agree where it says so itself.
 */

import type { Bus, LoginKey, NodeLogin } from "@portcullis/bus";
import { aborted, type Took } from "@portcullis/daemon";
import type { KubeClient } from "@portcullis/kube";
import { LoginsExhaustedError, TokenRefusedError } from "../errors.ts";
import type { Durations } from "../metrics.ts";
import { allInformers, type Informers } from "../watch/informers.ts";
import type { Pod } from "../watch/objects.ts";
import type { BusAccess } from "./bus-access.ts";
import { type AllowanceOptions, LoginAllowance } from "./login-allowance.ts";
import { ServiceAccountTokens } from "./service-account-tokens.ts";

export interface NodeLoginOptions {
  /** Of enforcers' tokens. */
  readonly audience: string;
  /** The enforcers' service account, in the controller's own namespace. */
  readonly serviceAccount: string;
  readonly namespace: string;
  /** Milliseconds that a login lasts, a quarter more or less; default an hour. */
  readonly lastsMs?: number | undefined;
  /** How often each node may log in. */
  readonly allowance?: AllowanceOptions | undefined;
}

/** Until the signal aborts, in every replica. Before the informers have synced nobody is known, and a node that was turned away would only come again. */
export async function letNodesIn(
  informers: Informers,
  { client, bus, access, nodeLogins, durations }: Options,
  signal: AbortSignal,
): Promise<void> {
  const key = access?.loginKey;
  if (nodeLogins === undefined || key === undefined) return aborted(signal);
  await Promise.all(allInformers(informers).map((informer) => informer.whenSynced(signal)));
  const pod = (namespace: string, name: string) => informers.pods.store.get(name, namespace);
  await new NodeLogins({ ...nodeLogins, client, bus, key, pod, took: durations?.login }).run(signal);
}

interface Options extends Pick<Parts, "client" | "bus"> {
  readonly access?: Pick<BusAccess, "loginKey"> | undefined;
  /** Absent: nodes have no logins of their own. */
  readonly nodeLogins?: NodeLoginOptions | undefined;
  readonly durations?: Pick<Durations, "login"> | undefined;
}

interface Parts extends NodeLoginOptions {
  readonly client: Pick<KubeClient, "request">;
  readonly bus: Pick<Bus, "answerLogins" | "answerNodes">;
  /** With what the answers are signed. */
  readonly key: LoginKey;
  /** Undefined: there is none. */
  readonly pod: (namespace: string, name: string) => Pod | undefined;
  /** Told how long each answer to the server took. */
  readonly took?: Took | undefined;
}

export class NodeLogins {
  readonly #parts: Parts;
  readonly #tokens: ServiceAccountTokens;
  readonly #allowance: LoginAllowance;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#allowance = new LoginAllowance(parts.allowance);
    this.#tokens = new ServiceAccountTokens(parts);
  }

  /** Until the signal aborts; when the informers have synced. */
  async run(signal: AbortSignal): Promise<void> {
    const { bus, key, took } = this.#parts;
    await Promise.all([
      bus.answerNodes(signal),
      bus.answerLogins({ key, signal, took, identify: (token) => this.identify(token) }),
    ]);
  }

  /** Throws CONTROLLER_TOKEN_REFUSED and CONTROLLER_LOGINS_EXHAUSTED. */
  async identify(token: string): Promise<NodeLogin> {
    const { namespace, serviceAccount, lastsMs = 3_600_000 } = this.#parts;
    const owner = await this.#tokens.verify(token);
    if (owner.namespace !== namespace || owner.serviceAccount !== serviceAccount)
      throw new TokenRefusedError("it is of another service account than the enforcers'");
    const pod = this.#parts.pod(namespace, owner.pod.name);
    if (pod === undefined || pod.metadata.uid !== owner.pod.uid || pod.finished)
      throw new TokenRefusedError(`its pod ${owner.pod.name} is not known here (yet), or has ended`);
    if (pod.node === "" || (owner.node !== undefined && owner.node !== pod.node))
      throw new TokenRefusedError(`its pod ${owner.pod.name} is on another node than the token says`);
    if (!this.#allowance.take(pod.node))
      throw new LoginsExhaustedError(`${pod.node} has logged in too often: it may once a minute now`);
    // Nodes that were let in at the same moment are not to come back at the same moment.
    return { node: pod.node, lastsMs: lastsMs * (0.75 + Math.random() / 2) };
  }
}
