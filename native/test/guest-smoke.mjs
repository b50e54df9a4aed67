#!/usr/bin/env node
/**
 * The whole way on a kernel that enforces, as root in a guest (or on a node that nobody needs): the engine is loaded, pinned and
 * attached; a rule denies; the process is killed and the rule stays in force; the next process adopts it; bodies are replaced;
 * everything is removed. Needs Node 24, libbpf.so.1, a bpffs on /sys/fs/bpf, cgroup v2, and the repository (or native/ alone,
 * built).
 *
 *   node native/test/guest-smoke.mjs [--object FILE]
 *
 * Prints a line for each step and ends with status 0 when all of them held.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { release, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Engine, packRules, probe } from "../src/index.ts";
import { defaultObjectPath } from "../src/load/hooks.ts";
import { exactNames } from "./automata.ts";

const { values } = parseArgs({ options: { object: { type: "string", default: defaultObjectPath(release()) } } });
const pinDir = "/sys/fs/bpf/portcullis-smoke";
const cgroup = "/sys/fs/cgroup/portcullis-smoke";
const work = join(tmpdir(), "portcullis-smoke");
const secret = join(work, "secret");
const other = join(work, "other");
const options = { pinDir, objectPath: values.object, hostMountNamespace: statSync("/proc/1/ns/mnt").ino };

let started = performance.now();
function done(step) {
  process.stdout.write(`ok ${step} (${Math.round(performance.now() - started)} ms)\n`);
  started = performance.now();
}

/** Reads a file as a container would: in the cgroup, in a mount namespace of its own. true: it was allowed to. */
function containerReads(path) {
  const script = `echo $$ > ${cgroup}/cgroup.procs && exec unshare -m sh -c 'cat ${path} > /dev/null'`;
  try {
    execFileSync("sh", ["-c", script], { stdio: ["ignore", "ignore", "pipe"] });
    return true;
  } catch (error) {
    assert.match(String(error.stderr), /Permission denied/);
    return false;
  }
}

