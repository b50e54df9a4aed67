/**
 * What a node needs, from pods, policies and nodes.
 *
 * Long because each case is a few objects and what they come to, by the same builder.
 */
import { describe, expect, it } from "@jest/globals";
import { decodeBundle, decodeRuleSet, encodeBundle } from "@portcullis/bus";
import type { Visibility } from "@portcullis/model";
import { namesOf, type Posture } from "@portcullis/policy";
import fc from "fast-check";
import { type BuiltBundle, buildBundle } from "../src/bundle/bundle.ts";
import { RuleSetCache } from "../src/bundle/rule-sets.ts";
import { Selections } from "../src/bundle/selections.ts";
import { type Pod, type PolicyObject, type RawPod, toPod } from "../src/watch/objects.ts";
import { prepare } from "../src/watch/prepared.ts";
import { blocking } from "./cluster.ts";

const audit: Posture = { file: "audit", network: "audit", capabilities: "audit" };

interface PodSpec {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly containers?: readonly string[];
  readonly finished?: boolean;
}

const pod = ({ name, namespace = "shop", labels = {}, containers = ["main"], finished = false }: PodSpec): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: "1", labels },
  node: "node-1",
  containers: containers.map((container) => ({ name: container, image: `${container}:1` })),
  finished,
});

const policy = (name: string, spec: object, namespace = "shop", generation = 1): PolicyObject =>
  ({
    apiVersion: "security.kubearmor.com/v1",
    kind: "KubeArmorPolicy",
    metadata: { name, namespace, uid: `uid-${namespace}-${name}`, resourceVersion: "1", generation },
    spec,
  }) as unknown as PolicyObject;

const hostPolicy = (name: string, spec: object, annotations: Record<string, string> = {}): PolicyObject => ({
  ...policy(name, spec),
  ...({ kind: "KubeArmorHostPolicy" } as object),
  metadata: { name, uid: `uid-${name}`, resourceVersion: "1", generation: 1, annotations },
});

function build(
  pods: readonly Pod[],
  policies: readonly PolicyObject[],
  more: {
    untracked?: string;
    cache?: RuleSetCache;
    posture?: Posture;
    nodeLabels?: Record<string, string>;
    visible?: Record<string, Visibility>;
    hostVisibility?: Visibility;
  } = {},
): BuiltBundle {
  const prepared = policies.map((one) => prepare(one));
  return buildBundle({
    cluster: "test",
    node: "node-1",
    nodeLabels: more.nodeLabels ?? {},
    hostPolicies: prepared.filter(({ host }) => host),
    hostPosture: more.posture ?? audit,
    pods,
    policiesFor: (namespace) => prepared.filter((p) => p.namespace === undefined || p.namespace === namespace),
    postureOf: () => more.posture ?? audit,
    visibilityOf: (namespace) => more.visible?.[namespace] ?? [],
    hostVisibility: more.hostVisibility ?? [],
    dropsProcessResources: false,
    throttling: undefined,
    ownerOf: () => undefined,
    optOutOf: ({ optOut }) => optOut,
    untracked: (namespace) => namespace === more.untracked,
    ruleSets: more.cache ?? new RuleSetCache(),
    selections: new Selections(),
  });
}

/** `pod/container` → the origins of its rules; empty: bound to nothing. */
function rules({ content, encoded }: BuiltBundle): Record<string, string[]> {
  return Object.fromEntries(
    content.containers.map((container) => {
      const bytes = encoded.get(container.ruleSet);
      const found = bytes ? decodeRuleSet(bytes).rules.map((rule) => namesOf(rule)[0]!) : [];
      return [`${container.pod}/${container.container}`, found];
    }),
  );
}

