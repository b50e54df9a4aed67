/** What tests of other packages need of this one: `@portcullis/bus/testing`. */
export { exampleAlert } from "./examples.ts";
export { findBinary, type NatsServer, startNatsServer } from "./nats-server.ts";
