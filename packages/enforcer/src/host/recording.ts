/**
 * What the node's vital programs were seen doing: the distinct executions, opens, sockets and capabilities. It is made while an allow-list of the
 * host waits to block, for a period in which nothing was missed, and then it is closed for that category: nobody can make it longer afterwards, nor
 * have a list given up by doing a lot. It is kept on disk, and worth nothing after a reboot. Bounded: what does not fit is said, and counts against.
 */

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { DecidingCategory } from "@portcullis/model";
import { type KernelCount, type KernelEvent, nameIn } from "@portcullis/native";
import { isMissing } from "../files.ts";
import { isInterpreter, type VitalPrograms } from "./vital-programs.ts";

/** One of the things that a vital program did. */
export interface RecordedOperation {
  readonly category: DecidingCategory;
  readonly access: "read" | "write" | "exec" | "use";
  /** Empty: it has no name, and `parent` is the vital program that started it. */
  readonly program: string;
  readonly parent: string;
  /** A name; of a socket or a capability, the kernel's number. */
  readonly object: string;
  readonly socket?: KernelEvent["socket"];
  readonly capability?: number;
}

/** What the recording says of a category. `missed`: the period began anew, because something could not be told. */
export type RecordingState = "recording" | "missed" | "closed" | "full";

interface RecordingOptions {
  readonly path: string;
  /** The kernel's boot id. */
  readonly boot: string;
  readonly periodMs: number;
  /** How much may be recorded. */
  readonly most?: number;
  /** Called when the file cannot be written: then it is recorded in memory alone. */
  readonly unwritable: (error: unknown) => void;
  /** For tests: milliseconds that only grow. */
  readonly now?: () => number;
}

/** A line of the file. `tool`: a program that kubelet or the runtime, or another tool, has executed. */
type Line =
  | { readonly did: RecordedOperation }
  | { readonly tool: string }
  | { readonly programs: readonly string[]; readonly leaders: readonly string[] }
  | { readonly closed: DecidingCategory }
  | { readonly full: true };

const defaultMost = 16_384;

