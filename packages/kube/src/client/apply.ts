/** Server-side apply with our own field manager: we own what we wrote, and nothing else. */
import type { KubeClient } from "./client.ts";
import { apiVersion, type KubeObject, objectPath, type Resource } from "./resource.ts";

export interface ApplyTarget {
  readonly resource: Resource;
  readonly name: string;
  readonly namespace?: string | undefined;
  /** e.g. `status`. */
  readonly subresource?: string;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers; default true, as a controller is to win over an edit by hand. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Applies `content` (everything but apiVersion, kind and metadata's identity) and returns the object as it is now. Without
 * a subresource it creates what is absent; on a subresource of an absent object the answer is 404.
 */
export function apply<T extends KubeObject>(
  client: KubeClient,
  target: ApplyTarget,
  content: Readonly<Record<string, unknown>>,
  options: ApplyOptions,
): Promise<T> {
  const { resource, name, namespace, subresource } = target;
  const metadata = { ...(content.metadata as object | undefined), name, ...(namespace ? { namespace } : {}) };
  return client.request<T>({
    method: "PATCH",
    path: objectPath(resource, name, namespace, subresource),
    query: { fieldManager: options.fieldManager, force: options.force ?? true },
    contentType: "application/apply-patch+yaml",
    body: { ...content, apiVersion: apiVersion(resource), kind: resource.kind, metadata },
    signal: options.signal,
  });
}
