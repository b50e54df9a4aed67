/**
 * The container runtime, which is asked over its CRI socket what container an id stands for. Calls have deadlines, and a channel
 * that lost the runtime connects again by itself. `grpc.default_authority` is set because some servers refuse the authority that
 * a socket path makes.
 */

import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { fromJSON, type MethodDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import type { ContainerIdentity } from "@portcullis/model";
import { RuntimeUnavailableError } from "../errors.ts";
import { criDescriptor } from "./cri-descriptor.ts";

/** What the runtime knows of a container that the cgroup's name does not say. */
export interface IdentifiedContainer extends ContainerIdentity {
  readonly containerId: string;
  readonly image: string;
}

export type Identified =
  | { readonly kind: "container"; readonly container: IdentifiedContainer }
  /** The pod's pause container, which is never bound. */
  | { readonly kind: "sandbox" }
  /** The runtime does not know the id, or not yet. */
  | { readonly kind: "unknown" };

export interface ListedContainer {
  readonly container: IdentifiedContainer;
  /** It has processes, as far as the runtime knows. */
  readonly running: boolean;
}

/** How a container's identity is found; `CriRuntime` is the real one. */
export interface ContainerRuntime {
  /** Rejects with RuntimeUnavailableError. */
  identify(containerId: string): Promise<Identified>;
  /** Every container that the runtime has, without sandboxes. */
  list(): Promise<ListedContainer[]>;
  close(): void;
}

/** CONTAINER_RUNNING */
const stateRunning = 1;

interface CriContainer {
  readonly id: string;
  readonly state?: number;
  readonly metadata?: { readonly name: string };
  readonly image?: { readonly image: string; readonly userSpecifiedImage: string };
  readonly labels?: Readonly<Record<string, string>>;
}

export class CriRuntime implements ContainerRuntime {
  readonly #client: Client;
  readonly #service: ServiceDefinition;
  readonly #deadlineMs: number;

  /**
   * `address`: `unix:///run/containerd/containerd.sock` or a path. `deadlineMs`: how long a call may take. It is long, because the runtime of
   * a busy node answers late, and a question that is given up has to be asked again: a container would be bound only later still.
   */
  constructor(address: string, deadlineMs = 10_000) {
    const target = address.startsWith("/") ? `unix://${address}` : address;
    this.#client = new Client(target, credentials.createInsecure(), {
      "grpc.default_authority": "localhost",
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 2_000,
    });
    const loaded = fromJSON(criDescriptor as Parameters<typeof fromJSON>[0], {
      keepCase: true,
      longs: String,
      enums: Number,
      defaults: true,
    });
    this.#service = loaded["runtime.v1.RuntimeService"] as ServiceDefinition;
    this.#deadlineMs = deadlineMs;
  }

  async identify(containerId: string): Promise<Identified> {
    const response = await this.#call<{ status?: CriContainer }>("ContainerStatus", { containerId, verbose: false });
    if (response?.status) return { kind: "container", container: identifiedContainer(response.status) };
    const sandboxes = await this.#call<{ items?: readonly unknown[] }>("ListPodSandbox", {
      filter: { id: containerId },
    });
    return { kind: (sandboxes?.items?.length ?? 0) > 0 ? "sandbox" : "unknown" };
  }

  async list(): Promise<ListedContainer[]> {
    const response = await this.#call<{ containers?: readonly CriContainer[] }>("ListContainers", {});
    return (response?.containers ?? []).map((listed) => ({
      container: identifiedContainer(listed),
      running: listed.state === stateRunning,
    }));
  }

  close(): void {
    this.#client.close();
  }

  /** Undefined when the runtime answered NOT_FOUND. */
  async #call<T>(name: string, request: object): Promise<T | undefined> {
    const method = this.#service[name] as MethodDefinition<object, object>;
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const done = (error: ServiceError | null, value?: object) => {
      if (error === null) resolve(value as T);
      else if (error.code === status.NOT_FOUND) resolve(undefined);
      else
        reject(new RuntimeUnavailableError(`CRI ${name} failed: ${error.details || error.message}`, { cause: error }));
    };
    this.#client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      { deadline: Date.now() + this.#deadlineMs },
      done,
    );
    return await promise;
  }
}

function identifiedContainer(container: CriContainer): IdentifiedContainer {
  const labels = container.labels ?? {};
  return {
    containerId: container.id,
    container: labels["io.kubernetes.container.name"] ?? container.metadata?.name ?? "",
    pod: labels["io.kubernetes.pod.name"] ?? "",
    namespace: labels["io.kubernetes.pod.namespace"] ?? "",
    podUid: labels["io.kubernetes.pod.uid"] ?? "",
    image: container.image?.userSpecifiedImage || container.image?.image || "",
  };
}
