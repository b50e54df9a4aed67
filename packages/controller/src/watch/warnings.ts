/** What is told, as Warning Events, to whoever wrote something into an object that has no effect. Only the replica that leads tells. */
import { podPolicyAnnotation } from "@portcullis/api";
import type { Log } from "@portcullis/daemon";
import type { EventRecorder, KubeObject } from "@portcullis/kube";
import type { InvalidPosture } from "@portcullis/policy";
import type { Pod } from "./objects.ts";

export interface WarningsOptions {
  readonly events: EventRecorder;
  readonly log: Log;
  /** Aborts when this process leads no more; undefined: it does not lead. */
  readonly leading: () => AbortSignal | undefined;
}

export class Warnings {
  readonly #options: WarningsOptions;

  constructor(options: WarningsOptions) {
    this.#options = options;
  }

  /** The author of a pod must not be able to switch off what the operator wrote, and has to know that it is not. */
  optOut(pod: Pod): void {
    const note = `${podPolicyAnnotation}: ${pod.optOut} has no effect: policies are enforced in this pod as in others`;
    this.#tell(pod, { reason: "AnnotationIgnored", action: "ReadAnnotation", note });
  }

  /** The namespace's annotations are no postures. */
  posture(namespace: KubeObject, invalid: readonly InvalidPosture[]): void {
    if (this.#options.leading() === undefined) return;
    const object = { ...namespace, apiVersion: "v1", kind: "Namespace" };
    for (const { annotation, value, message } of invalid) {
      const { name } = namespace.metadata;
      this.#options.log.warn("posture annotation is invalid", { namespace: name, annotation, value });
      this.#tell(object, { reason: "InvalidPosture", action: "ReadPosture", note: message });
    }
  }

  /** The ConfigMap with the global configuration cannot be used. */
  config(object: KubeObject, note: string): void {
    const named = { ...object, apiVersion: "v1", kind: "ConfigMap" };
    this.#tell(named, { reason: "InvalidConfiguration", action: "ReadConfiguration", note });
  }

  #tell(object: KubeObject, news: { readonly reason: string; readonly action: string; readonly note: string }): void {
    const { events, leading } = this.#options;
    const signal = leading();
    // It never rejects.
    if (signal) void events.record(object, { type: "Warning", ...news }, signal);
  }
}
