/**
 * The half of the bench that runs in the guest, in the enforcer's own environment: loads the engine and binds a row's
 * rules when the guest's script asks for it. Reads commands from stdin, answers each with one line.
 *   load            loads and attaches; answers with the nanoseconds (instructions) that took
 *   row INDEX ID    binds the row's rules to the cgroup ID
 */
import { statSync } from "node:fs";
import { createInterface } from "node:readline";
import { Engine, packRules } from "@portcullis/native";
import { compile } from "@portcullis/policy";
import { rows } from "./rows.ts";

const slot = 1;
let engine: Engine | undefined;
let tableId = 0n;

async function load(): Promise<string> {
  const began = process.hrtime.bigint();
  engine = await Engine.open({
    buildDir: "/bench/native",
    pinDir: "/sys/fs/bpf/portcullis",
    hostMountNamespace: statSync("/proc/1/ns/mnt").ino,
  });
  return String(process.hrtime.bigint() - began);
}

function bind(index: number, cgroup: bigint): string {
  const rules = rows[index]?.rules;
  if (!engine || !rules) return "error: nothing to bind";
  const { automaton } = compile(rules(), { aliases: new Map() });
  tableId += 1n;
  engine.setRules(slot, packRules(automaton, { seed: engine.seed, tableId }));
  engine.bindCgroup(cgroup, slot);
  return "bound";
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, index, cgroup] = line.split(" ");
  try {
    process.stdout.write(`${verb === "load" ? await load() : bind(Number(index), BigInt(cgroup ?? 0))}\n`);
  } catch (error) {
    process.stdout.write(`error: ${error instanceof Error ? error.message.replaceAll("\n", " | ") : String(error)}\n`);
  }
}
engine?.remove();
