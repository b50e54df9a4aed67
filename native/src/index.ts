/** The typed face of the kernel engine: everything other packages may use of it. */
export type {
  EngineOptions,
  EventRing,
  Image,
  KernelEvent,
  KernelProblem,
  KernelSupport,
} from "./types.ts";
