/**
 * What the kernel decides with an automaton, in TypeScript: the same descent, the same list, the same conditions. Used to explain a
 * verdict, and as the middle one of three that tests compare: the kernel's code, this, and the naive `test/reference.ts`
 * (`packages/enforcer/test/kernel-verdicts.test.ts` and `test/automaton.test.ts`).
 */
import type {
  Automaton,
  AutomatonAddresses,
  AutomatonCategory,
  AutomatonEntry,
  AutomatonState,
  Category,
  Direction,
  PresetName,
} from "@portcullis/model";
import { anyApplet, appletComponent } from "../applets.ts";
import { categories } from "../categories.ts";
import { domainsAbove } from "../domains.ts";
import { ipv6Family, kindOf, type Socket } from "../numbers/sockets.ts";
import { syscallNumber } from "../numbers/syscalls.ts";

/** One operation that a verdict is asked for. */
export interface Query {
  readonly category: Category;
  /**
   * Components from the root; undefined: the object has no name (a pipe, a memfd), so that no rule can match it. A program without a
   * name is not in any allow-list; a file without a name is no concern of file rules at all. Sockets and capabilities have none either.
   */
  readonly path: readonly string[] | undefined;
  /**
   * For file rules read or write. For process rules exec, which starts the program, or map, which maps it executable: then only Block
   * rules count, unless a dynamic loader executes a program in this way: the mapping is the first that the acting program makes.
   * For what has no name, use.
   */
  readonly access: "read" | "write" | "exec" | "map" | "use";
  /** For network rules. */
  readonly socket?: Socket | undefined;
  /** Beside the socket, where it is known whom it is to speak with. Absent: the socket is made. */
  readonly peer?: Peer | undefined;
  /** For rules of capabilities: the kernel's number. */
  readonly capability?: number | undefined;
  /** For rules of DNS: the name that is asked for. */
  readonly domain?: string | undefined;
  /** For rules of system calls: its name; `path` is its path, if it has one. */
  readonly syscall?: string | undefined;
  /** Name of the acting program; undefined: it has none. */
  readonly source: readonly string[] | undefined;
  /** Name of the script that the program was executed for: it counts as a source beside its interpreter. */
  readonly script?: readonly string[] | undefined;
  readonly isOwner: boolean;
  readonly hasTerminal: boolean;
  /** Of an execution: the arguments of the new program, without its own name. Absent: none. */
  readonly args?: readonly string[] | undefined;
  /** Of a multi-call program: the applet that is executed, as its arguments name it. Absent: it may become any. */
  readonly applet?: string | undefined;
  /** What presets mean the operation, in the order in which they are asked. Absent: none. */
  readonly presets?: readonly PresetName[] | undefined;
}

export interface Peer {
  /** Absent: it is still to come, as where a socket is bound or listens. */
  readonly address?: bigint | undefined;
  readonly direction: Direction;
  readonly port: number;
}

export interface Verdict {
  readonly outcome: "allowed" | "denied";
  /** The rule that decided; 0 = none: not covered, or the posture. */
  readonly ruleId: number;
  /** What is reported: the rule's policy (a denial), DefaultPosture, or nothing. */
  readonly report: "none" | "policy" | "posture";
  /** Audit rules to report, most specific first. Empty if the outcome is denied. */
  readonly audits: readonly number[];
}

export function decide(automaton: Automaton, query: Query): Verdict {
  const entries = (query.presets ?? []).flatMap((name) => automaton.lists[automaton.presets?.get(name) ?? 0]!);
  const block = entries.find(({ effect }) => effect === "block");
  if (block) return { outcome: "denied", ruleId: block.ruleId, report: "policy", audits: [] };
  const verdict = decideByName(automaton, query);
  if (verdict.outcome === "denied") return verdict;
  return { ...verdict, audits: [...verdict.audits, ...entries.map(({ ruleId }) => ruleId)] };
}

