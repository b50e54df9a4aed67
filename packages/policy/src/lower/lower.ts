/**
 * A policy to rules. Inherited values are resolved, every source gets a rule of its own, and whatever cannot be bound becomes a
 * problem for the status. A rule with a key or value that is not understood is not bound at all: half a rule is another rule.
 * Long because it is one walk over a policy, and all of it reports to the same list.
 */

import { type AnyPolicy, defaults, reasons } from "@portcullis/api";
import type { Action, Category, Match, NamedMatch, PolicyRef, Rule } from "@portcullis/model";
import { namedCategories } from "../categories.ts";
import { domainsIn } from "../domains.ts";
import { categoryFields, presetFields, sourceFields, specFields, unknownKeys } from "../fields.ts";
import { capabilitiesIn } from "../numbers/capabilities.ts";
import { protocolsIn } from "../numbers/sockets.ts";
import { syscallsIn } from "../numbers/syscalls.ts";
import { asDirectory, pathFault } from "../paths.ts";
import { execnameFault } from "../patterns/execname.ts";
import { patternFault } from "../patterns/names.ts";
import { type Problem, Problems } from "../problem.ts";
import { addressesOf } from "./addresses.ts";
import { argumentsFault, argumentsOf } from "./arguments.ts";
import { deviceProblem } from "./devices.ts";
import { type Feature, remedies } from "./features.ts";
import { objectsOfPreset, originOfPreset } from "./presets.ts";

/** A rule before it is put into a rule set, which gives it its id and its policy's index. */
export type LoweredRule = Omit<Rule, "id" | "policy">;

export interface Lowered {
  readonly policy: PolicyRef;
  readonly rules: readonly LoweredRule[];
  /** What is not bound; the selector's problems are not among them (selectorOf). */
  readonly problems: readonly Problem[];
}

/** action, severity, tags, message as they stand on spec, category or rule. */
interface Common {
  readonly action?: string | null;
  readonly severity?: number | null;
  readonly tags?: readonly string[] | null;
  readonly message?: string | null;
}
interface SourceEntry {
  readonly path?: string;
  readonly dir?: string;
  readonly recursive?: boolean;
}
interface Entry extends Common {
  readonly path?: string;
  readonly dir?: string;
  readonly recursive?: boolean;
  readonly pattern?: string;
  readonly protocol?: string;
  readonly capability?: string;
  readonly domain?: string;
  readonly syscall?: readonly string[] | null;
  readonly execname?: string;
  readonly allowedArgs?: readonly string[];
  readonly readOnly?: boolean;
  readonly ownerOnly?: boolean;
  readonly pts?: boolean;
  readonly fromSource?: readonly SourceEntry[] | null;
}
type Section = Common & Readonly<Record<string, unknown>>;

const actions: Readonly<Record<string, Action>> = { Allow: "allow", Audit: "audit", Block: "block" };

/** The reference by which rule sets, alerts and node reports name a policy. */
function policyRef(policy: AnyPolicy): PolicyRef {
  const namespace = policy.kind === "KubeArmorPolicy" ? (policy.metadata?.namespace ?? "default") : "";
  return { kind: policy.kind, namespace, name: policy.metadata?.name ?? "" };
}

/** Lowers `policy`. What is wrong comes back as problems. */
export function lower(policy: AnyPolicy): Lowered {
  const lowering = new Lowering(policy);
  lowering.run();
  return { policy: policyRef(policy), rules: lowering.rules, problems: lowering.problems.list };
}

class Lowering {
  readonly rules: LoweredRule[] = [];
  readonly problems = new Problems();
  readonly #kind: AnyPolicy["kind"];
  readonly #spec: Section;

  constructor(policy: AnyPolicy) {
    this.#kind = policy.kind;
    this.#spec = policy.spec as unknown as Section;
  }

  run(): void {
    const isWhole = this.#known(this.#spec, specFields[this.#kind], "spec");
    this.#parts();
    // A key nobody knows may have been meant as the selector or the action: what is left is not what was meant.
    if (!isWhole) this.rules.length = 0;
  }

