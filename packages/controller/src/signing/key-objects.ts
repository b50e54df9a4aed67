/**
 * Where the keys of bundles lie: the private ones in a Secret that only the controller may read, the public ones in a ConfigMap that kubelet
 * mounts into the enforcers.
 */

import type { KubeClient } from "@portcullis/kube";
import { configMapResource, type Found, NamedObject, secretResource } from "../named-object.ts";

/** The one entry of either object, which is the file's name where it is mounted. */
const entry = "keys.json";

/** What an object holds. `object` is absent when there is none yet. */
interface Kept extends Pick<Found, "object" | "rotation"> {
  /** Undefined: there is no such object, or nothing in it. */
  readonly text: string | undefined;
}

export type KeptSecret = Kept;

interface KeyObjectsOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly secret: string;
  readonly configMap: string;
}

export class KeyObjects {
  readonly #secret: NamedObject;
  readonly #configMap: NamedObject;

  constructor({ client, namespace, secret, configMap }: KeyObjectsOptions) {
    this.#secret = new NamedObject({ client, namespace, resource: secretResource, name: secret });
    this.#configMap = new NamedObject({ client, namespace, resource: configMapResource, name: configMap });
  }

  async readSecret(signal: AbortSignal): Promise<KeptSecret> {
    return kept(await this.#secret.read(signal));
  }

  async writeSecret(before: Kept, text: string, signal: AbortSignal): Promise<void> {
    await this.#secret.write(before, { [entry]: text }, signal);
  }

  async readPublic(signal: AbortSignal): Promise<Kept> {
    return kept(await this.#configMap.read(signal));
  }

  async writePublic(before: Kept, text: string, signal: AbortSignal): Promise<void> {
    await this.#configMap.write(before, { [entry]: text }, signal);
  }
}

const kept = ({ object, data, rotation }: Found): Kept => ({ object, rotation, text: data[entry] });
