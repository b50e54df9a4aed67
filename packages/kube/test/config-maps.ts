/** ConfigMaps: the plainest objects there are, for tests to make, change and delete. */
import type { KubeClient } from "../src/client/client.ts";
import type { KubeObject, Resource } from "../src/client/resource.ts";
import { collectionPath, objectPath } from "../src/client/resource.ts";

export const configMaps: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap" };

export function createConfigMap(
  client: KubeClient,
  name: string,
  data: Record<string, string> = {},
): Promise<KubeObject> {
  const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data };
  return client.request({ method: "POST", path: collectionPath(configMaps, "default"), body });
}

export function patchConfigMap(client: KubeClient, name: string, data: Record<string, string>): Promise<KubeObject> {
  const path = objectPath(configMaps, name, "default");
  return client.request({ method: "PATCH", path, contentType: "application/merge-patch+json", body: { data } });
}

export function deleteConfigMap(client: KubeClient, name: string): Promise<unknown> {
  return client.request({ method: "DELETE", path: objectPath(configMaps, name, "default") });
}
