/** The posture: what happens to an operation that an allow-list does not name. A namespace's annotations go before the global default. */

import { postureAnnotations } from "@portcullis/api";
import type { DecidingCategory, PostureMode } from "@portcullis/model";

/** By posture key; process rules use the file posture. */
export interface Posture {
  readonly file: PostureMode;
  readonly network: PostureMode;
  readonly capabilities: PostureMode;
}

/** An annotation whose value is no posture; the global default holds, and a Kubernetes Event says so. */
export interface InvalidPosture {
  readonly annotation: string;
  readonly value: string;
  readonly message: string;
}

/** The posture of a namespace with these annotations. */
export function resolvePosture(
  annotations: Readonly<Record<string, string>> | undefined,
  global: Posture,
): { readonly posture: Posture; readonly invalid: readonly InvalidPosture[] } {
  const invalid: InvalidPosture[] = [];
  const of = (key: keyof Posture): PostureMode => {
    const annotation = postureAnnotations[key];
    const value = annotations?.[annotation];
    if (value === undefined) return global[key];
    const mode = value.trim().toLowerCase();
    if (mode === "audit" || mode === "block") return mode;
    const message = `annotation ${annotation} has the value "${value}": use audit or block; until then "${global[key]}" holds`;
    invalid.push({ annotation, value, message });
    return global[key];
  };
  return {
    posture: { file: of("file"), network: of("network"), capabilities: of("capabilities") },
    invalid,
  };
}

/** The posture key of a category. */
export function postureKey(category: DecidingCategory): keyof Posture {
  if (category === "process") return "file";
  return category === "dns" ? "network" : category;
}
