/** What is told, as Warning Events, to whoever wrote something into an object that has no effect. Only the replica that leads tells. */
import { podOptOutAnnotation, podPolicyAnnotation, visibilityAnnotation } from "@portcullis/api";
import type { Log } from "@portcullis/daemon";
import type { EventRecorder, KubeObject } from "@portcullis/kube";
import type { Pod } from "./objects.ts";
import type { Annotated } from "./world.ts";

export interface WarningsOptions {
  readonly events: EventRecorder;
  readonly log: Log;
  /** Aborts when this process leads no more; undefined: it does not lead. */
  readonly leading: () => AbortSignal | undefined;
}

/** What annotations say that are no postures. */
const kinds = new Map([
  [visibilityAnnotation, "Visibility"],
  [podOptOutAnnotation, "OptOut"],
]);

export class Warnings {
  readonly #options: WarningsOptions;

  constructor(options: WarningsOptions) {
    this.#options = options;
  }

  /** The author of a pod must not be able to switch off what the operator wrote, and has to know that it is not. */
  optOut(pod: Pod): void {
    const note = `${podPolicyAnnotation}: ${pod.optOut} has no effect, because its namespace has not the annotation ${podOptOutAnnotation}: allowed: policies are enforced in this pod as in others`;
    this.#tell(pod, { reason: "AnnotationIgnored", action: "ReadAnnotation", note });
  }

  /** Annotations of a namespace or a node are no postures, or name what cannot be visible. */
  annotations({ kind, object, invalid }: Annotated): void {
    if (this.#options.leading() === undefined) return;
    const named = { ...object, apiVersion: "v1", kind };
    for (const { annotation, value, message } of invalid) {
      const { name } = object.metadata;
      this.#options.log.warn("annotation is invalid", { [kind.toLowerCase()]: name, annotation, value });
      const what = kinds.get(annotation) ?? "Posture";
      this.#tell(named, { reason: `Invalid${what}`, action: `Read${what}`, note: message });
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
