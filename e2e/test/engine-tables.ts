/**
 * The images engine-guest.sh works with, written to a directory: node native/test/engine-images.ts DIRECTORY
 * Names are those of the guest: tmpfs on /lab, programs in /usr/bin.
 */
import { writeFileSync } from "node:fs";
import { packRules } from "../src/pack/rule-table.ts";
import { automatonOf, type SimplePosture, type SimpleRule } from "./engine-automaton.ts";

const deepDirectory = `/lab${"/n".repeat(40)}`;
const tooLong = "x".repeat(255);

const images: Record<string, [SimpleRule[], { process?: SimplePosture; file?: SimplePosture }?]> = {
  block: [
    [
      { id: 1, path: "/lab/secret" },
      { id: 2, path: "/lab/dir/" },
      { id: 3, path: "/lab/tree/**" },
      { id: 4, path: "/usr/bin/sleep", category: "process" },
      { id: 5, path: "/lab/read-only", readOnly: true },
      { id: 6, path: "/lab/owned", ownerOnly: true },
      { id: 7, path: "/lab/audited", effect: "audit" },
      { id: 8, path: `/lab/${tooLong}/${tooLong}/end` },
      { id: 9, path: `${deepDirectory}/end` },
      { id: 10, path: "/lab/script.sh", category: "process" },
      { id: 11, path: "/proc/self/status" },
      { id: 12, path: "/proc/self/task/**" },
    ],
  ],
  source: [
    [
      { id: 1, path: "/lab/data", source: "/usr/bin/cat", effect: "allow" },
      { id: 2, path: "/lab/data" },
      { id: 3, path: "/lab/only-head", source: "/usr/bin/head" },
      { id: 4, path: "/usr/bin/env", category: "process", source: "/usr/bin/dash" },
      { id: 5, path: "/lab/by-script", source: "/lab/reader.sh" },
      { id: 6, path: "/lab/by-tree", source: "/usr/**" },
    ],
  ],
  allow: [
    [
      { id: 1, path: "/usr/**", category: "process", effect: "allow" },
      { id: 2, path: "/lab/engine-probe", category: "process", effect: "allow" },
      { id: 3, path: "/usr/**", effect: "allow", readOnly: true },
      { id: 4, path: "/lab/allowed", effect: "allow" },
      { id: 5, path: "/lab/allowed-to-read", effect: "allow", readOnly: true },
      { id: 6, path: "/etc/**", effect: "allow", readOnly: true, quiet: true },
      { id: 7, path: "/lab/tree/**", effect: "allow" },
      { id: 8, path: "/lab/tree/blocked" },
      { id: 9, path: "/dev/**", effect: "allow" },
      { id: 10, path: "/lab/engine-probe", effect: "allow", readOnly: true },
      { id: 11, path: "/lab/unlisted", effect: "allow", readOnly: true },
      { id: 12, path: "/lab/library.so", effect: "allow", readOnly: true },
      { id: 13, path: "/etc/hostname", effect: "allow" },
    ],
    { process: { allowList: true, block: true }, file: { allowList: true, block: true } },
  ],
  audit: [[{ id: 1, path: "/lab/allowed", effect: "allow" }], { file: { allowList: true, block: false } }],
  process: [
    [
      { id: 1, path: "/lab/bin/", category: "process" },
      { id: 2, path: "/lab/bins/**", category: "process" },
      { id: 3, path: "/lab/bins/sub/audited", category: "process", effect: "audit" },
      { id: 4, path: "/usr/bin/id", category: "process", effect: "audit" },
      { id: 5, path: "/lab/mine", category: "process", ownerOnly: true },
      { id: 6, path: "/usr/bin/uname", category: "process" },
      { id: 7, path: "/usr/bin/uname", category: "process", source: "/usr/bin/env", effect: "allow" },
      { id: 8, path: "/usr/bin/nproc", category: "process", source: "/lab/callers/**" },
    ],
  ],
  programs: [
    [{ id: 1, path: "/usr/bin/true", category: "process", effect: "allow" }],
    { process: { allowList: true, block: false } },
  ],
  empty: [[]],
};

const directory = process.argv[2];
if (!directory) throw new Error("usage: engine-images DIRECTORY");
let tableId = 1n;
for (const [name, [rules, posture]] of Object.entries(images)) {
  const seed = [0x0123456789abcdefn, 0xfedcba9876543210n] as const;
  writeFileSync(`${directory}/${name}.img`, packRules(automatonOf(rules, posture), { seed, tableId }).data);
  tableId += 1n;
}
