import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import type { BundleContainer, RuleSet } from "@portcullis/model";
import { CompiledCache } from "../src/bind/compiled.ts";
import { LinkCache } from "../src/bind/link-cache.ts";
import { type Outcome, Reconciler } from "../src/bind/reconcile.ts";
import { SlotTable } from "../src/bind/slots.ts";
import type { AcceptedBundle } from "../src/bundles/verify.ts";
import type { Container } from "../src/containers/containers.ts";
import { RootUnavailableError } from "../src/errors.ts";
import { imageText, RecordingEngine, textCompiler } from "./recorder.ts";
import { bundle, containerId, counting, KeptLog, rule, ruleSet, TemporaryDirectories, workload } from "./support.ts";

const directories = new TemporaryDirectories();
afterEach(() => directories.removeAll());

const sleep = ruleSet(rule(1, "/bin/sleep"));
const cat = ruleSet(rule(1, "/bin/cat"));
const known = new Map<string, RuleSet>([sleep, cat].map((made) => [made.digest, made.ruleSet]));
const noAliases = new Map<string, string[]>();

function container(n: number, more: Partial<Container> = {}): Container {
  return {
    containerId: containerId(n),
    cgroupId: BigInt(1000 + n),
    cgroupPath: `/cg/${n}`,
    container: "app",
    pod: `web-${n}`,
    namespace: "shop",
    podUid: `pod-${n}`,
    image: "shop/web:1",
    ...more,
  };
}

const selected = (n: number, digest: string, more: Partial<BundleContainer> = {}) =>
  workload({ pod: `web-${n}`, podUid: `pod-${n}`, ruleSet: digest, ...more });

let revision = 0n;
function accepted(...containers: BundleContainer[]): AcceptedBundle {
  const made = bundle(++revision, containers);
  return { ...made, ruleSets: new Map([...known].filter(([digest]) => made.bundle.ruleSets.includes(digest))) };
}

/** A node: the engine and the state directory outlive the reconciler. */
class Node {
  readonly engine: RecordingEngine;
  readonly dir = directories.make();
  readonly counts = counting();
  readonly log = new KeptLog();
  links = new Map<string, [string, string]>();
  refusedLinks = new Map<string, string>();
  rootUnavailable = false;
  now = 1_000_000;
  table!: SlotTable;
  cache!: LinkCache;
  reconciler!: Reconciler;

  constructor(slots = 64) {
    this.engine = new RecordingEngine(slots);
    this.start();
  }
  /** As after a restart of the enforcer. */
  start(boot = "boot"): void {
    const failed = (error: unknown) => {
      throw error;
    };
    this.table = new SlotTable(join(this.dir, "slots"), boot, failed);
    this.cache = new LinkCache({
      resolve: async (of) => {
        if (this.rootUnavailable) throw new RootUnavailableError("not yet");
        const found = this.links.get(of.containerId);
        return { aliases: new Map(found ? [[found[0], [found[1]]]] : []), refused: this.refusedLinks };
      },
      names: textCompiler.pathsToResolve,
      changed: () => {},
      log: this.log,
      now: () => this.now,
    });
    this.reconciler = new Reconciler({
      engine: this.engine,
      table: this.table,
      compiled: new CompiledCache(textCompiler),
      links: this.cache,
      log: this.log,
      count: this.counts.count,
    });
    this.engine.calls.length = 0;
  }
  pass(of: AcceptedBundle, containers: Container[], present: Container[] | undefined = containers): Outcome {
    return this.reconciler.pass(of, containers, present && new Set(present.map(({ cgroupId }) => cgroupId)));
  }
  /** Passes until nobody waits for links. */
  async settle(of: AcceptedBundle, containers: Container[]): Promise<Outcome> {
    let outcome = this.pass(of, containers);
    for (let i = 0; i < 10 && outcome.waiting > 0; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      outcome = this.pass(of, containers);
    }
    return outcome;
  }
}

