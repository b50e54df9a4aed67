#!/usr/bin/env node
/**
 * run.mjs VERB [ARGUMENT...]: the door of every npm script. Works under any Node from 20 on and needs nothing but
 * npm: fetches the pinned pnpm into the cache, installs the workspace's packages (Node 24 is one of them) and hands
 * over to main.ts under that Node.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { lock } from "./setup/lock.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "portcullis");
const version = JSON.parse(readFileSync(join(here, "setup", "versions.json"), "utf8")).pnpm;
const pnpm = join(cache, `pnpm-${version}`, "node_modules", ".bin", "pnpm");
const node = join(root, "node_modules", ".bin", "node");
const stamp = join(root, "node_modules", ".portcullis-installed");

function fail(message) {
  console.error(`portcullis: ${message}`);
  process.exit(1);
}

/** Runs a command quietly; its output is shown only when it fails. */
function step(title, command, args, remedy) {
  const start = Date.now();
  console.log(`portcullis: ${title} …`);
  const done = spawnSync(command, args, { cwd: root, encoding: "utf8", env: { ...process.env, CI: "true" } });
  if (done.status !== 0) {
    console.error(`${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`.trimEnd());
    fail(`${title} failed. ${remedy}`);
  }
  console.log(`portcullis: ${title}, ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

/** What decides whether node_modules is current. */
function wanted() {
  const hash = createHash("sha256").update(`${version} ${root}\n`);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", ...manifests()]) {
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

/** The package.json of the workspace and of each of its packages. */
function manifests() {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  const all = [".", "native", "tools", "e2e", ...packages].map((folder) => join(folder, "package.json"));
  return all.filter((file) => existsSync(join(root, file))).sort();
}

async function install() {
  const current = () => existsSync(node) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted();
  if (current()) return;
  mkdirSync(cache, { recursive: true });
  const unlock = await lock(cache, () => console.log("portcullis: another set-up is running, waiting for it …"));
  if (!current()) {
    const offline = "Is the npm registry reachable (npm ping)?";
    if (!existsSync(pnpm)) {
      const prefix = dirname(dirname(dirname(pnpm)));
      mkdirSync(prefix, { recursive: true });
      // Without a network npm would try for minutes before it says so.
      const quick = ["--fetch-retries=1", "--fetch-retry-mintimeout=2000", "--fetch-timeout=60000"];
      const args = ["install", "--prefix", prefix, "--no-audit", "--no-fund", ...quick, `pnpm@${version}`];
      step(`fetch pnpm ${version}`, "npm", args, offline);
    }
    step("install packages", pnpm, ["install", "--frozen-lockfile", "--prefer-offline"], offline);
    writeFileSync(stamp, wanted());
  }
  unlock();
}

if (process.platform !== "linux")
  fail("set-up works on Linux only (Debian 12 or newer). Use a Debian machine or container.");
if (Number(process.versions.node.split(".")[0]) < 20)
  fail(`Node ${process.version} is too old. Install Node 20 or newer.`);
await install();

// The channel tells main.ts when this process is gone, whatever ended it; main.ts then ends what it started.
const child = spawn(node, [join(here, "main.ts"), ...process.argv.slice(2)], {
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env: { ...process.env, PATH: `${dirname(pnpm)}:${process.env.PATH}` },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => fail(`${node} does not start: ${error.message}. Remove node_modules and run again.`));
child.on("exit", (status, signal) => process.exit(signal ? 1 : (status ?? 1)));
