/**
 * Who imports whom. Rooms stand on floors, and an import goes to a lower floor or stays in its room: so there is no arrow up and no
 * circle. A package is entered by its door, the `exports` of its package.json, and `e2e/cluster` by its index.ts. Circles between files of one room
 * are biome's to find (`noImportCycles`).
 */
import { dirname, join, normalize } from "node:path";
import { parseSync } from "oxc-parser";
import { isScript, isTest, type Repository, roomOf } from "./sources.ts";

/** From the ground up. A room may import rooms of every lower floor. */
const floors: readonly (readonly string[])[] = [
  ["api", "model", "daemon"],
  ["policy", "bus", "kube", "native"],
  ["controller", "enforcer", "cli"],
  ["tools/processes"],
  ["tools/setup", "tools/checks"],
  ["tools/images"],
  ["tools/release"],
  ["e2e/fixtures"],
  ["e2e/cluster"],
  ["e2e/conformance", "e2e/bench", "e2e/mutants", "e2e/demo", "e2e/scale"],
  ["e2e/tests"],
  ["tools/verbs"],
  ["tools", "e2e"],
];

export interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** As it stands in the file. */
  readonly specifier: string;
  /** The file it leads to, where the specifier is a path. */
  readonly target: string | undefined;
}

/** Every import, type import and re-export that leaves its room. */
export function importsBetweenRooms(repository: Repository): Import[] {
  return repository.files.filter(isScript).flatMap((file) => {
    const from = roomOf(file);
    if (from === undefined) return [];
    return specifiersOf(file, repository.text(file)).flatMap((specifier) => {
      const target = specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : undefined;
      const to = target === undefined ? roomOfPackage(specifier) : roomOf(target);
      return to === undefined || to === from ? [] : [{ file, from, to, specifier, target }];
    });
  });
}

function specifiersOf(file: string, text: string): string[] {
  const { module } = parseSync(file, text);
  const exported = module.staticExports.flatMap(({ entries }) => entries.map((entry) => entry.moduleRequest?.value));
  const dynamic = module.dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start, moduleRequest.end));
  const literal = dynamic.filter((source) => /^["'`][^$]*["'`]$/.test(source)).map((source) => source.slice(1, -1));
  const all = [...module.staticImports.map(({ moduleRequest }) => moduleRequest.value), ...exported, ...literal];
  return [...new Set(all.filter((specifier) => specifier !== undefined))];
}

function roomOfPackage(specifier: string): string | undefined {
  const found = /^@portcullis\/([^/]+)(?:\/(.+))?$/.exec(specifier);
  if (!found) return undefined;
  const [, name, door] = found;
  if (name !== "tools" && name !== "e2e") return name;
  return door === undefined ? name : `${name}/${door.split("/")[0]}`;
}

/** What is wrong with them, one sentence each. */
export function importFaults(imports: readonly Import[]): string[] {
  return imports.flatMap((one) => [...arrowFault(one), ...doorFault(one)]);
}

const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room));

function arrowFault({ file, from, to, specifier }: Import): string[] {
  const [above, below] = [floorOf(from), floorOf(to)];
  if (above < 0 || below < 0)
    return [`${file}: the room ${above < 0 ? from : to} stands on no floor: add it to tools/checks/imports.ts`];
  if (below < above) return [];
  return [`${file}: ${from} imports ${to} ("${specifier}"), which is not below it`];
}

function doorFault({ file, from, to, specifier, target }: Import): string[] {
  if (target === undefined) return []; // Node and the compiler refuse what a package does not export
  const sameHouse = ["tools", "e2e"].includes(from.split("/")[0] ?? "") && from.split("/")[0] === to.split("/")[0];
  if (!sameHouse) return [`${file}: "${specifier}" goes past the door of ${to}: import the package by its name`];
  if (to === "e2e/cluster" && target !== "e2e/cluster/index.ts")
    return [`${file}: "${specifier}" goes past the door of e2e/cluster: import its index.ts`];
  return [];
}

/** A picture of the rooms, without what tests alone import, in Mermaid. Arrows that follow from others are left out. */
export function drawImports(imports: readonly Import[]): string {
  const arrows = new Map<string, Set<string>>();
  for (const { file, from, to } of imports) {
    const down = floorOf(to) < floorOf(from); // what goes up is a fault, and would send the drawing round in circles
    if (isTest(file) || from === "e2e/tests" || !down) continue;
    arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  }
  const rooms = floors.flat().filter((room) => arrows.has(room) || [...arrows.values()].some((to) => to.has(room)));
  const lines = rooms.map((room) => `  ${idOf(room)}["${room}"]`);
  for (const from of rooms)
    for (const to of [...(arrows.get(from) ?? [])].sort())
      if (!follows(arrows, from, to)) lines.push(`  ${idOf(from)} --> ${idOf(to)}`);
  return ["flowchart TD", ...lines].join("\n");
}

const idOf = (room: string): string => room.replaceAll("/", "_");

/** Does `from` reach `to` by way of another room? */
function follows(arrows: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const others = [...(arrows.get(from) ?? [])].filter((room) => room !== to);
  return others.some((room) => reaches(arrows, room, to));
}

function reaches(arrows: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  return [...(arrows.get(from) ?? [])].some((room) => room === to || reaches(arrows, room, to));
}
