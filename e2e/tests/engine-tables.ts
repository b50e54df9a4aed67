/**
 * Writes the rule tables that native/test/engine-guest.sh works with, as the product makes them: rules are compiled and packed.
 *
 *   node engine-tables.ts DIRECTORY
 *
 * Long because it is one list of all that the cases need. Names are those of the guest: a tmpfs on /lab, programs in /usr/bin.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AddressMatch, NamedMatch, PresetName, Protocol, Rule, RuleSet } from "@portcullis/model";
import { packRules } from "@portcullis/native";
import { cookieOf, functionOf, functionPrefix, isSeenAtEntry } from "@portcullis/native/testing";
import { compile, syscallNumber } from "@portcullis/policy";

/** What engine-run is told to hash names with. */
const seed = [0x0123456789abcdefn, 0xfedcba9876543210n] as const;

/** A Block rule on a file, a protocol or a capability. A name is exact, "/a/" a directory, "/a/**" all below it. */
interface Row extends Partial<Pick<Rule, "category" | "action" | "readOnly" | "ownerOnly" | "allowedArgs">> {
  readonly path?: string;
  readonly protocol?: Protocol;
  readonly capability?: number;
  readonly syscall?: string;
  readonly domain?: string;
  readonly address?: Partial<AddressMatch>;
  readonly fileless?: boolean;
  readonly preset?: PresetName;
  readonly source?: string;
  /** It belongs to the base allowance, and to no policy. */
  readonly base?: boolean;
}

function matchOf(name: string): NamedMatch {
  if (name.endsWith("/**")) return { kind: "directory", dir: name.slice(0, -2), recursive: true };
  return name.endsWith("/") ? { kind: "directory", dir: name, recursive: false } : { kind: "path", path: name };
}

function objectOf({
  path,
  protocol,
  capability,
  syscall,
  domain,
  address,
  fileless,
  preset,
  category = "file",
}: Row): Pick<Rule, "category" | "match"> {
  if (syscall !== undefined) return { category: "syscalls", match: { kind: "syscall", syscall, ...placeOf(path) } };
  if (preset) return { category, match: { kind: "preset", preset } };
  if (domain !== undefined) return { category: "dns", match: { kind: "domain", domain } };
  if (address) return { category: "network", match: { kind: "address", cidr: "", direction: "egress", ...address } };
  if (fileless) return { category: "process", match: { kind: "fileless" } };
  if (protocol) return { category: "network", match: { kind: "protocol", protocol } };
  if (path !== undefined) return { category, match: matchOf(path) };
  return { category: "capabilities", match: { kind: "capability", capability: capability ?? 0 } };
}

function placeOf(path: string | undefined) {
  const at = path === undefined ? undefined : matchOf(path);
  return at === undefined || at.kind === "pattern" ? {} : { at };
}

/** The rules with the ids 1, 2 … in the order given, which the cases name. */
function ruleSet(rows: readonly Row[], posture: RuleSet["posture"] = {}): RuleSet {
  const rules = rows.map((row, index): Rule => {
    const {
      path: _path,
      protocol: _protocol,
      capability: _capability,
      fileless: _fileless,
      preset: _preset,
      ...more
    } = row;
    const { syscall, domain: _domain, address: _address, source, base, ...given } = more;
    const plain = { action: "block", readOnly: false, ownerOnly: false, noTerminal: false } as const;
    const alert = { severity: "1", tags: [], message: "", origin: "spec" };
    const ends = { ...objectOf(row), ...(source === undefined ? {} : { source: matchOf(source) }) };
    const audited = syscall === undefined ? {} : ({ action: "audit" } as const);
    return { ...plain, ...alert, ...given, ...audited, ...ends, id: index + 1, policy: base ? -1 : 0 };
  });
  return { policies: [{ kind: "KubeArmorPolicy", namespace: "lab", name: "lab" }], rules, posture };
}

const tooLong = "x".repeat(255);

