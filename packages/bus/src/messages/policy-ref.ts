/** A policy's kind, namespace and name: shared by rule sets and node status. */

import type { PolicyRef } from "@portcullis/model";
import { MessageInvalidError } from "../errors.ts";
import type { portcullis } from "../generated/portcullis.js";
import { nonEmpty, unlessDefault, WireEnum } from "./fields.ts";

type WirePolicyRef = portcullis.v1.PolicyRef.$Properties;

const kindCodes = new WireEnum<PolicyRef["kind"]>({
  KubeArmorPolicy: 1,
  KubeArmorHostPolicy: 2,
  KubeArmorClusterPolicy: 3,
});

export function policyRefToWire(ref: PolicyRef, field: string): WirePolicyRef {
  check(ref, field);
  return { kind: kindCodes.encode(ref.kind, `${field}.kind`), namespace: unlessDefault(ref.namespace), name: ref.name };
}

export function policyRefFromWire(wire: WirePolicyRef, field: string): PolicyRef {
  const ref = {
    kind: kindCodes.decode(wire.kind, `${field}.kind`),
    namespace: wire.namespace ?? "",
    name: wire.name ?? "",
  };
  check(ref, field);
  return ref;
}

function check(ref: PolicyRef, field: string): void {
  nonEmpty(ref.name, `${field}.name`);
  if ((ref.kind === "KubeArmorPolicy") !== (ref.namespace !== ""))
    throw new MessageInvalidError(`${field}.namespace`, `${JSON.stringify(ref.namespace)} does not fit a ${ref.kind}`);
}