/** What presets do not decide. */
function decideByName(automaton: Automaton, query: Query): Verdict {
  if (query.category === "file" && query.path === undefined) return notConcerned;
  if (query.category === "network" && numberOf(query) === 0) return notConcerned;
  const { peer, ...made } = query;
  // Nobody is spoken with by a socket that is not there.
  const first = peer && automaton.addresses ? judge(automaton, made) : undefined;
  if (first?.outcome === "denied") return first;
  const verdict = judge(automaton, query);
  if (query.access !== "map" || loadsProgram(query) || verdict.report === "policy") return verdict;
  // If allow-lists counted here, every library would have to be in every list of programs.
  return notConcerned;
}

const notConcerned: Verdict = { outcome: "allowed", ruleId: 0, report: "none", audits: [] };

/** Is the acting program a dynamic loader (a program with the name of a library)? What it maps first is the program that it loads. */
function loadsProgram({ source }: Pick<Query, "source">): boolean {
  return isLibrary(source);
}

/** Is a program executed, by the kernel or by a dynamic loader? */
const isStarted = (query: Query): boolean => query.access === "exec" || (query.access === "map" && loadsProgram(query));

const isLibrary = (path: readonly string[] | undefined): boolean => /\.so(\.|$)/.test(path?.at(-1) ?? "");

function judge(automaton: Automaton, query: Query): Verdict {
  const { allowList, postureBlock } = summaryOf(automaton, query.category);
  const list = automaton.lists[listOf(automaton, query)]!.filter(
    (entry) => isOfCall(entry, query) && isOfPeer(entry, query),
  );
  const sources = new Set([query.source, query.script].flatMap((name) => sourcesOf(automaton, name)));
  const fitting = list.filter((entry) => entry.source === 0 || sources.has(entry.source - 1));
  const violated = (entry: AutomatonEntry) => violates(automaton, entry, query);
  const decider = fitting.find((entry) => entry.effect !== "audit" && !(entry.quiet && violated(entry)));
  const audits = fitting
    .filter((entry) => entry.effect === "audit" && (!conditional(entry) || violated(entry)))
    .map((entry) => entry.ruleId);

  if (decider === undefined) {
    if (!allowList) return { outcome: "allowed", ruleId: 0, report: "none", audits };
    if (postureBlock) return { outcome: "denied", ruleId: 0, report: "posture", audits: [] };
    return { outcome: "allowed", ruleId: 0, report: "posture", audits };
  }
  const denied = decider.effect === "block" ? !conditional(decider) || violated(decider) : violated(decider);
  if (!denied) return { outcome: "allowed", ruleId: decider.ruleId, report: "none", audits };
  return {
    outcome: "denied",
    ruleId: decider.ruleId,
    report: decider.effect === "block" ? "policy" : "posture",
    audits: [],
  };
}

function summaryOf({ categories: summaries }: Automaton, category: Category): AutomatonCategory {
  const onlyReports = { hasRules: true, writeOnly: false, allowList: false, postureBlock: false };
  return category === "syscalls" ? onlyReports : summaries[categories.indexOf(category)]!;
}

/** Lists of paths have the rules of all system calls. */
const isOfCall = ({ syscall }: AutomatonEntry, query: Query): boolean =>
  syscall === undefined || syscall.number === syscallNumber(query.syscall ?? "");

/** Lists of addresses have the rules of all directions, ports and sockets. */
const isOfPeer = ({ peers }: AutomatonEntry, { socket, peer }: Query): boolean =>
  peers === undefined ||
  peer === undefined ||
  (socket !== undefined &&
    (kindOf(socket) & peers.kinds) !== 0 &&
    peers.directions.includes(peer.direction) &&
    peer.port >= peers.first &&
    peer.port <= peers.last);

const conditional = (entry: AutomatonEntry): boolean =>
  entry.readOnly || entry.ownerOnly || entry.noTerminal || entry.argumentSet !== undefined;

const violates = ({ argumentSets }: Automaton, entry: AutomatonEntry, query: Query): boolean =>
  (entry.readOnly && query.access === "write") ||
  (entry.ownerOnly && !query.isOwner) ||
  (entry.noTerminal && query.hasTerminal) ||
  (entry.argumentSet !== undefined && !hasOnly(argumentSets![entry.argumentSet - 1]!, query));

