/** Layers that several images stand on: made once and kept, so that they are the very same bytes in each. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Artifacts } from "../../setup/artifacts.ts";
import type { Component } from "./sbom.ts";
import { readTar, writeTar } from "./tar.ts";
import type { Tree } from "./tree.ts";

export interface Layer {
  readonly tree: Tree;
  readonly components: readonly Component[];
}

/** The files a kept layer consists of: its tar and the list of what is in it. */
export function layerFiles(artifacts: Artifacts, name: string): readonly [tar: string, components: string] {
  const base = join(artifacts.images, "layers", name);
  return [`${base}.tar`, `${base}.json`];
}

export function keepLayer(artifacts: Artifacts, name: string, { tree, components }: Layer): void {
  const [tar, list] = layerFiles(artifacts, name);
  mkdirSync(dirname(tar), { recursive: true });
  replaceFile(tar, writeTar(tree));
  replaceFile(list, JSON.stringify(components));
}

export function keptLayer(artifacts: Artifacts, name: string): Layer {
  const [tar, list] = layerFiles(artifacts, name);
  return { tree: readTar(readFileSync(tar)), components: JSON.parse(readFileSync(list, "utf8")) as Component[] };
}

/** Writes a file so that a reader sees the old one or the new one whole. */
export function replaceFile(path: string, data: Buffer | string): void {
  writeFileSync(`${path}.new`, data);
  renameSync(`${path}.new`, path);
}
