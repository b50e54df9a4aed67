/** The door of tools/processes: the one way in which tools and e2e run other programs. */
export { Commands } from "./commands.ts";
export { CommandError } from "./errors.ts";
export { type RunningProgram, RunningPrograms } from "./running-programs.ts";
