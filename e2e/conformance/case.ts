/**
 * A conformance case as its file holds it, and the corpus that holds the cases: a folder with `cases/*.yaml` and
 * `policies/**`, either of which may be a symbolic link. The format's own words are in e2e/conformance/README.md.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { CaseInvalidError } from "../cluster/index.ts";

const matcher = z.strictObject({
  Type: z.string().optional(),
  PolicyName: z.string().optional(),
  Operation: z.string().optional(),
  Action: z.string().optional(),
  Result: z.string().optional(),
  Severity: z.string().optional(),
  Message: z.string().optional(),
  NamespaceName: z.string().optional(),
  Resource: z.string().optional(),
  Source: z.string().optional(),
  Data: z.string().optional(),
  ContainerName: z.string().optional(),
  Tags: z.array(z.string()).optional(),
  ResourceEmpty: z.boolean().optional(),
  derived: z.boolean().optional(),
});
const expectation = z.strictObject({
  exit: z.enum(["allowed", "denied", "any"]).default("any"),
  exitAsserted: z.boolean().default(true),
  exitCode: z.union([z.number(), z.literal("any")]).optional(),
  outputMatches: z.string().optional(),
  outputNotMatches: z.string().optional(),
  stdoutContains: z.string().optional(),
  alerts: z.array(matcher).default([]),
  noAlert: z.boolean().default(false),
  noAlertMatching: z.array(matcher).default([]),
  logs: z.array(matcher).optional(),
  noLogs: z.unknown().optional(),
  logsNonEmpty: z.unknown().optional(),
  logOperationsSubsetOf: z.unknown().optional(),
});
const step = z.strictObject({
  exec: z.array(z.string()).optional(),
  apply: z.string().optional(),
  delete: z.string().optional(),
  setConfig: z.record(z.string(), z.unknown()).optional(),
  annotate: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  start: z.string().optional(),
  workload: z.string().optional(),
  container: z.string().optional(),
  user: z.string().default("root"),
  tty: z.boolean().optional(),
  cwd: z.string().optional(),
  setup: z.boolean().default(false),
  comment: z.string().optional(),
  upstreamExec: z.unknown().optional(),
  expect: expectation.optional(),
});
const container = z.strictObject({
  name: z.string(),
  privileged: z.boolean().default(false),
  capabilitiesAdd: z.array(z.string()).default([]),
});
const workload = z.strictObject({
  id: z.string(),
  namespace: z.string().default("default"),
  labels: z.record(z.string(), z.string()).default({}),
  fixture: z.string().optional(),
  containers: z.array(container).default([]),
  startsLate: z.boolean().default(false),
  host: z.boolean().default(false),
  nodeLabels: z.record(z.string(), z.string()).optional(),
  unorchestrated: z.boolean().default(false),
});
const caseSchema = z.object({
  id: z.string(),
  title: z.string(),
  features: z.array(z.string()),
  tags: z.array(z.string()).default([]),
  requires: z.array(z.string()).default([]),
  config: z.record(z.string(), z.unknown()).default({}),
  namespaceAnnotations: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  workloads: z.array(workload),
  policies: z.array(z.string()).default([]),
  steps: z.array(step),
});

export type Matcher = z.infer<typeof matcher>;
export type Expectation = z.infer<typeof expectation>;
export type Step = z.infer<typeof step>;
export type CaseWorkload = z.infer<typeof workload>;
export type Case = z.infer<typeof caseSchema>;

/** A policy document as the file has it: a Kubernetes object. */
export interface PolicyDocument {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  spec?: Record<string, unknown>;
  [key: string]: unknown;
}

/** One folder in the format. */
export interface Corpus {
  readonly dir: string;
  readonly cases: readonly Case[];
  /** The documents of a policy file, path as cases name it. Throws CaseInvalidError for one that is missing. */
  policy(path: string): PolicyDocument[];
}

/** Reads every case of a folder. Throws CaseInvalidError naming the file and the key that is wrong. */
export function loadCorpus(dir: string): Corpus {
  const folder = join(dir, "cases");
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml") && statSync(join(folder, name)).isFile())
    .sort();
  const cases = files.map((name) => {
    const parsed = caseSchema.safeParse(parse(readFileSync(join(folder, name), "utf8")));
    if (!parsed.success) throw new CaseInvalidError(join("cases", name), z.prettifyError(parsed.error));
    if (parsed.data.id !== basename(name, ".yaml"))
      throw new CaseInvalidError(join("cases", name), `id ${parsed.data.id} is not the file's name`);
    return parsed.data;
  });
  const policy = (path: string): PolicyDocument[] => {
    let text: string;
    try {
      text = readFileSync(join(dir, path), "utf8");
    } catch (cause) {
      throw new CaseInvalidError(path, "the policy file cannot be read", { cause });
    }
    return parseAllDocuments(text)
      .map((d) => d.toJS() as PolicyDocument | null)
      .filter((d): d is PolicyDocument => d !== null);
  };
  return { dir, cases, policy };
}
