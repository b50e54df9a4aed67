/**
 * Visibility: in which categories what passes is told as well, without any rule. An annotation goes before the global configuration, and
 * is a list of categories joined by commas, or `none`.
 */

import { visibilityAnnotation } from "@portcullis/api";
import type { DecidingCategory, Visibility } from "@portcullis/model";
import type { InvalidPosture } from "./posture.ts";

const categories: readonly DecidingCategory[] = ["process", "file", "network", "capabilities"];
const none = "none";

/** The categories that a list names, in their order, and the words in it that name none. */
export function visibilityIn(list: string): { readonly visible: Visibility; readonly unknown: readonly string[] } {
  const words = list
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "" && word !== none);
  const unknown = words.filter((word) => !categories.some((category) => category === word));
  return { visible: categories.filter((category) => words.includes(category)), unknown };
}

/** What is visible in a namespace, or of a node's own processes, with these annotations. What cannot be told is named, and the rest holds. */
export function resolveVisibility(
  annotations: Readonly<Record<string, string>> | undefined,
  global: Visibility,
): { readonly visible: Visibility; readonly invalid: readonly InvalidPosture[] } {
  const value = annotations?.[visibilityAnnotation];
  if (value === undefined) return { visible: global, invalid: [] };
  const { visible, unknown } = visibilityIn(value);
  if (unknown.length === 0) return { visible, invalid: [] };
  const holds = visible.length === 0 ? "nothing is visible" : `only ${visible.join(", ")} is visible`;
  const message = `annotation ${visibilityAnnotation} has the value "${value}": ${unknown.join(", ")} cannot be told, use ${categories.join(", ")} or ${none}; ${holds}`;
  return { visible, invalid: [{ annotation: visibilityAnnotation, value, message }] };
}
