/** Whether an automaton holds together, asked before it is packed: the kernel follows its numbers without asking again. */
import type { Automaton, AutomatonState } from "@portcullis/model";
import { pc_limit } from "../abi/enums.ts";
import { PackError } from "../errors.ts";
import { checkAddresses } from "./addresses.ts";
import { checkGlobs } from "./globs.ts";
import { dnsIndex } from "./summary.ts";

/** Numbers of objects are below it: they are keys in the kernel as component hashes are. */
const unnumbered = 0x1_0000_0000;

/** Throws IMAGE_INVALID, which names the field that contradicts the rest. */
export function checkAutomaton(automaton: Automaton): void {
  const { states, categories } = automaton;
  if (states.length === 0) throw PackError.invalid("states", "empty", "the root state is missing");
  if (categories.length !== dnsIndex + 1)
    throw PackError.invalid("categories", categories.length, `expected ${dnsIndex + 1}, those that can deny`);
  for (const [index, state] of states.entries()) {
    checkEdges(automaton, state, `states[${index}].edges`);
    checkReferences(automaton, state, `states[${index}]`);
  }
  const { lists, nameless = 0 } = automaton;
  if (nameless !== 0 && !lists[nameless]?.length) throw PackError.invalid("nameless", nameless, "no such list");
  for (const [name, list] of automaton.presets ?? [])
    if (!lists[list]?.length) throw PackError.invalid(`presets.${name}`, list, "no such list");
  checkNumbered(automaton);
  for (const [domain, list] of automaton.domains ?? [])
    if (!lists[list]?.length) throw PackError.invalid("domains", `${domain}: ${list}`, "no such list");
  checkSyscalls(automaton);
  checkSources(automaton);
  checkArguments(automaton);
  checkGlobs(automaton);
  checkAddresses(automaton);
}

/** What an applet of a multi-call program has before its name; alone it is any of them. */
const applet = /^\0{8}/;

function checkEdges({ states }: Automaton, { edges }: AutomatonState, field: string): void {
  for (const [name, next] of edges) {
    const component = name.replace(applet, "");
    if ((component === "" && component === name) || component.includes("/") || component.includes("\0"))
      throw PackError.invalid(field, JSON.stringify(name), "not a path component");
    if (!(next > 0 && next < states.length)) throw PackError.invalid(field, next, "no such state");
  }
}

function checkReferences({ lists, sourceSets }: Automaton, state: AutomatonState, field: string): void {
  for (const list of [...state.exact, ...state.child, ...state.below, ...(state.syscalls ?? [])])
    if (list !== 0 && !lists[list]?.length) throw PackError.invalid(field, list, "no such list");
  for (const set of [state.sourceExact, state.sourceChild, state.sourceBelow])
    if (set !== 0 && !sourceSets[set]) throw PackError.invalid(field, set, "no such source set");
}

function checkNumbered({ numbered, lists }: Automaton): void {
  for (const [category, objects] of Object.entries(numbered ?? {}))
    for (const [number, list] of objects)
      if (!lists[list]?.length || number >= unnumbered)
        throw PackError.invalid(
          `numbered.${category}`,
          `${number}: ${list}`,
          "no such list, or no number of an object",
        );
}

/** The kernel keeps a number in 16 bits beside the errno. */
const mostSyscall = 0xffff;

function checkSyscalls({ syscalls, lists }: Automaton): void {
  for (const [number, list] of syscalls?.lists ?? [])
    if (!lists[list]?.length || number > mostSyscall)
      throw PackError.invalid("syscalls", `${number}: ${list}`, "no such list, or no number of a system call");
}

function checkArguments({ lists, argumentSets = [] }: Automaton): void {
  if (argumentSets.length > pc_limit.PC_ARGUMENT_SETS)
    throw PackError.invalid("argumentSets", argumentSets.length, `more than ${pc_limit.PC_ARGUMENT_SETS}`);
  for (const [index, list] of lists.entries())
    for (const { argumentSet } of list)
      if (argumentSet !== undefined && argumentSets[argumentSet - 1] === undefined)
        throw PackError.invalid(`lists[${index}].argumentSet`, argumentSet, "no such set of arguments");
}

function checkSources({ lists, sourceSets, sources }: Automaton): void {
  for (const [index, list] of lists.entries())
    for (const { source } of list)
      if (source > sources) throw PackError.invalid(`lists[${index}].source`, source, "no such source");
  for (const [index, set] of sourceSets.entries())
    for (const source of set)
      if (!(source >= 0 && source < sources)) throw PackError.invalid(`sourceSets[${index}]`, source, "no such source");
}
