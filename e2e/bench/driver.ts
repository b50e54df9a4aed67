/**
 * The half of the bench that runs in the guest, in the enforcer's own environment: loads the engine and binds a row's
 * rules when the guest's script asks for it. Reads commands from stdin, answers each with one line.
 *   load                                      loads and attaches; answers with the nanoseconds (instructions) that took, and the hooks
 *   bind ROW OPERATION PLACE CGROUP           binds the row's rules for that to the control group with this id
 *   remove                                    detaches and unpins everything
 */
import { statSync } from "node:fs";
import { createInterface } from "node:readline";
import { Engine, packRules } from "@portcullis/native";
import { compile } from "@portcullis/policy";
import type { Target } from "./operations.ts";
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
  return `${process.hrtime.bigint() - began} ${engine.hooks.join(" ")}`;
}

function bind(index: number, target: Target, cgroup: bigint): string {
  const row = rows[index];
  if (!engine || row?.inForce !== "engine") return "error: nothing to bind";
  const { automaton } = compile(row.rules(target), { aliases: new Map() });
  tableId += 1n;
  if (!automaton.addresses) engine.ignore("addresses");
  engine.setRules(slot, packRules(automaton, { seed: engine.seed, tableId }));
  engine.bindCgroup(cgroup, slot);
  const unjudged = automaton.addresses && engine.judge("addresses", "/sys/fs/cgroup");
  if (unjudged) return `error: ${unjudged}`;
  return "bound";
}

function remove(): string {
  engine?.remove();
  engine = undefined;
  return "removed";
}

async function answerTo(line: string): Promise<string> {
  const [verb, index, operation, place, cgroup] = line.split(" ");
  if (verb === "load") return load();
  if (verb === "remove") return remove();
  return bind(Number(index), { operation, place } as Target, BigInt(cgroup ?? 0));
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await answerTo(line).catch((error: unknown) => {
    return `error: ${error instanceof Error ? error.message.replaceAll("\n", " | ") : String(error)}`;
  });
  process.stdout.write(`${answer}\n`);
}
