/**
 * Patterns that are directories in disguise (all of a folder, everything below it) lead by any component to a state from which
 * nothing else is reached. The `child` and `below` lists of the state before say the same, and the kernel stops there as it does for a directory.
 * Sources are no matter here: no pattern is one, so that a state of patterns has those of the state before.
 */
import type { AutomatonState } from "@portcullis/model";

type Draft = { -readonly [K in keyof AutomatonState]: AutomatonState[K] };

/** The states with such detours taken out, without those that nothing leads to any more. The first `places` keep their numbers. */
export function withoutDetours(states: Draft[], places: number): AutomatonState[] {
  for (let changed = true; changed; ) {
    changed = false;
    // What is made later lies behind what was made before, nearly always.
    for (let index = states.length - 1; index >= 0; index--) changed = shorten(states, index) || changed;
  }
  return reached(states, places);
}

function shorten(states: Draft[], index: number): boolean {
  const state = states[index]!;
  if (state.any === undefined) return false;
  const next = states[state.any]!;
  if (next.edges.size > 0 || next.glob !== undefined) return false;
  if (next === state) Object.assign(state, { child: state.exact, below: state.exact, any: undefined });
  else if (next.any === undefined && isEven(next))
    Object.assign(state, { child: next.exact, below: next.child, any: undefined });
  else return false;
  return true;
}

/** Are its children and what is deeper treated alike? */
const isEven = ({ child, below }: Draft): boolean => child[0] === below[0] && child[1] === below[1];

function reached(states: readonly Draft[], places: number): AutomatonState[] {
  const numbers = new Map<number, number>();
  const order: number[] = [];
  const visit = (index: number) => {
    if (numbers.has(index)) return;
    numbers.set(index, order.length);
    order.push(index);
  };
  for (let index = 0; index < places; index++) visit(index);
  for (let at = 0; at < order.length; at++) for (const next of nextOf(states[order[at]!]!)) visit(next);
  const renumber = (index: number): number => numbers.get(index)!;
  return order.map((index) => {
    const { any, glob, edges, ...rest } = states[index]!;
    return {
      ...rest,
      edges: new Map([...edges].map(([name, next]) => [name, renumber(next)])),
      ...(any === undefined ? {} : { any: renumber(any) }),
      ...(glob === undefined
        ? {}
        : { glob: { row: glob.row, classes: new Map([...glob.classes].map(([c, next]) => [c, renumber(next)])) } }),
    };
  });
}

function nextOf({ edges, any, glob }: Draft): number[] {
  return [...edges.values(), ...(any === undefined ? [] : [any]), ...(glob?.classes.values() ?? [])];
}
