/**
 * The bus: what travels between the controller, the enforcers and whoever reads alerts, over NATS JetStream. Messages are
 * only package that imports NATS.
 */
export { type AlertJson, alertJson, alertToJson } from "./alert-json.ts";
export type * from "./bus.ts";
export { ALERT_MAX_BYTES, decodeAlert, encodeAlert } from "./codec/alert.ts";
export { decodeBundle, encodeBundle } from "./codec/bundle.ts";
export { decodeNodeStatus, encodeNodeStatus } from "./codec/node-status.ts";
export { decodeRuleSet, encodeRuleSet } from "./codec/rule-set.ts";
export { connect } from "./connect.ts";
export { digestOf } from "./digest.ts";
export * from "./errors.ts";
export { isNatsVariable, type NatsSettings, natsSettings, natsVariables } from "./settings.ts";
export { STORAGE_LIMITS } from "./storage.ts";
export * from "./subjects.ts";