describe("a reconcile pass", () => {
  it("puts the image into a slot before it binds the cgroup to it", async () => {
    const node = new Node();
    const outcome = await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.calls).toEqual(["image 1", "bind 1001"]);
    expect(node.engine.subjectTo(1001n)).toBe(imageText(sleep.ruleSet, noAliases));
    expect(outcome).toMatchObject({ boundRuleSets: [sleep.digest], problems: [], slotsUsed: 1 });
  });

  it("writes nothing when nothing changed", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.engine.calls.length = 0;
    await node.settle(accepted(selected(1, sleep.digest, { labels: { other: "label" } })), [container(1)]);
    expect(node.engine.calls).toEqual([]);
  });

  it("does not say that a bundle is in force while a container it concerns has no identity yet", async () => {
    const node = new Node();
    const bundle = accepted(selected(1, sleep.digest));
    const uid = bundle.bundle.containers[0]!.podUid;
    await node.settle(bundle, []);
    const later = { ...bundle, bundle: { ...bundle.bundle, revision: bundle.bundle.revision + 1n } };
    const held = node.reconciler.pass(later, [], new Set(), new Set([uid]));
    expect(held.revision).toBe(bundle.bundle.revision);
    expect((await node.settle(later, [container(1)])).revision).toBe(later.bundle.revision);
  });

  it("swaps the image of a bound slot and leaves the binding alone", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.engine.calls.length = 0;
    await node.settle(accepted(selected(1, cat.digest)), [container(1)]);
    expect(node.engine.calls).toEqual(["image 1"]);
    expect(node.engine.subjectTo(1001n)).toBe(imageText(cat.ruleSet, noAliases));
  });

  it("gives a container that is selected no more the empty image and keeps it bound", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    await node.settle(accepted(selected(1, "")), [container(1)]);
    expect(node.engine.subjectTo(1001n)).toBe("empty");
    await node.settle(accepted(), [container(1)]);
    expect(node.engine.subjectTo(1001n)).toBe("empty");
    expect(node.engine.calls).toEqual(["image 1", "bind 1001", "image 1"]);
  });

  it("binds nothing that was never selected", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, "")), [container(1), container(2)]);
    expect(node.engine.calls).toEqual([]);
  });

  it("unbinds a container that has gone before its slot is cleared", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.engine.calls.length = 0;
    node.pass(accepted(selected(1, sleep.digest)), []);
    expect(node.engine.calls).toEqual(["unbind 1001", "clear 1"]);
    expect(node.table.size).toBe(0);
  });

  it("takes no container for gone while the list of cgroups is not whole, nor one without identity", async () => {
    const node = new Node();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    node.engine.calls.length = 0;
    node.reconciler.pass(of, [], undefined);
    node.pass(of, [], [container(1)]);
    expect(node.engine.calls).toEqual([]);
    expect(node.engine.subjectTo(1001n)).toBeDefined();
  });

  it("uses a slot again only when all others were used", async () => {
    const node = new Node(5);
    for (let n = 1; n <= 6; n++) await node.settle(accepted(selected(n, sleep.digest)), [container(n)]);
    const images = node.engine.calls.filter((call) => call.startsWith("image"));
    expect(images).toEqual(["image 1", "image 2", "image 3", "image 4", "image 1", "image 2"]);
  });

  it("reports the container for which no slot is left, and serves the others", async () => {
    const node = new Node(3);
    const all = [1, 2, 3].map((n) => container(n));
    const outcome = await node.settle(accepted(...all.map((_, i) => selected(i + 1, sleep.digest))), all);
    expect(outcome.problems).toEqual([expect.stringMatching(/^ENFORCER_SLOTS_EXHAUSTED: all 3 slots/)]);
    expect(node.engine.bound.size).toBe(2);
    const next = await node.settle(accepted(selected(3, sleep.digest)), [container(3)]);
    expect(next.problems).toEqual([]);
  });

  it("keeps the last image when the kernel refuses the new one, says so once, and tries again", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.engine.refuse = () => new Error("E2BIG");
    const of = accepted(selected(1, cat.digest), selected(2, ""));
    await node.settle(of, [container(1)]);
    const outcome = await node.settle(of, [container(1)]);
    expect(outcome.problems).toEqual([expect.stringMatching(/ENFORCER_BIND_FAILED: shop\/web-1\/app: .*E2BIG/)]);
    expect(outcome.unenforced).toEqual([{ policy: cat.ruleSet.policies[0], origin: "", reason: outcome.problems[0] }]);
    expect(node.engine.subjectTo(1001n)).toBe(imageText(sleep.ruleSet, noAliases));
    expect(node.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    node.engine.refuse = undefined;
    expect((await node.settle(of, [container(1)])).problems).toEqual([]);
    expect(node.engine.subjectTo(1001n)).toBe(imageText(cat.ruleSet, noAliases));
  });

  it("finds a static pod, whose uid differs on the node, by its name", async () => {
    const node = new Node();
    const of = accepted(selected(1, sleep.digest, { podUid: "6f5b0e5c-5a1b-4c5e-9b1a-000000000009" }));
    await node.settle(of, [container(1, { podUid: "0123456789abcdef0123456789abcdef" })]);
    expect(node.engine.subjectTo(1001n)).toBeDefined();
  });

  it("does not confuse a pod with an earlier one of the same name", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest, { podUid: "another" })), [container(1)]);
    expect(node.engine.bound.size).toBe(0);
  });
});

