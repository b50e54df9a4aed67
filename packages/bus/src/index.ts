/**
 * The bus: what travels between the controller, the enforcers and whoever reads alerts, over NATS JetStream. `connect` gives a `Bus`.
 * Messages are types of `@portcullis/model`; here are their bytes, the places where they lie, and the only import of the NATS client.
 */
export type {
  AlertReceipt,
  AlertStreamState,
  BundleContent,
  BundleVersion,
  Bus,
  ConnectOptions,
  DeliveredAlert,
  LastBundle,
  NodeLogin,
  StorageLimits,
  TlsOptions,
} from "./bus.ts";
export { compareVersions, refuses } from "./channels/bundles.ts";
export { buckets, toToken } from "./channels/subjects.ts";
export { connect } from "./connect.ts";
export { presents } from "./connection/renew-certificate.ts";
export { LoginKey } from "./identity/login-key.ts";
export { nodePermissions } from "./identity/node-permissions.ts";
export { decodeAlert, encodeAlert } from "./messages/alert.ts";
export { fitAlert } from "./messages/alert-fit.ts";
export { alertJson } from "./messages/alert-json.ts";
export { decodeBundle, encodeBundle, encodeContent } from "./messages/bundle.ts";
export { digestOf } from "./messages/digest.ts";
export { decodeRuleSet, encodeRuleSet } from "./messages/rule-set.ts";
export { signBundle, verifySignature } from "./messages/signed-bundle.ts";
export { isNatsVariable, type NatsSettings, natsSettings, natsVariables } from "./settings.ts";
export { PublicKeys } from "./signing/public-keys.ts";
export { type BundleSigner, SigningKey } from "./signing/signing-key.ts";
export { storageLimits, storageVariables } from "./storage-settings.ts";