describe("a node's bundle", () => {
  it("holds a bounded part of what a tenant writes of its pods, and says how much is left out", () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, n) => [`l${String(n).padStart(5, "0")}`, "x".repeat(63)]),
    );
    const selected = { app: "web", ...many };
    const containers = Array.from({ length: 200 }, (_, n) => `c${n}`);
    const { content } = build(
      [
        pod({ name: "web", labels: selected, containers: ["main"] }),
        pod({ name: "wide", labels: selected, containers }),
      ],
      [policy("p", blocking("/bin/sh", { app: "web" }))],
    );
    const [one] = content.containers.filter(({ pod: of }) => of === "web");
    expect(one?.labels).toMatchObject({ app: "web", l00000: "x".repeat(63) });
    expect(Number(one?.labels["portcullis.dev/labels-left-out"])).toBe(
      20_001 + 1 - Object.keys(one?.labels ?? {}).length,
    );
    // The selector was compared with all of them, and the bundle stays small.
    expect(content.containers).toHaveLength(201);
    expect(encodeBundle({ ...content, revision: 1n }).length).toBeLessThan(150_000);
    const few = build(
      [pod({ name: "web", labels: { app: "web" } })],
      [policy("p", blocking("/bin/sh", { app: "web" }))],
    );
    expect(few.content.containers[0]?.labels).toEqual({ app: "web" });
  });

  it("holds every container of the pods a policy selects, and no other pod", () => {
    const pods = [pod({ name: "web", labels: { app: "web" }, containers: ["init", "main"] }), pod({ name: "db" })];
    expect(rules(build(pods, [policy("p", blocking("/bin/sh", { app: "web" }))]))).toEqual({
      "web/init": ["/bin/sh"],
      "web/main": ["/bin/sh"],
    });
  });

  it("binds only the containers a policy names, and knows the others by name", () => {
    const pods = [pod({ name: "web", containers: ["main", "sidecar"] })];
    const named = policy("p", blocking("/bin/sh", { "kubearmor.io/container.name": "[main]" }));
    expect(rules(build(pods, [named]))).toEqual({ "web/main": ["/bin/sh"], "web/sidecar": [] });
  });

  it("holds the pods of a visible namespace that no policy selects, bound to no rules, and what is visible of the host", () => {
    const pods = [
      pod({ name: "db" }),
      pod({ name: "dns", namespace: "kube-system" }),
      pod({ name: "x", namespace: "y" }),
    ];
    const visible = { shop: ["process"], "kube-system": ["process"] } as const;
    const { content } = build(pods, [], { visible, untracked: "kube-system", hostVisibility: ["network"] });
    expect(content.containers).toMatchObject([{ pod: "db", ruleSet: "", visible: ["process"] }]);
    expect(content).toMatchObject({ hostVisible: ["network"], ruleSets: [] });
    expect(content.hostRuleSet).toBeUndefined();
    const bare = build(pods, [policy("p", blocking("/bin/sh"))]).content;
    expect([bare.containers[0]?.visible, bare.hostVisible]).toEqual([undefined, undefined]);
  });

  it("leaves out what has finished and what is untracked", () => {
    const pods = [
      pod({ name: "done", finished: true }),
      pod({ name: "dns", namespace: "kube-system" }),
      pod({ name: "web" }),
    ];
    const policies = [policy("p", blocking("/bin/sh")), policy("q", blocking("/bin/sh"), "kube-system")];
    expect(Object.keys(rules(build(pods, policies, { untracked: "kube-system" })))).toEqual(["web/main"]);
  });

  describe("in a pod that may opt out", () => {
    const block: Posture = { file: "block", network: "block", capabilities: "block" };
    const process = { matchPaths: [{ path: "/bin/sh" }, { path: "/bin/cat", action: "Allow" }] };
    const policies = [policy("p", { process, action: "Block" })];
    const withoutBase = new RuleSetCache({ baseAllowance: false });
    const [plain, audited, disabled] = [
      pod({ name: "a" }),
      { ...pod({ name: "b" }), optOut: "audited" as const },
      { ...pod({ name: "c" }), optOut: "disabled" as const },
    ];
    const built = build([plain, audited, disabled], policies, { posture: block });
    const ruleSetOf = (name: string) => {
      const container = built.content.containers.find((one) => one.pod === name);
      return decodeRuleSet(built.encoded.get(container?.ruleSet ?? "")!);
    };
    const actions = (name: string) => ruleSetOf(name).rules.map((rule) => [namesOf(rule)[0], rule.action]);

    it("and is audited, Block rules report alone, and so do allow-lists", () => {
      expect(actions("a")).toContainEqual(["/bin/sh", "block"]);
      expect(ruleSetOf("a").posture).toEqual({ process: "block" });
      expect(actions("b").filter(([, action]) => action === "block")).toEqual([]);
      expect(actions("b")).toEqual(
        expect.arrayContaining([
          ["/bin/sh", "audit"],
          ["/bin/cat", "allow"],
        ]),
      );
      expect(ruleSetOf("b").posture).toEqual({ process: "audit" });
    });

    it("and is audited, what breaks the conditions of an Allow rule is reported and not denied", () => {
      const file = { matchPaths: [{ path: "/etc/app.conf", readOnly: true }] };
      const allowing = [policy("p", { file, action: "Allow" })];
      const { content, encoded } = build([audited], allowing, { posture: block, cache: withoutBase });
      const found = decodeRuleSet(encoded.get(content.containers[0]!.ruleSet)!).rules;
      expect(found.map(({ action, readOnly }) => [action, readOnly])).toEqual(
        expect.arrayContaining([
          ["allow", false],
          ["audit", true],
        ]),
      );
      expect(found).toHaveLength(2);
    });

    it("and is disabled, nothing is bound, and no policy counts it", () => {
      expect(built.content.containers.map((container) => container.pod)).toEqual(["a", "b"]);
      const { pods, audited: reports } = built.carried.get("KubeArmorPolicy/shop/p")!;
      expect([[...pods.keys()], reports]).toEqual([["uid-a", "uid-b"], 1]);
    });
  });

  it("shares one rule set among containers with the same policies", () => {
    const cache = new RuleSetCache();
    const built = build([pod({ name: "a" }), pod({ name: "b" })], [policy("p", blocking("/bin/sh"))], { cache });
    expect(built.content.ruleSets).toHaveLength(1);
    expect(cache.counters).toMatchObject({ hits: 1, built: 1 });
  });

  it("knows the rules that another policy keeps from deciding, where that one selects all of their containers", () => {
    const [web, all] = [{ ...blocking("/bin/sh"), selector: { matchLabels: { app: "web" } } }, blocking("/bin/sh")];
    const pods = [pod({ name: "a", labels: { app: "web" } }), pod({ name: "b" })];
    const of = (key: string, first: object, second: object) =>
      build(pods, [policy("a", first), policy("b", second)]).carried.get(`KubeArmorPolicy/shop/${key}`)?.overridden;
    const origin = "spec.process.matchPaths[0]";
    expect(of("b", all, web)).toEqual(new Map([[origin, `${origin} of KubeArmorPolicy shop/a`]]));
    expect([of("b", web, all), of("a", all, web)]).toEqual([undefined, undefined]);
  });

  it("permits what any program needs where files are an allow-list, unless that is switched off", () => {
    const allowing = policy("p", { file: { matchPaths: [{ path: "/srv/app" }] }, action: "Allow" });
    const built = (baseAllowance: boolean) =>
      rules(build([pod({ name: "a" })], [allowing], { cache: new RuleSetCache({ baseAllowance }) }))["a/main"];
    expect(built(true)).toEqual(expect.arrayContaining(["/srv/app", "/etc/ld.so.cache"]));
    expect(built(false)).toEqual(["/srv/app"]);
  });

  it("does not hand out the rule set of an older generation, nor of another posture", () => {
    const cache = new RuleSetCache();
    const allow = (path: string) => ({ process: { matchPaths: [{ path }] }, action: "Allow" });
    const digest = (generation: number, path: string, posture: Posture) =>
      build([pod({ name: "a" })], [policy("p", allow(path), "shop", generation)], { cache, posture }).content
        .ruleSets[0];
    const first = digest(1, "/bin/sh", audit);
    expect(digest(2, "/bin/ls", audit)).not.toBe(first);
    expect(digest(1, "/bin/sh", { ...audit, file: "block" })).not.toBe(first);
    expect(digest(1, "/bin/sh", audit)).toBe(first);
  });

  it("remembers no more rule sets than it may", () => {
    const { encoded } = build([pod({ name: "a" })], [policy("a", blocking("/a"))]);
    const bytes = [...encoded.values()][0]?.length ?? 0;
    // Two rule sets and their keys, which name the policy, fit; three do not.
    const cache = new RuleSetCache({ memoryBytes: 2 * bytes + 200 });
    for (const path of ["/a", "/b", "/c", "/a"])
      build([pod({ name: "a" })], [policy(path.slice(1), blocking(path))], { cache });
    expect(cache.counters).toMatchObject({ hits: 0, built: 4 });
  });

  it("leaves out the largest policy, and says so, when the rules are more than can be carried; the others hold", () => {
    const paths = Array.from({ length: 50 }, (_, i) => ({ path: `/opt/tenant/program-${i}` }));
    const policies = [
      policy("huge", { process: { matchPaths: paths }, action: "Block" }),
      policy("small", blocking("/bin/sh")),
    ];
    const built = build([pod({ name: "a" })], policies, { cache: new RuleSetCache({ maxBytes: 600 }) });
    expect(rules(built)).toEqual({ "a/main": ["/bin/sh"] });
    expect(built.carried.get("KubeArmorPolicy/shop/small")?.refused).toBeUndefined();
    expect(built.carried.get("KubeArmorPolicy/shop/huge")).toMatchObject({ ruleSets: [] });
    expect(built.carried.get("KubeArmorPolicy/shop/huge")?.refused).toMatch(/51 rules, \d+ bytes; at most 600/);
  });

  it("says which generation of which policies it carries, without those that have no rule", () => {
    const policies = [policy("p", blocking("/bin/sh"), "shop", 7), policy("empty", { process: {} })];
    const { carried } = build([pod({ name: "a" })], policies);
    expect([...carried.keys()]).toEqual(["KubeArmorPolicy/shop/p"]);
    expect(carried.get("KubeArmorPolicy/shop/p")).toMatchObject({ uid: "uid-shop-p", generation: 7 });
  });

  it("is the same bytes whatever the order in which pods and policies arrived, and decodes to itself", () => {
    const podOf = fc.record({
      name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
      namespace: fc.constantFrom("shop", "bank"),
      labels: fc.dictionary(fc.constantFrom("app", "tier"), fc.constantFrom("x", "y")),
      containers: fc.uniqueArray(fc.constantFrom("main", "init", "side"), { minLength: 1 }),
      finished: fc.boolean(),
    });
    const policyOf = fc.record({
      name: fc.constantFrom("p", "q", "r", "s"),
      namespace: fc.constantFrom("shop", "bank"),
      path: fc.constantFrom("/bin/sh", "/bin/ls", "/usr/bin/python3"),
      labels: fc.dictionary(fc.constantFrom("app", "tier"), fc.constantFrom("x", "y"), { maxKeys: 1 }),
    });
    const world = fc.record({
      pods: fc.uniqueArray(podOf, { selector: (p) => p.name, maxLength: 6 }),
      policies: fc.uniqueArray(policyOf, { selector: (p) => `${p.namespace}/${p.name}`, maxLength: 6 }),
      seed: fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
    });
    fc.assert(
      fc.property(world, ({ pods, policies, seed }) => {
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((value) => ({ value, at: seed.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ value }) => value);
        const madePods = pods.map(pod);
        const madePolicies = policies.map((p) => policy(p.name, blocking(p.path, p.labels), p.namespace));
        const one = build(madePods, madePolicies);
        const other = build(shuffled(madePods), shuffled(madePolicies));
        const bytes = ({ content }: BuiltBundle) => encodeBundle({ ...content, revision: 1n });
        expect(bytes(other)).toEqual(bytes(one));
        expect([...other.encoded.keys()].sort()).toEqual([...one.content.ruleSets]);
        expect(decodeBundle(bytes(one))).toEqual({ ...one.content, revision: 1n });
        expect(new Map([...other.carried].sort())).toEqual(new Map([...one.carried].sort()));
      }),
    );
  });
});

