/**
 * One Secret or ConfigMap that the controller fills, read and written by its name: so it needs no right to list any. Writes are optimistic, so that of
 * two controllers one has to look again.
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

/** On a Secret: another value than the last one asks for a new key. */
export const rotateAnnotation = "portcullis.dev/rotate";

interface WithData extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** What an object holds. `object` is absent when there is none yet. */
export interface Found {
  readonly object?: WithData | undefined;
  /** Its entries as text, a Secret's decoded. */
  readonly data: Readonly<Record<string, string>>;
  /** What asks for a rotation; empty: nothing does. */
  readonly rotation: string;
}

export interface NamedObjectOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly resource: Resource;
  readonly name: string;
}

export class NamedObject {
  readonly #options: NamedObjectOptions;

  constructor(options: NamedObjectOptions) {
    this.#options = options;
  }

  async read(signal: AbortSignal): Promise<Found> {
    const { client, namespace, resource, name } = this.#options;
    try {
      const path = objectPath(resource, name, namespace);
      const object = await client.request<WithData>({ method: "GET", path, signal });
      const data = this.#each(object.data ?? {}, (text) => Buffer.from(text, "base64").toString("utf8"));
      return { object, data, rotation: object.metadata.annotations?.[rotateAnnotation] ?? "" };
    } catch (error) {
      if (isStatus(error, 404)) return { data: {}, rotation: "" };
      throw error;
    }
  }

  /** `data` takes the place of all that the object held when it was found. */
  async write({ object }: Pick<Found, "object">, data: Found["data"], signal: AbortSignal): Promise<void> {
    const { client, namespace, resource, name } = this.#options;
    const encoded = this.#each(data, (text) => Buffer.from(text, "utf8").toString("base64"));
    if (object !== undefined) {
      const path = objectPath(resource, name, namespace);
      await client.request({ method: "PUT", path, body: { ...object, data: encoded }, signal });
      return;
    }
    const path = collectionPath(resource, namespace);
    const body = { apiVersion: "v1", kind: resource.kind, metadata: { name, namespace }, data: encoded };
    await client.request({ method: "POST", path, body, signal });
  }

  /** Secrets alone have their entries in Base64. */
  #each(data: Found["data"], change: (text: string) => string): Record<string, string> {
    if (this.#options.resource !== secretResource) return { ...data };
    return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, change(text)]));
  }
}
