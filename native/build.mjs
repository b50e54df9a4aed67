#!/usr/bin/env node
/**
 * Builds native/build/: the BPF objects (bpf/build.sh), the addon (node-gyp) and the objects of the tests. What is newer than
 * all that it is made of is left alone. It needs no network and no Node headers of a particular release: Node-API comes from
 * the package node-api-headers, and uv.h (for the one uv_poll_t) from the running Node or from Debian's libuv1-dev.
 *
 *   node native/build.mjs [--force] [--bpf | --addon | --tests]
 *     --bpf: the engine's objects only; --addon: the addon only; --tests: the objects of the tests only
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

const here = import.meta.dirname;
const out = join(here, "build");
const argv = new Set(process.argv.slice(2));
const say = (line) => process.stdout.write(`native: ${line}\n`);
const fail = (line) => {
  process.stderr.write(`native: ${line}\n`);
  process.exit(1);
};

/** Every file below `path` (or itself), node_modules and build left out. */
function files(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name !== "node_modules" && name !== "build");
  return names.flatMap((name) => files(join(path, name)));
}

/** Is `product` newer than everything it is made of? */
function fresh(product, sources) {
  if (argv.has("--force") || !existsSync(product)) return false;
  const made = statSync(product).mtimeMs;
  return sources.flatMap(files).every((file) => statSync(file).mtimeMs <= made);
}

function run(command, args, env = {}) {
  const started = performance.now();
  const result = spawnSync(command, args, { cwd: here, stdio: "inherit", env: { ...process.env, ...env } });
  if (result.error) fail(`${command}: ${result.error.message}`);
  if (result.status !== 0) fail(`${command} ${args.join(" ")} ended with ${result.status ?? result.signal}`);
  return ((performance.now() - started) / 1000).toFixed(1);
}

function buildBpf() {
  const script = join(here, "bpf", "build.sh");
  const product = join(out, "portcullis.bpf.o");
  if (!existsSync(script)) return say("bpf/build.sh is not there: no BPF object");
  if (fresh(product, [join(here, "bpf"), join(here, "include")])) return say("BPF object is up to date");
  say(`BPF object in ${run("bash", [script])} s`);
}

/** The BPF programs of the tests: build/test/<name>.bpf.o of test/<name>.bpf.c. */
function buildTestObjects() {
  const dir = join(here, "test");
  const sources = files(dir).filter((file) => file.endsWith(".bpf.c"));
  for (const source of sources) {
    const product = join(out, relative(here, source).replace(/\.c$/, ".o"));
    if (fresh(product, [...sources, join(here, "bpf"), join(here, "include")])) continue; // they include each other
    mkdirSync(dirname(product), { recursive: true });
    const clang = process.env.CLANG ?? ["clang", "clang-19", "clang-16"].find((name) => works(name)) ?? "clang";
    const arch = { x64: "x86", arm64: "arm64" }[process.arch];
    const triplet = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" }[process.arch];
    const flags = ["-g", "-O2", "-Wall", "-Werror", "--target=bpf", "-mcpu=v3", `-D__TARGET_ARCH_${arch}`];
    const took = run(clang, [
      ...flags,
      `-I/usr/include/${triplet}`,
      "-Iinclude",
      "-Itest",
      "-c",
      source,
      "-o",
      product,
    ]);
    say(`${relative(here, product)} in ${took} s`);
  }
}

const works = (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;

/**
 * A directory in the shape node-gyp calls nodedir, holding only what this addon includes, so that the build does not
 * depend on which Node is installed and how its headers were packaged.
 */
function assembleHeaders() {
  const require = createRequire(import.meta.url);
  const api = require("node-api-headers").include_dir;
  const prefixes = [join(dirname(process.execPath), ".."), "/usr/local", "/usr"];
  const candidates = prefixes.flatMap((prefix) => [join(prefix, "include/node"), join(prefix, "include")]);
  const uv = candidates.find((dir) => existsSync(join(dir, "uv.h")) && existsSync(join(dir, "uv", "version.h")));
  if (uv === undefined) fail(`uv.h is in none of ${candidates.join(", ")}: install libuv1-dev`);
  const nodedir = join(out, "nodedir");
  const include = join(nodedir, "include", "node");
  rmSync(nodedir, { recursive: true, force: true });
  mkdirSync(include, { recursive: true });
  for (const name of readdirSync(api)) cpSync(join(api, name), join(include, name), { recursive: true });
  cpSync(join(uv, "uv.h"), join(include, "uv.h"));
  cpSync(join(uv, "uv"), join(include, "uv"), { recursive: true });
  const release = { target_defaults: { default_configuration: "Release", configurations: { Release: {} } } };
  writeFileSync(join(include, "common.gypi"), JSON.stringify(release));
  writeFileSync(join(include, "config.gypi"), JSON.stringify({ target_defaults: {}, variables: {} }));
  say(`headers: Node-API from node-api-headers, libuv from ${uv}`);
  return nodedir;
}

function buildAddon() {
  const product = join(out, "Release", "portcullis.node");
  const sources = ["addon", "binding.gyp", "build.mjs"].map((name) => join(here, name));
  if (fresh(product, sources)) return say("addon is up to date");
  if (!existsSync("/usr/include/bpf/libbpf.h")) fail("bpf/libbpf.h is missing: install libbpf-dev");
  const gyp = createRequire(import.meta.url).resolve("node-gyp/bin/node-gyp.js");
  const nodedir = assembleHeaders();
  const args = [gyp, "configure", "build", "--nodedir", nodedir, "--loglevel=error"];
  const took = run(process.execPath, args, { npm_config_nodedir: nodedir });
  if (!existsSync(product)) fail(`node-gyp made no ${product}`);
  say(`addon in ${took} s: ${relative(process.cwd(), product)}`);
}

mkdirSync(out, { recursive: true });
const only = ["--bpf", "--addon", "--tests"].find((name) => argv.has(name));
if (only === undefined || only === "--bpf") buildBpf();
if (only === undefined || only === "--addon") buildAddon();
if (only === undefined || only === "--tests") buildTestObjects();