describe("a pod as the API server sends it", () => {
  const raw = (more: Partial<RawPod>): RawPod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "shop", uid: "u", resourceVersion: "1" },
    ...more,
  });

  it("counts init, sidecar and ephemeral containers", () => {
    const spec = {
      nodeName: "node-1",
      initContainers: [{ name: "init", image: "i:1" }],
      containers: [{ name: "main", image: "m:1" }],
      ephemeralContainers: [{ name: "debug", image: "d:1" }],
    };
    expect(toPod(raw({ spec })).containers.map((c) => c.name)).toEqual(["init", "main", "debug"]);
  });

  it("has finished when its phase says so and no container runs", () => {
    const running = { containerStatuses: [{ state: { running: { startedAt: "x" } } }] };
    expect(toPod(raw({ status: { phase: "Running" } })).finished).toBe(false);
    expect(toPod(raw({ status: { phase: "Succeeded" } })).finished).toBe(true);
    expect(toPod(raw({ status: { phase: "Failed", ...running } })).finished).toBe(false);
  });
});

describe("the host in a node's bundle", () => {
  const onPool = (spec: object) => ({ nodeSelector: { matchLabels: { pool: "a" } }, ...spec });
  const block = hostPolicy("block", onPool({ process: { matchPaths: [{ path: "/bin/nc" }] }, action: "Block" }));
  const allow = onPool({ file: { matchPaths: [{ path: "/etc/hosts" }] }, action: "Allow" });
  const strict: Posture = { file: "block", network: "block", capabilities: "block" };
  const hostOf = ({ content, encoded }: BuiltBundle) => {
    const bytes = encoded.get(content.hostRuleSet ?? "");
    return bytes && decodeRuleSet(bytes);
  };

  it("has the rules of the host policies that select the node, and no pod gets them", () => {
    const built = build([pod({ name: "web" })], [block], { nodeLabels: { pool: "a" } });
    expect(hostOf(built)?.policies).toEqual([{ kind: "KubeArmorHostPolicy", namespace: "", name: "block" }]);
    expect(built.content.ruleSets).toEqual([built.content.hostRuleSet]);
    expect(built.content.containers).toEqual([]);
    expect([...built.carried]).toEqual([
      [
        "KubeArmorHostPolicy//block",
        { uid: "uid-block", generation: 1, ruleSets: [built.content.hostRuleSet], pods: new Map() },
      ],
    ]);
  });

  it("has none where no host policy selects the node", () => {
    const built = build([], [block], { nodeLabels: { pool: "b" } });
    expect(built.content).not.toHaveProperty("hostRuleSet");
    expect(built.carried.size).toBe(0);
  });

  it("has an allow-list audited although the posture is block, and the node told to try it, because it could lock the node", () => {
    const built = build([], [hostPolicy("list", allow)], { nodeLabels: { pool: "a" }, posture: strict });
    expect(hostOf(built)?.posture).toEqual({ file: "audit" });
    expect(built.content.hostTried).toEqual(["file"]);
    const lenient = build([], [hostPolicy("list", allow)], { nodeLabels: { pool: "a" } });
    expect(lenient.content).not.toHaveProperty("hostTried");
  });

  it("lets an allow-list block when every policy that makes it one accepts that", () => {
    const accepting = hostPolicy("list", allow, { "portcullis.dev/accept-lockout": "true" });
    const more = { nodeLabels: { pool: "a" }, posture: strict };
    const accepted = build([], [accepting, block], more);
    expect(hostOf(accepted)?.posture).toEqual({ file: "block" });
    expect(accepted.content).not.toHaveProperty("hostTried");
    expect(hostOf(build([], [accepting, hostPolicy("other", allow)], more))?.posture).toEqual({ file: "audit" });
  });
});
