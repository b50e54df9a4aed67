/**
 * The bytes that kernel and user space exchange today. They were taken before names in the code changed; a change of a name
 * must not change them. They are written anew only when the ABI itself changes, which is a new version of it: GOLDEN=write.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import type { Automaton } from "@portcullis/model";
import { pc_event, pc_settings, pc_task } from "../src/abi/structs.ts";
import { decodeEvent } from "../src/events/decode.ts";
import { packRules, withTableId } from "../src/pack/rule-table.ts";
import { automata, exactNames, manySources } from "./automata.ts";
import { patterns } from "./pattern-automaton.ts";

const seed = [0x0123456789abcdefn, 0xfedcba9876543210n] as const;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex").replace(/.{64}/g, "$&\n");
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const pack = (automaton: Automaton) => packRules(automaton, { seed, tableId: 0x1122334455667788n }).data;

/** Hashes that are all different, so that no two places can be confused. */
const hashes = (first: bigint) => Array.from({ length: 16 }, (_, index) => first + BigInt(index));

const settings = pc_settings.encode({ hash_seed: [...seed], host_mnt_ns: 0xf0000000, enforcer_pid: 4242 });
const task = pc_task.encode({
  state: 3,
  slot: 17,
  bind_epoch: 0x0102030405060708n,
  table_id: 0x1112131415161718n,
  pending_state: 2,
  pending_slot: 18,
  rounds: 2,
  program: 1,
  exe: { depth: 3, source_set: 5, hashes: hashes(0x100n) },
  script: { depth: 4, source_set: 6, hashes: hashes(0x200n) },
  pending: { depth: 5, source_set: 7, hashes: hashes(0x300n) },
  window: { hashes: hashes(0x400n) },
});

/** A name as the kernel writes it: leaf first, each component behind its length. */
const leafFirst = (...components: string[]) =>
  components.toReversed().flatMap((name) => [Buffer.byteLength(name), 0, ...Buffer.from(name)]);

/** A denied opening, as the kernel writes it to the ring. */
function exampleEvent(): Uint8Array {
  const strings = {
    object: leafFirst("etc", "ssl", "schlüssel"),
    object2: leafFirst("tmp", "x"),
    exe: leafFirst("usr", "bin", "cat"),
    parent: leafFirst("bin", "sh"),
    cwd: leafFirst("srv"),
    args: [...Buffer.from("cat\0two words\0")],
  };
  const places: Record<string, number> = {};
  let end = pc_event.size;
  for (const [name, bytes] of Object.entries(strings)) {
    places[`${name}_at`] = end;
    places[`${name}_len`] = bytes.length;
    end += bytes.length;
  }
  const fixed = {
    size: end,
    abi_version: 1,
    category: 1,
    operation: 3,
    time_ns: 123_456_789_012n,
    sequence: 77n,
    table_id: 0x1122334455667788n,
    slot: 17,
    rule_id: 4,
    verdict: -13,
    flags: 0x12,
    pid: 100,
    tid: 101,
    ppid: 99,
    ns_pid: 2,
    ns_ppid: 1,
    uid: 1000,
    gid: 1001,
    tty: ((136 << 20) | 4) + 1,
    cgroup_id: 2n ** 40n,
    syscall_args: [1n, 2n, 3n, 4n, 5n, 2n ** 64n - 1n],
    syscall_nr: 257,
    access: 0o2000000,
    comm: "cat",
    ...places,
  };
  return Uint8Array.from([...pc_event.encode(fixed), ...Object.values(strings).flat()]);
}

const withoutBigInt = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value);
const decoded = JSON.stringify(decodeEvent(exampleEvent(), "denials"), withoutBigInt, 2);

const golden: readonly [name: string, text: string][] = [
  ...Object.entries(automata).map(([name, automaton]): [string, string] => [`${name}.hex`, hex(pack(automaton))]),
  ["another-table-id.hex", hex(withTableId({ elements: 1, data: pack(automata.empty!).subarray(0, 64) }, 2n).data)],
  ["patterns.hex", hex(pack(patterns))],
  ["many-names.sha256", digest(pack(exactNames(Array.from({ length: 5_000 }, (_, i) => `/opt/d${i % 91}/file-${i}`))))],
  ["many-sources.sha256", digest(pack(manySources(150)))],
  ["settings.hex", hex(settings)],
  ["task.hex", hex(task)],
  ["event.hex", hex(exampleEvent())],
  ["event.txt", decoded],
];

it.each(golden)("%s is what it was", (name, text) => {
  const path = join(import.meta.dirname, "golden", name);
  if (process.env.GOLDEN === "write") writeFileSync(path, `${text}\n`);
  expect(`${text}\n`).toBe(readFileSync(path, "utf8"));
});
