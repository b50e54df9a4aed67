/** What tests of other packages need of this one: `@portcullis/bus/testing`. */
export { exampleAlert, exampleContainer, exampleRuleSet, exampleStatus } from "./examples.ts";
export { type NatsCluster, startNatsCluster } from "./nats-cluster.ts";
export { findBinary, type NatsServer, startNatsServer } from "./nats-server.ts";
export { startTlsServer, systemLogin, type TlsServer } from "./tls-bed.ts";