const ruleSets: Readonly<Record<string, RuleSet>> = {
  block: ruleSet([
    { path: "/lab/secret" },
    { path: "/lab/dir/" },
    { path: "/lab/tree/**" },
    { path: "/usr/bin/sleep", category: "process" },
    { path: "/lab/read-only", readOnly: true },
    { path: "/lab/owned", ownerOnly: true },
    { path: "/lab/audited", action: "audit" },
    { path: `/lab/${tooLong}/${tooLong}/end` },
    { path: `/lab${"/n".repeat(40)}/end` },
    { path: "/lab/script.sh", category: "process" },
    { path: "/proc/self/status" },
    { path: "/proc/self/task/**" },
    { path: "/lab/stream" },
    { path: "/lab/datagram" },
  ]),
  host: ruleSet([
    { path: "/lab/host-secret" },
    { path: "/usr/bin/uname", category: "process" },
    { path: "/lab/host-by-head", source: "/usr/bin/head" },
  ]),
  source: ruleSet([
    { path: "/lab/data", source: "/usr/bin/cat", action: "allow" },
    { path: "/lab/data" },
    { path: "/lab/only-head", source: "/usr/bin/head" },
    { path: "/usr/bin/env", category: "process", source: "/usr/bin/dash" },
    { path: "/lab/by-script", source: "/lab/reader.sh" },
    { path: "/lab/by-tree", source: "/usr/**" },
    { path: "/lab/data", source: "/usr/bin/nl", action: "allow" },
  ]),
  allow: ruleSet(
    [
      { path: "/usr/**", category: "process", action: "allow" },
      { path: "/lab/engine-probe", category: "process", action: "allow" },
      { path: "/usr/**", action: "allow", readOnly: true },
      { path: "/lab/allowed", action: "allow" },
      { path: "/lab/allowed-to-read", action: "allow", readOnly: true },
      { path: "/etc/**", action: "allow", readOnly: true, base: true },
      { path: "/lab/tree/**", action: "allow" },
      { path: "/lab/tree/blocked" },
      { path: "/dev/**", action: "allow" },
      { path: "/lab/engine-probe", action: "allow", readOnly: true },
      { path: "/lab/unlisted", action: "allow", readOnly: true },
      { path: "/lab/library.so", action: "allow", readOnly: true },
      { path: "/etc/hostname", action: "allow" },
    ],
    { process: "block", file: "block" },
  ),
  audit: ruleSet([{ path: "/lab/allowed", action: "allow" }], { file: "audit" }),
  process: ruleSet([
    { path: "/lab/bin/", category: "process" },
    { path: "/lab/bins/**", category: "process" },
    { path: "/lab/bins/sub/audited", category: "process", action: "audit" },
    { path: "/usr/bin/id", category: "process", action: "audit" },
    { path: "/lab/mine", category: "process", ownerOnly: true },
    { path: "/usr/bin/uname", category: "process" },
    { path: "/usr/bin/uname", category: "process", source: "/usr/bin/env", action: "allow" },
    { path: "/usr/bin/nproc", category: "process", source: "/lab/callers/**" },
  ]),
  programs: ruleSet([{ path: "/usr/bin/true", category: "process", action: "allow" }], { process: "audit" }),
  exact: ruleSet([
    { path: "/lab/hosts" },
    { path: "/lab/program", category: "process" },
    { path: "/lab/volume/kept" },
    { path: "/lab/secret" },
  ]),
  network: ruleSet([{ protocol: "udp" }, { protocol: "raw" }, { protocol: "tcp", action: "audit" }]),
  streams: ruleSet([{ protocol: "stream" }]),
  protocols: ruleSet(
    [
      { protocol: "tcp", action: "allow" },
      { protocol: "udp", action: "allow", source: "/usr/bin/bash" },
    ],
    { network: "block" },
  ),
  open: ruleSet([]),
  names: ruleSet([
    { domain: "evil.example" },
    { domain: "seen.example", action: "audit" },
    { domain: "sourced.example", source: "/lab/asks" },
  ]),
  addresses: ruleSet([
    { address: { cidr: "127.0.0.2/32" } },
    { address: { cidr: "127.0.1.0/24", protocol: "tcp", ports: { first: 8000, last: 8010 } } },
    { address: { cidr: "fd00::/16" } },
    { address: { cidr: "127.0.3.0/24" }, action: "audit" },
    { address: { cidr: "127.0.0.1/32", ports: { first: 7777, last: 7777 } } },
    { address: { cidr: "::1/128", ports: { first: 7777, last: 7777 } } },
    { address: { cidr: "127.0.4.0/24" }, source: "/lab/speaks" },
    { address: { cidr: "0.0.0.0/0", direction: "ingress", ports: { first: 2222, last: 2222 } } },
    { address: { cidr: "::/0", direction: "ingress", ports: { first: 2222, last: 2222 } } },
    { address: { cidr: "127.0.0.6/32", direction: "ingress", ports: { first: 2224, last: 2224 } } },
  ]),
  "addresses-allowed": ruleSet(
    [
      { address: { cidr: "127.0.0.2/32", protocol: "tcp", ports: { first: 80, last: 80 } }, action: "allow" },
      {
        address: { cidr: "127.0.0.0/8", protocol: "tcp", direction: "ingress", ports: { first: 8080, last: 8080 } },
        action: "allow",
      },
    ],
    { network: "block" },
  ),
  "names-allowed": ruleSet([{ domain: "good.example", action: "allow" }], { dns: "block" }),
  capabilities: ruleSet([{ capability: 18 }, { capability: 21, action: "audit" }]),
  capability: ruleSet([{ capability: 18, action: "allow" }], { capabilities: "block" }),
  syscalls: ruleSet([
    { syscall: "unlinkat", path: "/lab/watched/**" },
    { syscall: "mkdir" },
    { syscall: "renameat2", path: "/lab/watched/**" },
    { syscall: "unlinkat", path: "/lab/watched/", source: "/usr/bin/rm" },
    { syscall: "rmdir", path: "/lab/watched/**" },
    { syscall: "exit_group", source: "/usr/bin/false" },
    { syscall: "chmod", path: "/lab/watched/h" },
  ]),
  memory: ruleSet([{ fileless: true }]),
  memories: ruleSet([
    { fileless: true, action: "audit" },
    { fileless: true, action: "audit", source: "/usr/bin/engine-probe" },
  ]),
  arguments: ruleSet([
    { path: "/lab/echoing", category: "process", allowedArgs: ["", "-m", "12345678", "random"] },
    { path: "/lab/audited-echo", category: "process", action: "audit", allowedArgs: ["random"] },
    { path: "/lab/shell", category: "process", allowedArgs: ["/lab/by-shell.sh", "start"] },
    { path: "/lab/starts.sh", category: "process", allowedArgs: ["start"] },
    { path: "/usr/bin/uname", category: "process", allowedArgs: ["-s"], source: "/usr/bin/env" },
    { path: "/lab/sleeping", category: "process", allowedArgs: ["30"] },
  ]),
  listed: ruleSet(
    [
      { path: "/usr/**", category: "process", action: "allow" },
      { path: "/usr/bin/uname", category: "process", action: "allow", allowedArgs: ["-s", "--"] },
    ],
    { process: "block" },
  ),
  code: ruleSet([{ preset: "anonymousMapExec", category: "process" }]),
  image: ruleSet([{ preset: "imageOnly", category: "process" }]),
  entered: ruleSet([{ preset: "exec", category: "process" }]),
  environ: ruleSet([{ preset: "protectEnv" }]),
  folders: ruleSet([{ preset: "protectProc" }]),
  presets: ruleSet([
    { preset: "anonymousMapExec", category: "process", action: "audit" },
    { preset: "imageOnly", category: "process", action: "audit" },
    { preset: "exec", category: "process", action: "audit" },
    { preset: "protectEnv", action: "audit" },
    { preset: "protectProc", action: "audit" },
  ]),
  empty: ruleSet([]),
};

const directory = process.argv[2];
if (directory === undefined) throw new Error("usage: engine-tables DIRECTORY");
for (const [index, [name, rules]] of Object.entries(ruleSets).entries()) {
  const { automaton, unenforced } = compile(rules);
  if (unenforced.length > 0) throw new Error(`${name}: ${unenforced.map(({ reason }) => reason).join(", ")}`);
  writeFileSync(join(directory, `${name}.table`), packRules(automaton, { seed, tableId: BigInt(index + 1) }).data);
}

/** What engine-run is to look for: program, function, cookie. */
const traces = ["unlinkat", "mkdir", "renameat2", "rmdir", "chmod", "exit_group"].map((name, index) => {
  const program = isSeenAtEntry(name) ? "enter_0" : `leave_${index}`;
  return `${program} ${functionPrefix}${functionOf(name)} ${cookieOf(name, syscallNumber(name)!)}\n`;
});
writeFileSync(join(directory, "traces"), traces.join(""));
