/** The typed face of the kernel engine: everything other packages may use of it. */
export { Engine } from "./engine.ts";
export { NativeError, type NativeErrorCode } from "./errors.ts";
export {
  PackError,
  type PackOptions,
  packRules,
  withTableId,
} from "./image.ts";
export { type ProbeOptions, probe } from "./probe.ts";
export type {
  EngineOptions,
  EventRing,
  RuleTable,
  KernelEvent,
  KernelProblem,
  KernelSupport,
} from "./types.ts";
