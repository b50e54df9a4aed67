/**
 * What a fixed set of policies and pods comes to: rules and problems, rule sets, automata, bundles and statuses, to the last byte.
 * Taken from the code before its names changed; a change of a name must not change them. Written anew only together with a change
 * of what a policy means: GOLDEN=write.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { decodeRuleSet, encodeBundle } from "@portcullis/bus";
import type { NodeStatus } from "@portcullis/model";
import { compile } from "@portcullis/policy";
import { parseAllDocuments } from "yaml";
import { buildBundle } from "../src/bundle/bundle.ts";
import { RuleSetCache } from "../src/bundle/rule-sets.ts";
import { Selections } from "../src/bundle/selections.ts";
import { Ledger } from "../src/status/ledger.ts";
import { NodeHealth } from "../src/status/node-health.ts";
import { policyStatus } from "../src/status/policy-status.ts";
import { type Pod, type PolicyObject, toPod } from "../src/watch/objects.ts";
import { prepare } from "../src/watch/prepared.ts";

const directory = join(import.meta.dirname, "golden");
const now = "2026-11-22T10:00:00Z";
const policies = parseAllDocuments(readFileSync(join(directory, "policies.yaml"), "utf8"))
  .map((document) => document.toJS() as PolicyObject)
  .map(prepare);

const pod = (name: string, namespace: string, labels: Record<string, string>, containers: string[]): Pod =>
  toPod({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: "1", labels },
    spec: { nodeName: "node-1", containers: containers.map((c) => ({ name: c, image: `${c}:1` })) },
  });
const pods = [
  pod("web-1", "shop", { app: "web" }, ["main", "sidecar", "init"]),
  pod("db-1", "shop", { app: "db" }, ["main"]),
  pod("web-2", "other", { app: "web", "b/c": "d" }, ["main"]),
  pod("alone", "other", {}, ["main"]),
  pod("dns", "kube-system", { app: "web" }, ["main"]),
];

/** The bundles of a strict and a lenient node. */
const bundles = (["audit", "block"] as const).map((file) =>
  buildBundle({
    cluster: "golden",
    node: `node-${file}`,
    nodeLabels: {},
    hostPolicies: [],
    hostPosture: { file: "audit", network: "audit", capabilities: "audit" },
    pods,
    policiesFor: (namespace) => policies.filter((p) => p.namespace === undefined || p.namespace === namespace),
    postureOf: () => ({ file, network: "audit", capabilities: "audit" }),
    visibilityOf: () => [],
    hostVisibility: [],
    dropsProcessResources: false,
    throttling: undefined,
    ownerOf: ({ metadata: { name, namespace = "" } }) =>
      name === "web-1" ? { kind: "Deployment", name: "web", namespace } : undefined,
    optOutOf: () => undefined,
    untracked: (namespace) => namespace === "kube-system",
    ruleSets: new RuleSetCache(),
    selections: new Selections(),
  }),
);

/** One node applied its bundle, with a rule it could not bind; the other has not answered yet. */
function statuses() {
  const ledger = new Ledger();
  const health = new NodeHealth(() => 0);
  for (const [i, { content, carried }] of bundles.entries()) {
    ledger.want(content.node, carried);
    ledger.publish(content.node, { digest: `sha256:${i + 1}` });
    const policy = { kind: "KubeArmorPolicy", namespace: "shop", name: "block-tools" } as const;
    const unenforced = [
      { policy, origin: "spec.process.matchPaths[0]", reason: "/bin/sleep leads to a multi-call binary" },
    ];
    const status: NodeStatus = {
      node: content.node,
      updatedAt: now,
      enforcerVersion: "0.1.0",
      kernel: "6.12.0",
      enforcing: true,
      problems: [],
      hooks: ["file_open"],
      appliedRevision: 1n,
      held: { epoch: 0n, revision: 1n, digest: "sha256:1" },
      boundRuleSets: content.ruleSets,
      unenforced: i === 0 ? unenforced : [],
      counters: {},
      headroom: { slotsUsed: 1, slots: 1_024 },
    };
    health.hear(content.node, status);
  }
  const of = (policy: (typeof policies)[number], untracked: boolean) =>
    policyStatus({ policy, nodes: ledger.nodesOf(policy.key), health, untracked, before: undefined, now });
  return policies.map((policy) => ({ policy: policy.key, ...of(policy, false), untracked: of(policy, true) }));
}

const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** JSON with sorted keys, a line for every element of the outermost list. */
function text(list: readonly unknown[]): string {
  const sorted = (_: string, value: unknown) => {
    if (typeof value === "bigint") return String(value);
    if (value instanceof Map) return [...value];
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return list.map((element) => `${JSON.stringify(element, sorted)}\n`).join("");
}

const golden: readonly [name: string, text: () => string][] = [
  ["lowered.txt", () => text(policies.flatMap(({ key, lowered, problems }) => [key, ...lowered.rules, ...problems]))],
  [
    "bundles.txt",
    () =>
      text(
        bundles.flatMap(({ content, carried }) => [
          ...content.containers,
          ...[...carried].map(([key, { pods: _, ...rest }]) => [key, rest]),
          { encoded: sha256(encodeBundle({ ...content, revision: 1n })) },
        ]),
      ),
  ],
  [
    "automata.txt",
    () =>
      text(
        bundles.flatMap(({ encoded }) =>
          [...encoded].map(([digest, bytes]) => {
            const { automaton, unenforced } = compile(decodeRuleSet(bytes), {
              aliases: new Map([["/bin/ls", ["/usr/bin/ls"]]]),
            });
            const { states, lists, sourceSets } = automaton;
            const sizes = { states: states.length, lists: lists.length, sourceSets: sourceSets.length };
            return { digest, bytes: bytes.length, automaton: sha256(text([automaton])), ...sizes, unenforced };
          }),
        ),
      ),
  ],
  ["statuses.txt", () => text(statuses())],
];

it.each(golden)("%s is what it was", (name, made) => {
  const path = join(directory, name);
  if (process.env.GOLDEN === "write") writeFileSync(path, made());
  expect(made()).toBe(readFileSync(path, "utf8"));
});
