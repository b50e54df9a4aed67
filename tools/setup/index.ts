/** The door of tools/setup: what those who contribute steps need, and those who use what the steps make. */
export { messageOf, SetupError } from "../processes/errors.ts";
export {
  type Artifacts,
  artifacts,
  cacheDirectory,
  type GoProgram,
  productImages,
  repository,
} from "./artifacts.ts";
export { dependency, fetchOnly, fetchWithDepends, keyring, sources } from "./debian-suite.ts";
export { lock } from "./lock.mjs";
export { filesBelow, fingerprint } from "./stamp.ts";
export type { Step, StepContext } from "./step.ts";
