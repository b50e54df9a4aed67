/**
 * What tests above this package need in order to compare the kernel's verdicts with what rules mean: `@portcullis/native/testing`.
 * The engine's own code is loaded into the running kernel and asked, operation by operation (verdicts.bpf.c says how).
 * Long because it is one stage: what is set on it and what is asked there belong together.
 */
import { pc_hook, pc_host } from "../src/abi/enums.ts";
import { pc_kind, pc_kind_key, pc_settings } from "../src/abi/structs.ts";
import { type Addon, BPF_F_INNER_MAP, type BpfMap, type BpfProgram, loadAddon, mapTypes } from "../src/addon.ts";
import { decodeBatch } from "../src/events/decode.ts";
import type { EventRing, KernelEvent } from "../src/events/kernel-event.ts";
import { cgroupKey, firstKey, indexKey } from "../src/keys.ts";
import type { HashSeed } from "../src/pack/hash.ts";
import type { RuleTable } from "../src/pack/rule-table.ts";
import { loadTestObject, objectPath, whyNoBpf } from "./kernel.ts";

export { componentHash } from "../src/pack/hash.ts";
export { cookieOf, functionOf, functionPrefix, isSeenAtEntry } from "../src/trace/name-arguments.ts";

/** Names are components from the root. undefined: there is no name. */
type Name = readonly (string | Uint8Array)[];

/** One operation that the kernel is asked about. */
export interface Operation {
  /**
   * `write` changes the object's mode; `open-to-write` opens it for writing. `socket` makes one, `made` is asked when it is there, `connect`
   * connects one that exists; `capable` uses a capability; `syscall` is a system call that has returned.
   */
  readonly access:
    | "read"
    | "write"
    | "open-to-write"
    | "exec"
    | "map"
    | "socket"
    | "made"
    | "connect"
    | "capable"
    | "syscall"
    | "dns"
    | "speak";
  readonly object: Name | undefined;
  /** The acting program. One without a name is taken to be the running one: the kernel asks the task which file it runs. */
  readonly program: Name | undefined;
  readonly script?: Name | undefined;
  readonly isOwner: boolean;
  readonly hasTerminal: boolean;
  /** Of an execution: the arguments of the new program, without its own name. */
  readonly args?: readonly string[] | undefined;
  /** … and what it is called instead, before them. */
  readonly called?: string | undefined;
  readonly socket?: { readonly family: number; readonly type: number; readonly protocol: number } | undefined;
  readonly capability?: number | undefined;
  /** By its number, with its name as the task wrote it, if it has one, and what that is relative to. */
  readonly syscall?:
    | { readonly number: number; readonly result?: number; readonly text?: string; readonly descriptor?: number }
    | undefined;
  /** What is sent to a server of DNS: a datagram, or what is sent at once by TCP. */
  readonly message?: { readonly bytes: Uint8Array; readonly isStream: boolean } | undefined;
  /** Whom a socket speaks with. Without an address that is still to come. */
  readonly peer?:
    | { readonly address?: bigint | undefined; readonly port: number; readonly direction: "egress" | "ingress" }
    | undefined;
  /** The stub has not seen who acts, so that the body has to find it out, and judges in the way that is always there. */
  readonly isUnseen?: boolean;
  /** What is known of the socket already, as an answer says it. */
  readonly judged?: bigint;
  /** The bytes of the object's last component cannot be read. */
  readonly unreadable?: boolean;
}

/** What the kernel returned, and what it reported. */
export interface KernelAnswer {
  readonly denied: boolean;
  readonly events: readonly KernelEvent[];
  /** What is to be known of the socket from now on; 0: nothing new. */
  readonly judged: bigint;
  /** Of a message: it may leave as it is, when the same has sent it. */
  readonly leaves?: boolean;
}

