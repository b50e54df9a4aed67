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
  logs: z.array(matcher).default([]),
  noLogs: z.boolean().default(false),
  logsNonEmpty: z.boolean().default(false),
  logOperationsSubsetOf: z.array(z.string()).optional(),
});
const texts = z.record(z.string(), z.string());
/** What is to be seen of one problem, warning or condition: given fields are equal, `messageMatches` is found in the message. */
const saying = z.strictObject({
  origin: z.string().optional(),
  reason: z.string().optional(),
  messageMatches: z.string().optional(),
});
const statusExpectation = z.strictObject({
  policy: z.string(),
  conditions: z
    .array(saying.omit({ origin: true }).extend({ type: z.string(), status: z.enum(["True", "False", "Unknown"]) }))
    .default([]),
  problems: z.array(saying).default([]),
  noProblems: z.boolean().default(false),
  warnings: z.array(saying).default([]),
});
const command = z.strictObject({
  exec: z.array(z.string()),
  workload: z.string().optional(),
  container: z.string().optional(),
  tty: z.boolean().optional(),
  comment: z.string().optional(),
  expect: expectation.optional(),
});
const step = z.strictObject({
  exec: z.array(z.string()).optional(),
  apply: z.string().optional(),
  delete: z.string().optional(),
  setConfig: z.record(z.string(), z.unknown()).optional(),
  annotate: z.record(z.string(), texts).optional(),
  start: z.string().optional(),
  restart: z.string().optional(),
  /** Workload → labels; null takes a label away. */
  label: z.record(z.string(), z.record(z.string(), z.string().nullable())).optional(),
  /** Workload → volume → its files from now on. */
  update: z.record(z.string(), z.record(z.string(), texts)).optional(),
  status: statusExpectation.optional(),
  parallel: z.array(command).min(2).optional(),
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
const mount = z.strictObject({
  volume: z.string(),
  path: z.string(),
  subPath: z.string().optional(),
  readOnly: z.boolean().default(false),
});
const container = z.strictObject({
  name: z.string(),
  mounts: z.array(mount).default([]),
  privileged: z.boolean().default(false),
  capabilitiesAdd: z.array(z.string()).default([]),
});
/** Runs to its end before the others start. */
const initContainer = z.strictObject({
  name: z.string(),
  exec: z.array(z.string()),
  mounts: z.array(mount).default([]),
});
/** Exactly one kind. A ConfigMap and a Secret are given by their files; a folder of the host is made when it is not there. */
const volume = z.strictObject({
  name: z.string(),
  emptyDir: z.strictObject({ medium: z.literal("Memory").optional() }).optional(),
  configMap: texts.optional(),
  secret: texts.optional(),
  hostPath: z.string().optional(),
});
const workload = z.strictObject({
  id: z.string(),
  namespace: z.string().default("default"),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  fixture: z.string().optional(),
  containers: z.array(container).default([]),
  initContainers: z.array(initContainer).default([]),
  volumes: z.array(volume).default([]),
  startsLate: z.boolean().default(false),
  host: z.boolean().default(false),
  nodeLabels: z.record(z.string(), z.string()).optional(),
  unorchestrated: z.boolean().default(false),
});
const actions = [
  ...(["exec", "apply", "delete", "setConfig", "annotate", "start"] as const),
  ...(["restart", "label", "update", "status", "parallel"] as const),
];
const volumeKinds = ["emptyDir", "configMap", "secret", "hostPath"] as const;

const caseSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  // Where the case comes from: for readers.
  origin: z.string().optional(),
  test: z.string().optional(),
  provenance: z.string().optional(),
  upstreamGate: z.string().optional(),
  notes: z.union([z.string(), z.array(z.string())]).optional(),
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
/** An exec step, or one of several that run at the same time. */
export type ExecStep = Command & Partial<Pick<Step, "setup" | "cwd">>;

/** The commands of a step, none for a step of another kind. */
export function commandsOf(step: Step): ExecStep[] {
  return step.exec ? [{ ...step, exec: step.exec }] : [...(step.parallel ?? [])];
}
export type Command = z.infer<typeof command>;
export type StatusExpectation = z.infer<typeof statusExpectation>;
export type Saying = z.infer<typeof saying>;
export type CaseVolume = z.infer<typeof volume>;
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
    const problem = problemOf(parsed.data);
    if (problem) throw new CaseInvalidError(join("cases", name), problem);
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

/** What the schema cannot say: names that lead nowhere, steps and volumes of no kind or of several. */
function problemOf(c: Case): string | undefined {
  for (const [i, s] of c.steps.entries()) {
    const found = actions.filter((action) => s[action] !== undefined);
    if (found.length !== 1)
      return `steps[${i}] must do one of ${actions.join(", ")}, not ${found.join(" and ") || "none"}`;
    const named = [s.start, s.restart, s.workload, ...Object.keys(s.label ?? {}), ...Object.keys(s.update ?? {})];
    const stranger = named.find((id) => id !== undefined && !c.workloads.some((w) => w.id === id));
    if (stranger !== undefined) return `steps[${i}] names the workload ${stranger}, which there is not`;
  }
  for (const w of c.workloads) {
    const odd = w.volumes.find((v) => volumeKinds.filter((kind) => v[kind] !== undefined).length !== 1);
    if (odd) return `workload ${w.id}: volume ${odd.name} must be one of ${volumeKinds.join(", ")}`;
    const mounts = [...w.containers, ...w.initContainers].flatMap((k) => k.mounts);
    const lost = mounts.find((m) => !w.volumes.some((v) => v.name === m.volume));
    if (lost) return `workload ${w.id}: there is no volume ${lost.volume}`;
  }
  return undefined;
}
