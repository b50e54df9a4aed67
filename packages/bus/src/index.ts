/**
 * The bus: what travels between the controller, the enforcers and whoever reads alerts, over NATS JetStream. Messages are
 * only package that imports NATS.
 */

export type * from "./bus.ts";
export { defaultStorageLimits } from "./channels/storage.ts";
export * from "./channels/subjects.ts";
export { connect } from "./connect.ts";
export * from "./errors.ts";
export { alertMaxBytes, decodeAlert, encodeAlert } from "./messages/alert.ts";
export { type AlertJson, alertJson, alertToJson } from "./messages/alert-json.ts";
export { decodeBundle, encodeBundle } from "./messages/bundle.ts";
export { digestOf } from "./messages/digest.ts";
export { decodeNodeStatus, encodeNodeStatus } from "./messages/node-status.ts";
export { decodeRuleSet, encodeRuleSet } from "./messages/rule-set.ts";
export { isNatsVariable, type NatsSettings, natsSettings, natsVariables } from "./settings.ts";