export class HostRecording {
  readonly #options: RecordingOptions;
  readonly #now: () => number;
  readonly #operations = new Map<string, RecordedOperation>();
  /** Since when nothing was missed, of the categories that are recorded. */
  readonly #since = new Map<DecidingCategory, number>();
  readonly #missed = new Set<DecidingCategory>();
  readonly #closed = new Set<DecidingCategory>();
  readonly #tools = new Set<string>();
  #vital: VitalPrograms = { programs: new Set(), leaders: new Set() };
  #full = false;
  /** Grows with everything that changes what is asked of it. */
  #version = 0;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    for (const line of this.#read()) this.#apply(line);
  }

  get version(): number {
    return this.#version;
  }

  get operations(): Iterable<RecordedOperation> {
    return this.#operations.values();
  }

  /** All programs that may not be denied anything, the tools of kubelet and the runtime among them. */
  get vitalPrograms(): readonly string[] {
    return [...new Set([...this.#vital.programs, ...this.#tools])].sort();
  }

  /** Takes what vital programs there are now. */
  setVital(vital: VitalPrograms): void {
    const { programs, leaders } = this.#vital;
    const line = { programs: [...vital.programs].sort(), leaders: [...vital.leaders].sort() };
    const known = { programs: [...programs].sort(), leaders: [...leaders].sort() };
    if (JSON.stringify(line) !== JSON.stringify(known)) this.#keep(line);
  }

  /** These categories are recorded from now on, and no others. Returns those of them that are to be recorded still. */
  record(categories: readonly DecidingCategory[]): readonly DecidingCategory[] {
    for (const category of this.#since.keys()) if (!categories.includes(category)) this.#since.delete(category);
    for (const category of categories) if (!this.#since.has(category)) this.#since.set(category, this.#now());
    return categories.filter((category) => this.state(category) !== "closed");
  }

  /** What is known of a category that is recorded; a period that has passed closes it. */
  state(category: DecidingCategory): RecordingState {
    if (this.#closed.has(category)) return "closed";
    if (this.#full) return "full";
    const since = this.#since.get(category);
    if (since === undefined || this.#now() - since < this.#options.periodMs)
      return this.#missed.has(category) ? "missed" : "recording";
    this.#keep({ closed: category });
    return "closed";
  }

  /** Takes what the kernel told. Everything of other programs is left out. */
  take(events: readonly KernelEvent[]): void {
    for (const event of events) {
      const operation = event.recorded ? this.#operationOf(event) : undefined;
      if (operation === undefined || this.#operations.has(keyOf(operation))) continue;
      if (this.#closed.has(operation.category) || this.#full) continue;
      if (this.#operations.size >= (this.#options.most ?? defaultMost)) this.#keep({ full: true });
      else this.#keep({ did: operation });
      if (this.#isTool(operation)) this.#keep({ tool: operation.object });
    }
  }

  #isTool({ access, program, parent, object }: RecordedOperation): boolean {
    if (access !== "exec" || object === "" || isInterpreter(object) || this.#isVital(object)) return false;
    return this.#leads(program === "" ? parent : program);
  }

  /** Takes what the kernel could only count: names that nobody knows have the period of their category begin anew. */
  miss(counts: readonly KernelCount[]): void {
    for (const { level, sequence, category, recorded } of counts) {
      if (!recorded || (level === "named" && sequence !== 0n)) continue;
      for (const one of this.#since.keys()) {
        if (level !== "of_slot" && one !== category) continue;
        this.#since.set(one, this.#now());
        this.#missed.add(one);
      }
    }
  }

  /** Undefined: it is no vital program's. */
  #operationOf(event: KernelEvent): RecordedOperation | undefined {
    const { category, socket, capability } = event;
    // They are compared with names of rules, and of what is in /proc.
    const [exe, parentExe] = [nameIn(event.exe), nameIn(event.parentExe)];
    if (category === "syscalls") return undefined;
    const isNameless = exe === "" || exe.startsWith("/memfd:");
    if (!(isNameless ? this.#leads(parentExe) : this.#isVital(exe))) return undefined;
    return {
      category,
      access: accessOf(category, event.write),
      program: isNameless ? "" : exe,
      parent: isNameless ? parentExe : "",
      object: objectOf(event),
      ...(socket ? { socket } : {}),
      ...(capability === undefined ? {} : { capability }),
    };
  }

  #isVital = (program: string): boolean => this.#vital.programs.has(program) || this.#tools.has(program);
  #leads = (program: string): boolean => this.#vital.leaders.has(program) || this.#tools.has(program);

  #apply(line: Line): void {
    this.#version += 1;
    if ("closed" in line) this.#closed.add(line.closed);
    else if ("full" in line) this.#full = true;
    else if ("tool" in line) this.#tools.add(line.tool);
    else if ("programs" in line) this.#vital = { programs: new Set(line.programs), leaders: new Set(line.leaders) };
    else this.#operations.set(keyOf(line.did), line.did);
  }

  #keep(line: Line): void {
    this.#apply(line);
    try {
      appendFileSync(this.#options.path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    } catch (error) {
      this.#options.unwritable(error);
    }
  }

  /** What was recorded since boot. A line that a crash has torn ends it; a file of another boot is begun anew. */
  #read(): Line[] {
    const { path, boot, unwritable } = this.#options;
    const first = JSON.stringify({ boot });
    const [head, ...lines] = textOf(path).split("\n");
    if (head === first) return [...parsed(lines)];
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, `${first}\n`, { mode: 0o600 });
    } catch (error) {
      unwritable(error);
    }
    return [];
  }
}

function accessOf(category: DecidingCategory, write: boolean): RecordedOperation["access"] {
  if (category === "process") return "exec";
  if (category === "file") return write ? "write" : "read";
  return "use";
}

function objectOf({ object, socket, capability }: KernelEvent): string {
  if (socket) return `${socket.family} ${socket.type} ${socket.protocol}`;
  return capability === undefined ? nameIn(object) : String(capability);
}

function* parsed(lines: readonly string[]): Iterable<Line> {
  for (const line of lines) {
    if (line === "") return;
    try {
      yield JSON.parse(line) as Line;
    } catch {
      return;
    }
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

const keyOf = ({ category, access, program, parent, object }: RecordedOperation): string =>
  JSON.stringify([category, access, program, parent, object]);