  #parts(): void {
    for (const category of namedCategories) this.#named(category);
    const network = this.#section("network");
    this.#numbered("network", network, "matchProtocols", ({ protocol }, origin) =>
      this.#listed("protocol", protocol, protocolsIn, origin)?.map((one) => ({ kind: "protocol", protocol: one })),
    );
    this.#domains(network);
    this.#addresses(network);
    this.#numbered("capabilities", this.#section("capabilities"), "matchCapabilities", ({ capability }, origin) =>
      this.#listed("capability", capability, capabilitiesIn, origin)?.map((one) => ({
        kind: "capability",
        capability: one,
      })),
    );
    this.#syscalls();
    for (const [i, preset] of listOf(this.#spec.presets).entries()) {
      const origin = originOfPreset(i);
      if (this.#known(preset, presetFields, origin)) this.#preset(preset, origin);
    }
    for (const [i, device] of listOf(this.#section("device")?.matchDevice).entries()) {
      const origin = `spec.device.matchDevice[${i}]`;
      if (this.#known(device, categoryFields.device.matchDevice, origin))
        this.problems.add(`${origin}.class`, reasons.unsupportedFeature, deviceProblem(device));
    }
    if (this.#spec.apparmor !== undefined && this.#spec.apparmor !== null)
      this.#unsupported("spec.apparmor", "policy.apparmor", "AppArmor profiles");
  }

  /** A preset forbids, or reports: whatever its action is but Audit, it blocks. */
  #preset({ name, action }: AnyEntry, origin: string): void {
    const objects = objectsOfPreset(String(name));
    if (objects === undefined) {
      this.#unsupported(origin, `presets.${String(name)}` as Feature, `the preset ${String(name)}`);
      return;
    }
    const common = this.#common({}, { ...(action && { action }) }, origin);
    if (common === undefined) return;
    const flags = { readOnly: false, ownerOnly: false, noTerminal: false };
    const effect = common.action === "audit" ? "audit" : "block";
    for (const object of objects) this.rules.push({ ...object, ...common, action: effect, ...flags, origin });
  }

  /** process and file: the categories whose objects are names. */
  #named(category: SectionName): void {
    const section = this.#section(category);
    if (section === undefined) return;
    this.#each(category, section, "matchPaths", (entry, origin) => {
      const match = this.#argumentsFit(entry, origin) ? this.#program(entry, origin) : undefined;
      if (match !== undefined) this.#rule(category, section, entry, match, origin);
    });
    this.#each(category, section, "matchDirectories", (entry, origin) => {
      const dir = this.#name(entry.dir, "dir", true, origin);
      const recursive = entry.recursive === true;
      if (dir !== undefined) this.#rule(category, section, entry, { kind: "directory", dir, recursive }, origin);
    });
    this.#each(category, section, "matchPatterns", (entry, origin) => {
      const pattern = this.#pattern(entry.pattern, origin);
      if (pattern !== undefined) this.#rule(category, section, entry, { kind: "pattern", pattern }, origin);
    });
  }

  /** Categories whose objects have no name. `matches`: of an entry, what it names; undefined: that is reported. */
  #numbered(
    category: SectionName,
    section: Section | undefined,
    list: string,
    matches: (entry: Entry, origin: string) => readonly Match[] | undefined,
  ): void {
    if (section === undefined) return;
    this.#each(category, section, list, (entry, origin) => {
      for (const match of matches(entry, origin) ?? []) this.#rule(category, section, entry, match, origin);
    });
  }

  /** System calls are always audited, whatever action the policy has. */
  #syscalls(): void {
    const section = this.#section("syscalls");
    if (section === undefined) return;
    const audited = { ...section, action: "Audit" };
    const named = ({ syscall }: Entry, origin: string): readonly string[] => {
      const names = syscallsIn(syscall ?? []);
      if (typeof names !== "string") return names;
      this.#invalid(origin, "syscall", syscall ?? "", names);
      return [];
    };
    this.#each("syscalls", section, "matchSyscalls", (entry, origin) => {
      for (const syscall of named(entry, origin))
        this.#rule("syscalls", audited, entry, { kind: "syscall", syscall }, origin);
    });
    this.#each("syscalls", section, "matchPaths", (entry, origin) => {
      const at = this.#place(entry, origin);
      for (const syscall of at === undefined ? [] : named(entry, origin))
        this.#rule("syscalls", audited, entry, { kind: "syscall", syscall, at }, origin);
    });
  }

  /** The path of a system call: a directory if it ends in "/", or is to be recursive. */
  #place(entry: Entry, origin: string): Exclude<NamedMatch, { kind: "pattern" }> | undefined {
    const recursive = entry.recursive === true;
    const isDirectory = recursive || (typeof entry.path === "string" && entry.path.endsWith("/"));
    const name = this.#name(entry.path, "path", isDirectory, origin);
    if (name === undefined) return undefined;
    return isDirectory ? { kind: "directory", dir: name, recursive } : { kind: "path", path: name };
  }

  /** The words of a comma list. */
  #listed<T>(
    field: string,
    value: unknown,
    read: (text: string) => readonly T[] | string,
    origin: string,
  ): readonly T[] | undefined {
    const found = read(typeof value === "string" ? value : "");
    if (typeof found !== "string") return found;
    this.#invalid(origin, field, value ?? "", `${found} is no ${field}`);
    return undefined;
  }

  /** Queries of DNS are written in the section of the network, and are a category of their own. */
  #domains(section: Section | undefined): void {
    if (section === undefined) return;
    this.#each("network", section, "matchDNSQueries", (entry, origin) => {
      const { domain } = entry;
      const found = domainsIn(typeof domain === "string" ? domain : "");
      if (typeof found === "string") this.#invalid(origin, "domain", domain ?? "", found);
      else for (const one of found) this.#rule("dns", section, entry, { kind: "domain", domain: one }, origin);
    });
  }

  #addresses(section: Section | undefined): void {
    if (section === undefined) return;
    this.#each("network", section, "matchAddresses", (entry, origin) => {
      if (entry.fqdn !== undefined && entry.fqdn !== null) {
        const what = `fqdn ${JSON.stringify(entry.fqdn)}`;
        this.#unsupported(`${origin}.fqdn`, "network.matchAddresses.fqdn", what);
        return;
      }
      const { matches, faults } = addressesOf(entry);
      for (const { field, value, fault } of faults) this.#invalid(origin, field, value, fault);
      for (const match of faults.length === 0 ? matches : []) this.#rule("network", section, entry, match, origin);
    });
  }

  /** Hands out the entries of a list of a category, except those with a key that nobody knows. */
  #each(
    category: keyof typeof categoryFields,
    section: Section,
    list: string,
    use: (entry: AnyEntry, origin: string) => void,
  ): void {
    const fields = (categoryFields[category] as Readonly<Record<string, readonly string[]>>)[list] ?? [];
    for (const [i, entry] of listOf(section[list]).entries()) {
      const origin = `spec.${category}.${list}[${i}]`;
      if (this.#known(entry, fields, origin)) use(entry, origin);
    }
  }

  /** Whether the entry's arguments can be held against those of a program. What is wrong is reported. */
  #argumentsFit({ allowedArgs }: Entry, origin: string): boolean {
    const fault = argumentsFault(allowedArgs ?? []);
    if (fault !== undefined) this.#invalid(origin, "allowedArgs", allowedArgs, fault);
    return fault === undefined;
  }

  /** What an entry of matchPaths names: one name, or whatever is called so anywhere. */
  #program({ path, execname }: Entry, origin: string): Match | undefined {
    if (execname === undefined) {
      const name = this.#name(path, "path", false, origin);
      return name === undefined ? undefined : { kind: "path", path: name };
    }
    const fault = path === undefined ? execnameFault(execname) : "stands beside a path: give either path or execname";
    if (fault === undefined) return { kind: "execname", name: execname };
    const place = `${origin}.execname`;
    this.problems.add(place, reasons.invalidPath, `execname ${JSON.stringify(execname)} ${fault}`);
    return undefined;
  }

  /** One rule for each source, or one without. A source that is not understood leaves the whole rule out. */
  #rule(category: Category, section: Section, entry: Entry, match: Match, origin: string): void {
    const common = this.#common(section, entry, origin);
    const sources = this.#sources(entry, origin);
    if (common === undefined || sources === undefined) return;
    const flags = {
      readOnly: entry.readOnly === true,
      ownerOnly: entry.ownerOnly === true,
      noTerminal: entry.pts === false,
      ...argumentsOf(entry.allowedArgs),
    };
    for (const source of sources.length === 0 ? [undefined] : sources)
      this.rules.push({ category, match, ...(source && { source }), ...common, ...flags, origin });
  }

  #common(section: Section, entry: Entry, origin: string) {
    const from = <K extends keyof Common>(key: K) => entry[key] ?? section[key] ?? this.#spec[key];
    const name = from("action") ?? defaults.action;
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    const severity = from("severity") ?? defaults.severity;
    if (action === undefined) {
      this.#invalid(origin, "action", name, "use Allow, Audit or Block");
      return undefined;
    }
    if (!Number.isInteger(severity) || severity < 1 || severity > 10) {
      this.#invalid(origin, "severity", severity, "use a whole number from 1 to 10");
      return undefined;
    }
    return { action, severity: String(severity), tags: from("tags") ?? [], message: from("message") ?? "" };
  }

  #sources(entry: Entry, origin: string): NamedMatch[] | undefined {
    const matches: NamedMatch[] = [];
    for (const [i, source] of (entry.fromSource ?? []).entries()) {
      const at = `${origin}.fromSource[${i}]`;
      if (!this.#known(source, sourceFields, at)) return undefined;
      if ((source.path === undefined) === (source.dir === undefined)) {
        this.problems.add(at, reasons.invalidSource, "give either path or dir, not both and not neither");
        return undefined;
      }
      const directory = source.dir !== undefined;
      const name = this.#name(source.path ?? source.dir, directory ? "dir" : "path", directory, at);
      if (name === undefined) return undefined;
      if (!directory) matches.push({ kind: "path", path: name });
      else matches.push({ kind: "directory", dir: name, recursive: source.recursive === true });
    }
    return matches;
  }

  /** A checked name; a directory always ends in "/". */
  #name(value: unknown, field: string, directory: boolean, origin: string): string | undefined {
    const fault = typeof value === "string" ? pathFault(value, directory) : "is missing: give an absolute name";
    if (fault === undefined) return directory ? asDirectory(value as string) : (value as string);
    this.problems.add(`${origin}.${field}`, reasons.invalidPath, `${field} ${JSON.stringify(value) ?? ""} ${fault}`);
    return undefined;
  }

  #pattern(value: unknown, origin: string): string | undefined {
    const fault = typeof value === "string" ? patternFault(value) : "is missing: give a glob over the whole name";
    if (fault === undefined) return value as string;
    this.problems.add(`${origin}.pattern`, reasons.invalidPath, `pattern ${JSON.stringify(value) ?? ""} ${fault}`);
    return undefined;
  }

  /** The category's object; undefined if it is absent, or has a key that nobody knows, which is reported. */
  #section(category: keyof typeof categoryFields): Section | undefined {
    const section = this.#spec[category] as Section | null | undefined;
    if (section === undefined || section === null) return undefined;
    return this.#known(section, categoryFields[category].own, `spec.${category}`) ? section : undefined;
  }

  /** Whether the object has only keys that it may have. Others are reported. */
  #known(object: unknown, fields: readonly string[], origin: string): boolean {
    const unknown = unknownKeys(object, fields);
    for (const key of unknown) this.#unknown(origin, key);
    return unknown.length === 0;
  }

  #unknown(origin: string, key: string): void {
    this.problems.add(
      `${origin}.${key}`,
      reasons.unknownField,
      `the key "${key}" is not known here, so "${origin}" is not bound: remove or correct it`,
    );
  }

  #invalid(origin: string, field: string, value: unknown, remedy: string): void {
    this.problems.add(`${origin}.${field}`, reasons.invalidValue, `${field} ${JSON.stringify(value)}: ${remedy}`);
  }

  #unsupported(origin: string, feature: Feature, what: string): void {
    const remedy = remedies[feature] ?? "remove it, or do not rely on it";
    this.problems.add(origin, reasons.unsupportedFeature, `${what} cannot be enforced yet (${feature}): ${remedy}`);
  }
}

/** The categories that a policy has a section for: queries of DNS stand in that of the network. */
type SectionName = Exclude<Category, "dns">;
type AnyEntry = Entry & Readonly<Record<string, unknown>>;
const listOf = (value: unknown): readonly AnyEntry[] => (Array.isArray(value) ? value : []);
