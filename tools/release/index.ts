/** The door of tools/release: the registry for tests that release to one. */
export { startTestRegistry, type TestRegistry } from "./test-registry.ts";