describe("links in a container's root", () => {
  it("are part of the image", async () => {
    const node = new Node();
    node.links.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(node.engine.subjectTo(1001n)).toBe(imageText(sleep.ruleSet, new Map([["/bin/sleep", ["/usr/bin/sleep"]]])));
  });

  it("are looked at again after a while, and a change is bound", async () => {
    const node = new Node();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    node.links.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(of, [container(1)]);
    expect(node.engine.calls).toEqual(["image 1", "bind 1001"]);
    node.now += 40_000;
    node.pass(of, [container(1)]);
    await new Promise((resolve) => setImmediate(resolve));
    node.pass(of, [container(1)]);
    expect(node.engine.calls).toEqual(["image 1", "bind 1001", "image 1"]);
  });

  it("are not waited for when the root is not there yet: the names as written hold meanwhile", async () => {
    const node = new Node();
    node.rootUnavailable = true;
    node.links.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    expect(node.engine.subjectTo(1001n)).toBe(imageText(sleep.ruleSet, noAliases));
    node.rootUnavailable = false;
    expect(node.cache.nextDue() - node.now).toBeLessThanOrEqual(50);
    node.now += 50;
    node.pass(of, [container(1)]);
    await new Promise((resolve) => setImmediate(resolve));
    node.pass(of, [container(1)]);
    expect(node.engine.subjectTo(1001n)).toContain("/usr/bin/sleep");
  });

  it("that are refused are reported as a part of their policy", async () => {
    const node = new Node();
    node.refusedLinks = new Map([["/bin/sleep", "is a link to busybox"]]);
    const outcome = await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    expect(outcome.unenforced).toEqual([
      { policy: sleep.ruleSet.policies[0], origin: "spec.process.matchPaths[0]", reason: "is a link to busybox" },
    ]);
  });
});