type Hooked = Exclude<Operation["access"], "syscall" | "dns" | "speak">;
const hooks: Readonly<Record<Hooked, number>> = {
  read: pc_hook.PC_HOOK_file_open,
  write: pc_hook.PC_HOOK_path_chmod,
  "open-to-write": pc_hook.PC_HOOK_file_open,
  exec: pc_hook.PC_HOOK_bprm_check_security,
  map: pc_hook.PC_HOOK_mmap_file,
  socket: pc_hook.PC_HOOK_socket_create,
  made: pc_hook.PC_HOOK_socket_post_create,
  connect: pc_hook.PC_HOOK_socket_connect,
  capable: pc_hook.PC_HOOK_capable,
};
/** Those of the operations whose objects have no names. */
const numbered: ReadonlySet<string> = new Set(["socket", "made", "connect", "capable"]);
/** Which of an operation's names a call is about: `enum about` of verdicts.bpf.c. */
const about = { program: 0, script: 1, object: 2 };
const slots = { rules: 5, empty: 6 };
const denials: readonly number[] = [-13, -1];
const wholeBatch = 1 << 20;
/** The room that a case has for an argument. */
const argumentSize = 512;

/** Why the kernel here cannot be asked; undefined when it can: it must let a program give a type to an address (6.2). */
export function whyNoKernelVerdicts(): string | undefined {
  const castable = () => loadAddon().btfFunctions("/sys/kernel/btf/vmlinux", "bpf_rdonly_cast").includes("");
  return whyNoBpf() ?? (castable() ? undefined : "this kernel has no bpf_rdonly_cast: 6.2 is the first that has it");
}

/** A copy of the engine's code in the kernel, with maps of its own, that judges what this process is made to do. */
export class KernelVerdicts {
  readonly #addon: Addon = loadAddon();
  readonly #object = loadTestObject(this.#addon, "verdicts");
  readonly #maps = new Map<string, BpfMap>();
  readonly #programs = new Map<string, BpfProgram>();
  readonly #layout = new Layout(this.#addon);
  readonly #events: KernelEvent[] = [];
  readonly #rings = (["denials", "audits", "logs"] as const).map((name) => this.#openRing(name));

  readonly #slot: number;

  /** `empty`: a rule table without rules; `ofHost`: it judges what this process does as the host's, in the host's slot. */
  constructor(seed: HashSeed, empty: RuleTable, { ofHost = false } = {}) {
    this.#slot = ofHost ? pc_host.PC_HOST_SLOT : slots.rules;
    if (ofHost)
      this.#addon.mapUpdate(this.#map("cgroups"), cgroupKey(BigInt(pc_host.PC_HOST_CGROUP)), indexKey(this.#slot), 0);
    const settings = pc_settings.encode({ hash_seed: [...seed] });
    this.#addon.mapUpdate(this.#map("settings"), firstKey, settings, 0);
    this.#put(slots.empty, empty);
  }

  setRules(table: RuleTable): void {
    this.#put(this.#slot, table);
  }

