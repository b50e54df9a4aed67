/**
 * Where the keys of bundles lie: the private ones in a Secret that only the controller may read, the public ones in a ConfigMap that kubelet
 * mounts into the enforcers. Both are read and written by their names. Writes are optimistic, so that of two controllers one has to look again.
 */

import {
  collectionPath,
  isStatus,
  type KubeClient,
  type KubeObject,
  objectPath,
  type Resource,
} from "@portcullis/kube";

export const secretResource: Resource = { group: "", version: "v1", plural: "secrets", kind: "Secret" };
export const configMapResource: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap" };

/** The one entry of either object, which is the file's name where it is mounted. */
const entry = "keys.json";
/** On the Secret: another value than the last one asks for a new key. */
export const rotateAnnotation = "portcullis.dev/rotate";

interface WithData extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What an object holds. `object` is absent when there is none yet. */
interface Kept {
  readonly object?: WithData | undefined;
  /** Undefined: there is no such object, or nothing in it. */
  readonly text: string | undefined;
}

export interface KeptSecret extends Kept {
  /** What asks for a rotation; empty: nothing does. */
  readonly rotation: string;
}

interface KeyObjectsOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly secret: string;
  readonly configMap: string;
}

export class KeyObjects {
  readonly #options: KeyObjectsOptions;

  constructor(options: KeyObjectsOptions) {
    this.#options = options;
  }

  async readSecret(signal: AbortSignal): Promise<KeptSecret> {
    const object = await this.#read(secretResource, this.#options.secret, signal);
    const encoded = object?.data?.[entry];
    const text = encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
    return { object, text, rotation: object?.metadata.annotations?.[rotateAnnotation] ?? "" };
  }

  async writeSecret(before: Kept, text: string, signal: AbortSignal): Promise<void> {
    const encoded = Buffer.from(text, "utf8").toString("base64");
    await this.#write(secretResource, this.#options.secret, { ...before, text: encoded }, signal);
  }

  async readPublic(signal: AbortSignal): Promise<Kept> {
    const object = await this.#read(configMapResource, this.#options.configMap, signal);
    return { object, text: object?.data?.[entry] };
  }

  async writePublic(before: Kept, text: string, signal: AbortSignal): Promise<void> {
    await this.#write(configMapResource, this.#options.configMap, { ...before, text }, signal);
  }

  async #read(resource: Resource, name: string, signal: AbortSignal): Promise<WithData | undefined> {
    const { client, namespace } = this.#options;
    try {
      return await client.request<WithData>({ method: "GET", path: objectPath(resource, name, namespace), signal });
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  async #write(resource: Resource, name: string, { object, text = "" }: Kept, signal: AbortSignal): Promise<void> {
    const { client, namespace } = this.#options;
    const data = { [entry]: text };
    if (object !== undefined) {
      const path = objectPath(resource, name, namespace);
      await client.request({ method: "PUT", path, body: { ...object, data }, signal });
      return;
    }
    const path = collectionPath(resource, namespace);
    const body = { apiVersion: "v1", kind: resource.kind, metadata: { name, namespace }, data };
    await client.request({ method: "POST", path, body, signal });
  }
}