describe("after a restart", () => {
  it("nothing is written for what is bound as it should be", async () => {
    const node = new Node();
    const of = accepted(selected(1, sleep.digest), selected(2, cat.digest));
    node.links.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(of, [container(1), container(2)]);
    node.start();
    const outcome = await node.settle(of, [container(1), container(2)]);
    expect(node.engine.calls).toEqual([]);
    expect(outcome.boundRuleSets).toEqual([cat.digest, sleep.digest].sort());
  });

  it("links once found stay covered while the root cannot be read", async () => {
    const node = new Node();
    const of = accepted(selected(1, sleep.digest));
    node.links.set(containerId(1), ["/bin/sleep", "/usr/bin/sleep"]);
    await node.settle(of, [container(1)]);
    node.rootUnavailable = true;
    node.start();
    for (let i = 0; i < 20; i++) {
      node.now += 2_000;
      await node.settle(of, [container(1)]);
    }
    expect(node.engine.calls).toEqual([]);
    expect(node.engine.subjectTo(1001n)).toContain("/usr/bin/sleep");
  });

  it("a bound container gets no new rule set without its links while they can be had", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.links.set(containerId(1), ["/bin/cat", "/usr/bin/cat"]);
    node.pass(accepted(selected(1, cat.digest)), [container(1)]);
    node.now += 500;
    const of = accepted(selected(1, cat.digest));
    node.pass(of, [container(1)]);
    expect(node.engine.subjectTo(1001n)).toBe(imageText(sleep.ruleSet, noAliases));
    await node.settle(of, [container(1)]);
    expect(node.engine.subjectTo(1001n)).toContain("/usr/bin/cat");
  });

  it("events of before still have their policy and pod", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    const generation = node.engine.generationOf(1001n);
    await node.settle(accepted(selected(1, cat.digest)), [container(1)]);
    node.pass(accepted(), []);
    node.start();
    expect(node.table.generation(generation)).toMatchObject({ digest: sleep.digest, subject: { pod: "web-1" } });
    expect(node.table.digests()).toEqual(new Set([sleep.digest, cat.digest]));
  });

  it("generations are never given out twice", async () => {
    const node = new Node();
    const before = [node.table.nextGeneration(), node.table.nextGeneration()];
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.start();
    const after = node.table.nextGeneration();
    expect(before[1]).toBeGreaterThan(before[0]!);
    expect(after).toBeGreaterThan(node.engine.generationOf(1001n));
  });

  it("an image whose setting was cut short by the death is set again", async () => {
    const node = new Node();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    const subject = node.table.of(containerId(1))!.subject;
    node.table.intend({ slot: 1, generation: node.table.nextGeneration(), image: "x", digest: cat.digest, subject });
    node.start();
    await node.settle(of, [container(1)]);
    expect(node.engine.calls).toEqual(["image 1"]);
  });

  it("a container whose image was set and which was not bound yet is bound, and no image is written", async () => {
    const node = new Node();
    const of = accepted(selected(1, sleep.digest));
    await node.settle(of, [container(1)]);
    node.engine.bound.clear();
    node.start();
    await node.settle(of, [container(1)]);
    expect(node.engine.calls).toEqual(["bind 1001"]);
  });

  it("a slot that belongs to nobody is cleared", async () => {
    const node = new Node();
    node.engine.setRules(7, textCompiler.compile(sleep.ruleSet, noAliases).pack(1n));
    node.start();
    expect(node.engine.usedSlots()).toEqual([]);
  });

  it("bindings nobody remembers are kept until their container is met, then set right in place", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    node.start("boot of a lost state directory");
    expect(node.table.size).toBe(0);
    expect(node.engine.subjectTo(1001n)).toBeDefined();
    await node.settle(accepted(selected(1, cat.digest), selected(2, sleep.digest)), [container(1), container(2)]);
    expect(node.engine.calls).toEqual(["image 1", "image 2", "bind 1002"]);
    expect(node.engine.subjectTo(1001n)).toBe(imageText(cat.ruleSet, noAliases));
  });

  it("a journal torn in the middle of a line is read up to there", async () => {
    const node = new Node();
    await node.settle(accepted(selected(1, sleep.digest)), [container(1)]);
    const { appendFileSync } = await import("node:fs");
    appendFileSync(join(node.dir, "slots"), '{"intend":{"slot":1,"gener');
    node.start();
    expect(node.table.of(containerId(1))).toMatchObject({ slot: 1, digest: sleep.digest });
  });
});
