/** What each preset forbids, as objects of rules. */
import type { Category, Match, PresetName } from "@portcullis/model";

interface PresetObject {
  readonly category: Category;
  readonly match: Match;
}

const more = (category: Category, preset: PresetName): PresetObject => ({
  category,
  match: { kind: "preset", preset },
});
const program = (match: Match): PresetObject => ({ category: "process", match });

/** Where memory is shared by name, files are no more than memory. */
const objects: Readonly<Record<string, readonly PresetObject[]>> = {
  filelessExec: [
    program({ kind: "fileless" }),
    program({ kind: "directory", dir: "/dev/shm/", recursive: true }),
    program({ kind: "directory", dir: "/run/shm/", recursive: true }),
  ],
  anonymousMapExec: [more("process", "anonymousMapExec")],
  exec: [more("process", "exec")],
  imageOnly: [more("process", "imageOnly")],
  protectEnv: [more("file", "protectEnv")],
  protectProc: [more("file", "protectProc")],
};

/** Where the rules of a preset come from: there is no name in the policy. */
export const originOfPreset = (index: number): string => `spec.presets[${index}]`;
export const isOfPreset = ({ origin }: { readonly origin: string }): boolean => origin.startsWith("spec.presets[");

/** undefined: no preset has this name. */
export function objectsOfPreset(name: string): readonly PresetObject[] | undefined {
  return Object.hasOwn(objects, name) ? objects[name] : undefined;
}
