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

type Labels = Readonly<Record<string, string>>;

/** Those that fit for so many containers. Pods of a Deployment share theirs, which nobody may change. */
const fitting = new WeakMap<Labels, number>();

/** The first labels by name that fit; `containers`: how many of the pod repeat them. Where all fit they are returned as they are. */
export function boundedLabels(labels: Labels, containers: number): Labels {
  if (containers <= (fitting.get(labels) ?? 0)) return labels;
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
  if (leftOut > 0) return { ...kept, [labelsLeftOut]: String(leftOut) };
  fitting.set(labels, containers);
  return labels;
}

export function boundedImage(image: string): string {
  return cut(image, imageChars);
}
