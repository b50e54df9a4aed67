/**
 * `portcullis explain` against the project's own cases: what a step is expected to be denied or audited for, with the object named by
 * the alert, is what it says of that operation. What a case does not tell of it (reading or writing, the acting program, owner, terminal) may be either.
 */
import { describe, expect, it } from "@jest/globals";
import type { AnyPolicy } from "@portcullis/api";
import { explainOperation } from "@portcullis/cli";
import {
  capabilitiesIn,
  optOutAsked,
  type Query,
  resolveOptOut,
  resolvePosture,
  type Socket,
  socketWords,
} from "@portcullis/policy";
import { type Case, type Command, commandsOf, loadCorpus, type Matcher } from "./case.ts";

const corpus = loadCorpus(import.meta.dirname);
/** Only a node knows where a symbolic link of the container leads, and which hard links a file has. */
const byLinks = ["links-guarded", "links-earlier"];

interface Asked {
  readonly name: string;
  readonly policies: readonly AnyPolicy[];
  readonly command: Command;
  readonly matcher: Matcher;
  readonly of: Case;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every alert of a case that names its object, with what held at its step. */
function askedOf(of: Case): Asked[] {
  const applied = new Set(of.policies);
  const annotations = structuredClone(of.namespaceAnnotations);
  const labels = new Map(of.workloads.map(({ id, labels }) => [id, { ...labels }]));
  return of.steps.flatMap((step, i) => {
    if (step.apply) applied.add(step.apply);
    if (step.delete) applied.delete(step.delete);
    for (const [namespace, own] of Object.entries(step.annotate ?? {}))
      annotations[namespace] = { ...annotations[namespace], ...own };
    for (const [id, changed] of Object.entries(step.label ?? {}))
      labels.set(
        id,
        Object.fromEntries(Object.entries({ ...labels.get(id), ...changed }).filter(([, value]) => value)) as Record<
          string,
          string
        >,
      );
    const policies = [...applied].flatMap((file) => corpus.policy(file) as unknown as AnyPolicy[]);
    return commandsOf(step).flatMap((command) => {
      const workload = of.workloads.find(({ id }) => id === command.workload) ?? of.workloads[0];
      const matchers = (command.expect?.alerts ?? []).filter(({ Resource }) =>
        /^(\/|CAP_|domain=|type=)/.test(Resource ?? ""),
      );
      return matchers.map((matcher) => ({
        name: `${of.id}, step ${i}: ${matcher.Operation ?? "File or Process"} ${matcher.Resource}`,
        policies,
        command,
        matcher,
        of,
        annotations: annotations[workload?.namespace ?? ""] ?? {},
        labels: labels.get(workload?.id ?? "") ?? {},
      }));
    });
  });
}

const componentsOf = (name: string) => name.split("/").filter((component) => component !== "");

/** Sockets that rules can tell apart, by the kernel's numbers. */
const sockets: readonly Socket[] = [2, 10, 17].flatMap((family) =>
  [1, 2, 3, 5].flatMap((type) => [0, 1, 6, 17, 58, 132].map((protocol) => ({ family, type, protocol }))),
);

/** Those that may be meant by as much of an alert's Resource as the case gives. */
function socketsOf(Resource: string): Socket[] {
  const given = Resource.replace(/\|[^ ]*/, "").split(" ");
  return sockets.filter((socket) => given.every((word) => socketWords(socket).split(" ").includes(word)));
}

type Part = Pick<Query, "category" | "access" | "path" | "socket" | "capability" | "syscall">;

/** What the alert may be about. A program's Resource ends in its arguments, a file's is its name. */
function objectsOf({ Operation, Resource = "", Data = "" }: Matcher): Part[] {
  const use = { access: "use", path: undefined } as const;
  if (Operation === "Network") return socketsOf(Resource).map((socket) => ({ category: "network", socket, ...use }));
  if (Operation === "Capabilities") {
    const [capability] = capabilitiesIn(Resource) as readonly number[];
    return [{ category: "capabilities", capability, ...use } as Part];
  }
  if (Operation === "Syscall") {
    const syscall = /^syscall=SYS_(\w+)/.exec(Data)?.[1]?.toLowerCase();
    return [
      { category: "syscalls", access: "use", syscall, path: Resource === "" ? undefined : componentsOf(Resource) },
    ];
  }
  const accesses = [
    ...(Operation === "File" ? [] : [{ category: "process", access: "exec", name: Resource.split(" ")[0]! } as const]),
    ...(Operation === "Process"
      ? []
      : (["read", "write"] as const).map((access) => ({ category: "file", access, name: Resource }) as const)),
  ];
  return accesses.map(({ name, ...rest }) => ({ ...rest, path: componentsOf(name) }));
}

/** The operations that the alert may be about, with all that the case does not tell. */
function queriesOf({ matcher, command, policies }: Asked): Query[] {
  const { Source = "" } = matcher;
  const words = [...command.exec, Source].join(" ").split(/[^\w./-]+/);
  const written = JSON.stringify(policies).match(/(?<="fromSource":\[[^\]]*"path":")[^"]+/g) ?? [];
  const acting = written.filter((path) => words.some((word) => word === path || word === path.split("/").at(-1)));
  const sources = Source.startsWith("/") ? [Source.split(" ")[0]!] : [undefined, ...acting];
  return objectsOf(matcher).flatMap((object) =>
    sources.flatMap((source) =>
      [true, false].flatMap((isOwner) =>
        [true, false].map((hasTerminal) => ({
          ...object,
          source: source === undefined ? undefined : componentsOf(source),
          isOwner,
          hasTerminal,
        })),
      ),
    ),
  );
}

const cases = corpus.cases.filter(({ id }) => !byLinks.includes(id)).flatMap(askedOf);

describe("explain, asked about the alerts of the project's own cases", () => {
  it("has something to be asked", () => expect(cases.length).toBeGreaterThanOrEqual(10));

  it.each(cases.map((one) => [one.name, one] as const))("agrees: %s", (_, one) => {
    const { matcher, command, of } = one;
    const workload = of.workloads.find(({ id }) => id === command.workload) ?? of.workloads[0]!;
    const host = workload.host ? { labels: { "kubernetes.io/hostname": "node-1", ...workload.nodeLabels } } : undefined;
    const mode = of.config.defaultFilePosture === "block" ? "block" : "audit";
    const { posture } = resolvePosture(one.annotations, { file: mode, network: mode, capabilities: mode });
    const container = {
      namespace: workload.namespace,
      labels: one.labels,
      container: command.container ?? workload.containers[0]?.name ?? "",
    };
    const optOut = resolveOptOut(one.annotations).allowed ? optOutAsked(workload.annotations) : undefined;
    const isDenied = matcher.Action === undefined ? command.expect?.exit === "denied" : matcher.Action === "Block";
    const answers = queriesOf(one).map((query) => {
      const { outcome, alerts } = explainOperation({ policies: one.policies, container, host, posture, optOut, query });
      return { outcome, alerts };
    });
    expect(answers).toContainEqual({
      outcome: isDenied ? "denied" : "allowed",
      alerts: matcher.PolicyName === undefined ? expect.any(Array) : expect.arrayContaining([matcher.PolicyName]),
    });
  });
});
