/**
 * The programs that see system calls (bpf/syscalls.bpf.c), attached to those alone that rules name. Each is pinned by the call's name and its
 * build, `<pinDir>/syscalls/<name>-<build>`, so that it goes on when this process ends and another build takes its place.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Addon, BpfObject } from "../addon.ts";
import { step } from "../errors.ts";
import type { PinDir } from "../load/pins.ts";
import { cookieOf, functionOf, functionPrefix, isSeenAtEntry } from "./name-arguments.ts";

const btfPath = "/sys/kernel/btf/vmlinux";
const buildLength = 12;

/** A program of the object, by the function that it is loaded for. */
interface Trace {
  readonly name: string;
  readonly number: number;
  readonly program: string;
}

export class SyscallTraces {
  readonly #addon: Addon;
  readonly #pins: PinDir;
  readonly #objectPath: string;
  /** Why system calls cannot be seen: each is tried once by a process. */
  readonly #refused = new Map<string, string>();
  #bytes: Uint8Array | undefined;
  #build: string | undefined;
  #functions: ReadonlySet<string> | undefined;

  constructor(addon: Addon, pins: PinDir, objectPath: string) {
    this.#addon = addon;
    this.#pins = pins;
    this.#objectPath = objectPath;
  }

  /** Attaches what is missing. Returns the system calls of these that cannot be seen, each with the reason; what is seen already stays. */
  attach(wanted: ReadonlyMap<string, number>): Map<string, string> {
    try {
      for (const batch of this.#batches(this.#missing(wanted))) this.#load(batch);
    } catch (error) {
      // The object or the kernel's types cannot be read: then none of them can be seen.
      for (const name of wanted.keys()) this.#refuse(name, error);
    }
    return new Map([...this.#refused].filter(([name]) => wanted.has(name)));
  }

  /** Detaches all others. */
  keep(wanted: ReadonlySet<string>): void {
    for (const pin of this.#pins.syscallPins()) if (!wanted.has(nameIn(pin))) this.#pins.unpinSyscall(pin);
    for (const name of this.#refused.keys()) if (!wanted.has(name)) this.#refused.delete(name);
  }

  /** Those that nothing of this build is attached to, and that were not refused. */
  #missing(wanted: ReadonlyMap<string, number>): [string, number][] {
    if (wanted.size === 0) return [];
    const pinned = new Set(this.#pins.syscallPins());
    return [...wanted].filter(([name]) => !this.#refused.has(name) && !pinned.has(this.#pinOf(name)));
  }

  /** As many as the object has programs for; what this kernel does not have is refused. */
  #batches(missing: readonly [string, number][]): Trace[][] {
    if (missing.length === 0) return [];
    const batches: Trace[][] = [];
    const programs = this.#programs();
    const free = { enter: [] as string[], leave: [] as string[] };
    for (const [name, number] of missing) {
      if (!this.#known().has(functionOf(name))) {
        this.#refused.set(name, `this kernel has no function ${functionPrefix}${functionOf(name)}`);
        continue;
      }
      const kind = isSeenAtEntry(name) ? "enter" : "leave";
      if (batches.length === 0 || free[kind].length === 0) {
        batches.push([]);
        for (const one of ["enter", "leave"] as const)
          free[one] = programs.filter((program) => program.startsWith(one));
      }
      batches.at(-1)!.push({ name, number, program: free[kind].shift()! });
    }
    return batches;
  }

  /** Loads and attaches these together, or where one is refused each on its own. */
  #load(traces: readonly Trace[]): void {
    const object = this.#addon.objectOpen(this.#read(), "portcullis_sys");
    try {
      this.#choose(object, traces);
      step("NATIVE_LOAD_REFUSED", "loading the programs that see system calls", () => this.#addon.objectLoad(object));
      for (const trace of traces) this.#attach(object, trace);
    } catch (error) {
      if (traces.length > 1) for (const trace of traces) this.#load([trace]);
      else for (const { name } of traces) this.#refuse(name, error);
    } finally {
      this.#addon.close(object);
    }
  }

  #refuse(name: string, error: unknown): void {
    this.#refused.set(name, error instanceof Error ? error.message : String(error));
  }

  #choose(object: BpfObject, traces: readonly Trace[]): void {
    const { programs, maps } = this.#addon.objectDescribe(object);
    const chosen = new Map(traces.map((trace) => [trace.program, trace]));
    for (const { name } of programs) this.#addon.objectAutoload(object, name, chosen.has(name));
    for (const { name } of maps) if (!name.includes(".")) this.#addon.objectPinMap(object, name, this.#pins.map(name));
    for (const { name, program } of traces)
      step("NATIVE_LOAD_REFUSED", `system call ${name}`, () =>
        this.#addon.objectTrace(object, program, functionPrefix + functionOf(name)),
      );
  }

  /** What an earlier build has attached goes when this is there: for a moment both see it, rather than none. */
  #attach(object: BpfObject, { name, number, program }: Trace): void {
    if (this.#pins.syscallPins().includes(this.#pinOf(name))) return;
    const link = step("NATIVE_ATTACH_REFUSED", `system call ${name}`, () =>
      this.#addon.objectAttachTrace(object, program, cookieOf(name, number)),
    );
    try {
      step("NATIVE_KERNEL_REFUSED", `pinning the link of system call ${name}`, () =>
        this.#addon.pin(link, this.#pins.syscall(this.#pinOf(name))),
      );
    } finally {
      this.#addon.close(link);
    }
    for (const pin of this.#pins.syscallPins())
      if (nameIn(pin) === name && pin !== this.#pinOf(name)) this.#pins.unpinSyscall(pin);
  }

  #programs(): string[] {
    const object = this.#addon.objectOpen(this.#read(), "portcullis_sys");
    try {
      return this.#addon.objectDescribe(object).programs.map(({ name }) => name);
    } finally {
      this.#addon.close(object);
    }
  }

  #pinOf(name: string): string {
    this.#build ??= createHash("sha256").update(this.#read()).digest("hex").slice(0, buildLength);
    return `${name}-${this.#build}`;
  }

  #known(): ReadonlySet<string> {
    this.#functions ??= new Set(this.#addon.btfFunctions(btfPath, functionPrefix));
    return this.#functions;
  }

  #read(): Uint8Array {
    this.#bytes ??= readFileSync(this.#objectPath);
    return this.#bytes;
  }
}

const nameIn = (pin: string): string => pin.slice(0, pin.lastIndexOf("-"));
