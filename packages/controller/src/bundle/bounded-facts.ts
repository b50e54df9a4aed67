/**
 * What a bundle repeats of a pod for its alerts, bounded: a tenant chooses labels and image names, and those of one pod must neither fill
 * the node's bundle nor silence its own alerts. Pure, and the same for the same pod.
 */

import { cut } from "@portcullis/kube";

/** Of the labels of one container, and of one pod's containers together. */
const containerLabelBytes = 4_096;
const podLabelBytes = 65_536;
/** No registry takes a longer name. */
const imageChars = 1_024;
/** How many labels were left out is said under this name. */
const labelsLeftOut = "portcullis.dev/labels-left-out";

/** The first labels by name that fit; `containers`: how many of the pod repeat them. */
export function boundedLabels(labels: Readonly<Record<string, string>>, containers: number): Record<string, string> {
  let left = Math.min(containerLabelBytes, Math.floor(podLabelBytes / Math.max(1, containers)));
  const names = Object.keys(labels).sort();
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = labels[name] ?? "";
    left -= Buffer.byteLength(name) + Buffer.byteLength(value);
    if (left < 0) break;
    kept[name] = value;
  }
  const leftOut = names.length - Object.keys(kept).length;
  return leftOut === 0 ? { ...labels } : { ...kept, [labelsLeftOut]: String(leftOut) };
}

export function boundedImage(image: string): string {
  return cut(image, imageChars);
}
