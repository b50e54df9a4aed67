/** The controller as a library: what tests and other programs may put together themselves. The process is main.ts. */

export { type BuiltBundle, type BundleInput, buildBundle } from "./bundle/bundle.ts";
export { type Config, parseConfig } from "./config.ts";
export { Controller, type ControllerOptions } from "./controller.ts";
export * from "./errors.ts";
export { fieldManager } from "./status/status-writer.ts";
