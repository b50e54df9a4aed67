/** The door of tools/release, for tests that install what was released. */
export type { Released } from "./release.ts";
export { startTestRegistry, type TestRegistry } from "./test-registry.ts";
