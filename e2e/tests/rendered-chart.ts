/** The chart as the real helm renders it, for the tests of the chart. Nothing of the user's own helm is read or written. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "@jest/globals";
import { findBinary } from "@portcullis/bus/testing";
import { repository } from "@portcullis/tools/setup";
import { parseAllDocuments } from "yaml";

export const chart = join(repository, "charts", "portcullis");
/** A folder of the test file's own, gone after it. */
export const home = mkdtempSync(join(tmpdir(), "portcullis-helm-"));
afterAll(() => rmSync(home, { recursive: true }));

export interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  securityContext: Record<string, unknown> & { capabilities: { drop: string[]; add?: string[] } };
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}
export interface Rendered {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: any kind of object; each test knows its own.
  [key: string]: any;
}

export function helm(...args: string[]): string {
  const env = { ...process.env, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  return execFileSync(findBinary("helm"), args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 << 20,
  });
}

export function render(...set: string[]): Rendered[] {
  const flags = set.flatMap((value) => ["--set-json", value]);
  const text = helm("template", "portcullis", chart, "--namespace", "security", ...flags);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

export function find(objects: readonly Rendered[], kind: string, name: RegExp = /./): Rendered {
  const found = objects.filter((object) => object.kind === kind && name.test(object.metadata.name));
  if (found.length !== 1) throw new Error(`${found.length} objects are a ${kind} named ${name}`);
  return found[0] as Rendered;
}

export const containersOf = (object: Rendered): Container[] => object.spec.template.spec.containers;
export const environmentOf = (object: Rendered): Record<string, unknown> =>
  Object.fromEntries(
    (containersOf(object)[0]?.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom]),
  );