/** The engine held by a process of its own, until it is killed. */
async function holdElsewhere() {
  const holder = join(import.meta.dirname, "hold-engine.ts");
  const child = spawn(process.execPath, [holder, pinDir, values.object], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return { child, ...JSON.parse(String(line)) };
}

const support = probe({ objectPath: values.object });
assert.deepEqual(
  support.problems.filter(({ fatal }) => fatal),
  [],
  "this kernel cannot enforce",
);
done(`probe: ${support.kernel}, preemption ${support.preempt}, LSMs ${support.activeLsms.join(",")}`);

Engine.uninstall(pinDir);
mkdirSync(work, { recursive: true });
mkdirSync(cgroup, { recursive: true });
writeFileSync(secret, "secret");
writeFileSync(other, "other");
started = performance.now();

let engine = await Engine.open(options);
assert.equal(engine.adopted, false);
const available = support.hooks.filter((hook) => hook.available).map(({ name }) => name);
assert.deepEqual([...engine.hooks].sort(), available.sort());
assert.deepEqual(readdirSync(join(pinDir, "links")).sort(), available);
done(`load, pin and attach ${available.length} hooks`);

assert.equal(containerReads(secret), true, "nothing is bound yet");
const blocking = (tableId, ...paths) => packRules(exactNames(paths, 7), { seed: engine.seed, tableId });
engine.setRules(1, blocking(1n, secret, other));
engine.bindCgroup(BigInt(statSync(cgroup).ino), 1);
started = performance.now();
assert.equal(containerReads(secret), false, "the rule denies");
assert.equal(containerReads("/etc/hostname"), true, "and nothing else");
done("a rule denies");

const events = [];
let subscription = engine.onEvents((batch) => events.push(...batch));
const gotEvent = async (what, path, ruleId) => {
  for (let i = 0; i < 100 && events.length === 0; i++) await sleep(20);
  const [event] = events.splice(0);
  assert.ok(event, `no event: ${what}`);
  assert.deepEqual(
    [event.ring, event.object, event.ruleId, event.slot, event.category, event.operation, event.comm, event.verdict],
    ["denials", path, ruleId, 1, "file", "open", "cat", -13],
  );
  assert.deepEqual([event.args, event.object2, event.cwd], [["cat", path], "", process.cwd()]);
  assert.equal(basename(event.exe), "cat");
  return event;
};
const event = await gotEvent("of the denial", secret, 7);
process.stdout.write(
  `   ${JSON.stringify(event, (_, value) => (typeof value === "bigint" ? String(value) : value))}\n`,
);
done("the denial is reported");

const { seed } = engine;
subscription.close();
engine.close();
const held = await holdElsewhere();
assert.deepEqual([held.adopted, held.seed], [true, seed.map(String)]);
held.child.kill("SIGKILL");
await once(held.child, "exit");
assert.equal(containerReads(other), false, "the rule holds while nobody is there");
done("kill -9 leaves the rule in force");

engine = await Engine.open(options);
assert.equal(engine.adopted, true);
assert.deepEqual(engine.usedSlots(), [1]);
assert.equal(engine.boundCgroups().get(BigInt(statSync(cgroup).ino)), 1);
done("adopt");
subscription = engine.onEvents((batch) => events.push(...batch));
await gotEvent("of the denial while nobody was there", other, 8);
done("the denial of meanwhile is delivered");
subscription.close();
engine.close();

/** Another build: bytes behind the end of an ELF file change its hash and nothing else. */
function otherBuild(number) {
  const path = join(work, `other${number}.bpf.o`);
  copyFileSync(values.object, path);
  appendFileSync(path, `another build ${number}`);
  return path;
}

started = performance.now();
engine = await Engine.open({ ...options, objectPath: otherBuild(1) });
assert.equal(engine.adopted, false);
assert.deepEqual(readdirSync(join(pinDir, "even")), [], "the bodies of the version before are gone");
done("replace the bodies of another build");
assert.deepEqual(engine.seed, seed);
assert.equal(containerReads(secret), false, "the rule holds in the new bodies");
engine.setRules(1, blocking(2n, "/elsewhere"));
assert.equal(containerReads(secret), true, "a swapped rule table counts at once");
engine.setRules(1, blocking(3n, secret));
assert.equal(containerReads(secret), false);
done("rule tables are swapped in them");

/**
 * A container that executes, forks and opens without end. It ends by itself, with a line, when it has read what it may not read or has
 * not read what it may, and otherwise when the file `stop` is there.
 */
const stop = join(work, "stop");
const storm = spawn(
  "sh",
  [
    "-c",
    `echo $$ > ${cgroup}/cgroup.procs && exec unshare -m sh -c 'n=0; while [ ! -e ${stop} ]; do
       n=$((n + 1)); (cat ${secret}) 2> /dev/null && { echo "round $n: the secret was read"; exit 1; }
       (cat /etc/hostname > /dev/null) || { echo "round $n: what is free was not read"; exit 1; }
     done; echo "rounds $n"'`,
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
const said = [];
storm.stdout.on("data", (data) => said.push(String(data)));
for (const number of [2, 3, 4]) {
  engine.close();
  engine = await Engine.open({ ...options, objectPath: otherBuild(number) });
  assert.equal(engine.adopted, false);
}
writeFileSync(stop, "");
await once(storm, "exit");
assert.match(said.join(""), /^rounds \d+\n$/);
assert.ok(Number(said.join("").slice(7)) > 3, "the container was at work meanwhile");
done(`three replacements while a container executes and forks: ${said.join("").trim()}, none was wrong`);

const counters = Object.entries(engine.counters()).filter(([, value]) => value > 0);
process.stdout.write(`   counters ${JSON.stringify(Object.fromEntries(counters))}\n`);
started = performance.now();
engine.remove();
assert.equal(existsSync(pinDir), false);
assert.equal(containerReads(secret), true, "nothing is enforced any more");
rmdirSync(cgroup);
done("remove");
