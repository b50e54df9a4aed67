/**
 * Whether the definitions of the policy kinds keep what is written into a status. Beside KubeArmor, or after an upgrade without the
 * definitions, they may be others: then every status is refused or loses its conditions, and only a word about it helps. What the API
 * server publishes of its schemas is open to everybody who may log in.
 */

import { type AnyPolicy, group, version } from "@portcullis/api";
import { type Log, sleep } from "@portcullis/daemon";
import type { KubeClient } from "@portcullis/kube";
import { DefinitionsForeignError } from "../errors.ts";
import { policyKinds } from "./objects.ts";

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-group-version-kind"?: readonly { readonly kind: string }[];
}

/** What is written into a status. */
const written = ["observedGeneration", "conditions", "nodes", "problems", "warnings"];
const checkMs = 600_000;
/** While they are foreign, or could not be read. */
const soonMs = 30_000;

export class Definitions {
  readonly #client: KubeClient;
  readonly #log: Log;
  #problem: string | undefined;

  constructor({ client, log }: { readonly client: KubeClient; readonly log: Log }) {
    this.#client = client;
    this.#log = log;
  }

  /** What is wrong with them; empty when nothing is, or nothing is known. */
  get problem(): string {
    return this.#problem ?? "";
  }

  /** Looks at them again and again until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#found(await this.#lacking(signal));
      } catch (error) {
        if (!signal.aborted) this.#log.warn("the definitions of the policies cannot be looked at", { error });
      }
      await sleep(this.#problem === "" ? checkMs : soonMs, signal);
    }
  }

  #found(lacking: readonly string[]): void {
    const problem = lacking.length === 0 ? "" : `the definitions do not keep ${lacking.join(", ")}`;
    if (problem !== "" && problem !== this.#problem) {
      const remedy = "install the chart's definitions (crds.install=true), or apply those of this release";
      this.#log.error("statuses of policies cannot be written", {
        error: new DefinitionsForeignError(`${problem}: ${remedy}`),
      });
    }
    this.#problem = problem;
  }

  async #lacking(signal: AbortSignal): Promise<string[]> {
    const path = `/openapi/v3/apis/${group}/${version}`;
    const document = await this.#client.request<{ components?: { schemas?: Record<string, Schema> } }>({
      method: "GET",
      path,
      signal,
    });
    const schemas = Object.values(document.components?.schemas ?? {});
    return policyKinds.flatMap((kind: AnyPolicy["kind"]) => {
      const own = schemas.find((schema) => schema["x-kubernetes-group-version-kind"]?.some((of) => of.kind === kind));
      const status = own?.properties?.status;
      if (own === undefined || status?.["x-kubernetes-preserve-unknown-fields"]) return [];
      return written.filter((name) => !status?.properties?.[name]).map((name) => `status.${name} of ${kind}`);
    });
  }
}