/** Has the program arguments, and each of them is in the list? What is mapped has none of its own. */
const hasOnly = (allowed: readonly string[], { access, args = [] }: Query): boolean =>
  access === "exec" && args.length > 0 && args.every((one) => allowed.includes(one));

/** The list that applies to the object; 0: none. */
function listOf(automaton: Automaton, query: Query): number {
  const { numbered } = automaton;
  if (query.category === "syscalls") return listOfCall(automaton, query);
  if (query.peer && automaton.addresses) return listOfPeer(automaton.addresses, query.peer, query.socket);
  if (query.category === "network" || query.category === "capabilities")
    return numbered?.[query.category].get(numberOf(query)) ?? 0;
  if (query.category === "dns") return listOfDomain(automaton, query);
  if (query.path !== undefined) return listAt(automaton, query.path, categories.indexOf(query.category), query);
  return isStarted(query) ? (automaton.nameless ?? 0) : 0;
}

function listOfPeer({ ranges, unknown }: AutomatonAddresses, { address }: Peer, socket: Socket | undefined): number {
  if (address === undefined) return unknown[Number(socket?.family === ipv6Family)]!;
  return ranges.findLast(({ first }) => first <= address)!.list;
}

function listOfDomain({ domains }: Automaton, { domain }: Query): number {
  const known = domainsAbove(domain ?? "").find((above) => domains?.has(above));
  return (known !== undefined && domains?.get(known)) || 0;
}

function listOfCall(automaton: Automaton, { syscall = "", path }: Query): number {
  const number = syscallNumber(syscall) ?? -1;
  if (path === undefined || !automaton.syscalls?.withPaths.has(number))
    return automaton.syscalls?.lists.get(number) ?? 0;
  const { state, left } = descend(automaton, path);
  return state.syscalls?.[Math.min(left, 2)] ?? 0;
}

/** The number by which the kernel knows an object without a name. */
const numberOf = ({ socket, capability }: Query): number => (socket ? kindOf(socket) : (capability ?? 0));

function listAt(automaton: Automaton, path: readonly string[], category: number, query: Query): number {
  const { state, left } = descendToApplet(automaton, path, query);
  return (left === 0 ? state.exact : left === 1 ? state.child : state.below)[category]!;
}

/** The sources that a program or script of this name is. */
function sourcesOf(automaton: Automaton, name: readonly string[] | undefined): readonly number[] {
  if (name === undefined) return [];
  const { state, left } = descend(automaton, name);
  return automaton.sourceSets[left === 0 ? state.sourceExact : left === 1 ? state.sourceChild : state.sourceBelow]!;
}

/** The same, and from a multi-call program that is executed or mapped on to its applet, if that has a state. */
function descendToApplet(automaton: Automaton, path: readonly string[], { category, access, applet }: Query) {
  const found = descend(automaton, path);
  if (!automaton.hasApplets || category !== "process" || found.left > 0) return found;
  const { edges } = found.state;
  if (!edges.has(anyApplet)) return found;
  const next = edges.get(access === "exec" && applet !== undefined ? appletComponent(applet) : anyApplet);
  return next === undefined ? found : { state: automaton.states[next]!, left: 0 };
}

/** The last state on the way, and how many components are left there. */
function descend(automaton: Automaton, path: readonly string[]) {
  let state = automaton.states[0]!;
  for (const [i, component] of path.entries()) {
    const next = state.edges.get(component) ?? state.any ?? byGlob(automaton, state, component);
    if (next === undefined) return { state, left: path.length - i };
    state = automaton.states[next]!;
  }
  return { state, left: 0 };
}

/** Where the rows lead to for a component without an edge. */
function byGlob({ globs }: Automaton, { glob }: AutomatonState, component: string): number | undefined {
  if (!globs || !glob) return undefined;
  let row = glob.row;
  for (const byte of Buffer.from(component)) row = globs.rows[row]![globs.columns[byte]!]!;
  return glob.classes.get(globs.rows[row]![0]!);
}
