/**
 * The bus: what travels between the controller, the enforcers and whoever reads alerts, over NATS JetStream. Messages are
 * the strict types of `model.ts`; `encode…` and `decode…` give them their wire form; `connect` gives a `Bus`. This is the
 * only package that imports NATS.
 *
 * Also here once built: `connect(options): Promise<Bus>`; `encodeBundle/decodeBundle`, `encodeRuleSet/decodeRuleSet`,
 * `encodeNodeStatus/decodeNodeStatus`, `encodeAlert/decodeAlert` (message ⇄ Uint8Array); `digestOf(bytes)`;
 * `alertJson(alert): string`; `alertSubject`, `jsonSubject`, `alertFilterSubject`.
 */
export type * from "./bus.ts";
export type * from "./model.ts";
