/** The controller as a library: what tests and other programs may put together themselves. The process is main.ts. */

export { type BuiltBundle, type BundleInput, buildBundle } from "./bundle/bundle.ts";
export { type Config, parseConfig } from "./config.ts";
export { App, type AppOptions } from "./controller.ts";
export * from "./errors.ts";
export { FIELD_MANAGER } from "./status/status-writer.ts";