  /** Has the kernel judge one operation. Throws when it could not be asked. */
  ask(operation: Operation): KernelAnswer {
    this.#stage(operation);
    this.#becomeActor(operation);
    if (operation.access === "exec") this.#mustPass(pc_hook.PC_HOOK_bprm_creds_for_exec, about.object);
    if (operation.access === "syscall") return this.#see(operation);
    if (operation.access === "dns") return this.#send();
    if (operation.access === "speak") return this.#speak();
    const returned = numbered.has(operation.access)
      ? this.#run("pass_on_number", hooks[operation.access], Number(!operation.isUnseen))
      : this.#run("pass_on", hooks[operation.access], about.object);
    if (returned !== 0 && returned !== denials[Number(operation.access === "capable")])
      throw new Error(`the kernel was not asked: ${returned}`);
    for (const ring of this.#rings) this.#addon.ringDrain(ring);
    this.#forgetKinds();
    return { denied: returned !== 0, events: this.#events.splice(0), judged: this.#read("judged") };
  }

  #see({ syscall = { number: 0 } }: Operation): KernelAnswer {
    const places = (syscall.text === undefined ? 0 : 1) | (syscall.descriptor === undefined ? 0 : 2 << 4);
    if (this.#run("see_syscall", syscall.number | (places << 16)) !== 0) throw new Error("the kernel was not asked");
    for (const ring of this.#rings) this.#addon.ringDrain(ring);
    this.#forgetKinds();
    return { denied: false, events: this.#events.splice(0), judged: 0n };
  }

  #speak(): KernelAnswer {
    const returned = this.#run("speak");
    if (returned !== 0 && returned !== denials[0]) throw new Error(`the kernel was not asked: ${returned}`);
    for (const ring of this.#rings) this.#addon.ringDrain(ring);
    this.#forgetKinds();
    return { denied: returned !== 0, events: this.#events.splice(0), judged: 0n };
  }

  #send(): KernelAnswer {
    const returned = this.#run("send_message");
    if (returned !== 0 && returned !== denials[0]) throw new Error(`the kernel was not asked: ${returned}`);
    for (const ring of this.#rings) this.#addon.ringDrain(ring);
    this.#forgetKinds();
    const leaves = this.#read("leaves") !== 0n;
    return { denied: returned !== 0, events: this.#events.splice(0), judged: 0n, leaves };
  }

  /** A component's hash as the kernel computes it: of a name in a dentry, and of a name of any length. */
  hash(component: Uint8Array): { fromDentry: bigint; ofAnyLength: bigint } {
    this.#stage({ access: "read", object: [component], program: [], isOwner: true, hasTerminal: false });
    if (this.#run("ask_hash") !== 0) throw new Error("the kernel was not asked");
    return { fromDentry: this.#read("inline_hash"), ofAnyLength: this.#read("long_hash") };
  }

  /** A member of the case, as the kernel has left it. */
  #read(member: string): bigint {
    const { buffer, byteOffset } = this.#addon.mapLookup(this.#map("stage"), firstKey)!;
    return new DataView(buffer, byteOffset).getBigUint64(this.#layout.offset(`staged_case.${member}`), true);
  }

  close(): void {
    for (const ring of this.#rings) this.#addon.close(ring);
    this.#addon.close(this.#object);
  }

  /**
   * Makes this process the actor that is asked for, as a container runtime would: it executes the script, if there is one, and its
   * program. Nothing forbids that, because the rule table is an empty one meanwhile.
   */
  #becomeActor({ script }: Operation): void {
    this.#run("become", slots.empty);
    this.#mustPass(pc_hook.PC_HOOK_bprm_creds_for_exec, about.program);
    if (script !== undefined) this.#mustPass(pc_hook.PC_HOOK_bprm_check_security, about.script);
    this.#mustPass(pc_hook.PC_HOOK_bprm_check_security, about.program);
    this.#mustPass(pc_hook.PC_HOOK_bprm_committed_creds, about.program);
    this.#run("become", this.#slot);
  }

  #mustPass(hook: number, name: number): void {
    const returned = this.#run("pass_on", hook, name);
    if (returned !== 0) throw new Error(`the stage could not be set: hook ${hook} returned ${returned}`);
  }

  /** So that what is asked again is an event again. */
  #forgetKinds(): void {
    const pair = pc_kind_key.size + pc_kind.size;
    for (const bank of ["kinds_a", "logged_a"]) {
      const kinds = this.#addon.mapEntries(this.#map(bank));
      for (let at = 0; at < kinds.length; at += pair)
        this.#addon.mapDelete(this.#map(bank), kinds.slice(at, at + pc_kind_key.size));
    }
  }

  #openRing(name: EventRing) {
    return this.#addon.ringOpen(this.#map(name), wholeBatch, wholeBatch, (records, count) => {
      const { events, malformed } = decodeBatch(records, count, name);
      if (malformed > 0) throw new Error(`${malformed} malformed events`);
      this.#events.push(...events);
    });
  }

  #put(slot: number, { elements, data }: RuleTable): void {
    const inner = this.#addon.mapCreate(
      "pc_rule_table",
      mapTypes.array,
      4,
      data.length / elements,
      elements,
      BPF_F_INNER_MAP,
    );
    this.#addon.mapFill(inner, 0, data);
    this.#addon.mapSetHandle(this.#map("slots"), indexKey(slot), inner);
    this.#addon.close(inner);
  }

  #stage(operation: Operation): void {
    const { access, object, program, script, isOwner, hasTerminal, unreadable = false } = operation;
    const { syscall = { number: 0 } } = operation;
    const { socket = { family: 0, type: 0, protocol: 0 }, capability = 0, judged = 0n } = operation;
    const bytes = new Uint8Array(this.#layout.size("staged_case"));
    const view = new DataView(bytes.buffer);
    const words = {
      is_owner: Number(isOwner),
      has_terminal: Number(hasTerminal),
      for_writing: Number(access === "open-to-write"),
      unreadable: Number(unreadable),
      capability,
      descriptor: syscall.descriptor ?? 0,
      ...socket,
    };
    const { peer = { address: 0n, port: 0, direction: "egress" } } = operation;
    Object.assign(words, {
      peer_port: peer.port,
      ingress: Number(peer.direction === "ingress"),
      unknown: Number(peer.address === undefined),
    });
    view.setBigUint64(this.#layout.offset("staged_case.peer_high"), (peer.address ?? 0n) >> 64n, true);
    view.setBigUint64(this.#layout.offset("staged_case.peer_low"), BigInt.asUintN(64, peer.address ?? 0n), true);
    for (const [member, word] of Object.entries(words))
      view.setUint32(this.#layout.offset(`staged_case.${member}`), word, true);
    view.setBigUint64(this.#layout.offset("staged_case.judged"), judged, true);
    view.setBigInt64(this.#layout.offset("staged_case.result"), BigInt(syscall.result ?? 0), true);
    bytes.set(Buffer.from(syscall.text ?? ""), this.#layout.offset("staged_case.text"));
    const args = [operation.called ?? "program", ...(operation.args ?? [])];
    view.setUint32(this.#layout.offset("staged_case.argument_count"), args.length, true);
    for (const [index, one] of args.entries())
      bytes.set(Buffer.from(one), this.#layout.offset("staged_case.arguments") + index * argumentSize);
    const { message = { bytes: new Uint8Array(), isStream: false } } = operation;
    bytes.set(message.bytes, this.#layout.offset("staged_case.message"));
    view.setUint32(this.#layout.offset("staged_case.message_length"), message.bytes.length, true);
    view.setUint32(this.#layout.offset("staged_case.is_stream"), Number(message.isStream), true);
    for (const [member, name] of Object.entries({ object, program, script }))
      this.#stageName(bytes, view, this.#layout.offset(`staged_case.${member}`), name);
    this.#addon.mapUpdate(this.#map("stage"), firstKey, bytes, 0);
  }

  #stageName(bytes: Uint8Array, view: DataView, at: number, name: Name | undefined): void {
    const components = (name ?? ["memfd:it"]).map((one) => (typeof one === "string" ? Buffer.from(one) : one));
    const size = this.#layout.size("staged_text");
    view.setUint32(at + this.#layout.offset("staged_name.depth"), name?.length ?? 0, true);
    view.setUint32(at + this.#layout.offset("staged_name.pathless"), Number(name === undefined), true);
    for (const [index, component] of components.entries()) {
      const text = at + this.#layout.offset("staged_name.components") + index * size;
      view.setUint32(text + this.#layout.offset("staged_text.length"), component.length, true);
      bytes.set(component, text + this.#layout.offset("staged_text.bytes"));
    }
  }

  #map(name: string): BpfMap {
    const known = this.#maps.get(name) ?? this.#addon.objectMap(this.#object, name);
    this.#maps.set(name, known);
    return known;
  }

  /** The program's return value, which is signed in the kernel. */
  #run(name: string, ...context: number[]): number {
    const program = this.#programs.get(name) ?? this.#addon.objectProgram(this.#object, name);
    this.#programs.set(name, program);
    return this.#addon.programRun(program, new Uint8Array(BigUint64Array.from(context, BigInt).buffer), 1) | 0;
  }
}

/** Where the members of the structs of verdicts.bpf.c are, as they were compiled. */
class Layout {
  readonly #sizes = new Map<string, number>();
  readonly #offsets = new Map<string, number>();

  constructor(addon: Addon) {
    for (const { name, size, members } of addon.btfTypes(objectPath("verdicts"), "staged_").structs) {
      this.#sizes.set(name, size);
      for (const member of members) this.#offsets.set(`${name}.${member.name}`, member.offset);
    }
  }

  size(struct: string): number {
    return this.#sizes.get(struct)!;
  }

  /** `struct.member` */
  offset(place: string): number {
    return this.#offsets.get(place)!;
  }
}
