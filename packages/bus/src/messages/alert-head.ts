/**
 * What of an encoded alert says where it goes: its id, and the names that its subject is made of. The rest is passed over, so that an alert that lies in a
 * spool is published as it lies there, and is neither decoded nor encoded again.
 */

import type { Alert } from "@portcullis/model";
import protobuf from "protobufjs/minimal.js";
import { MessageOversizedError } from "../errors.ts";
import { alertMaxBytes, operationOf } from "./alert.ts";
import { nonEmpty, parse } from "./fields.ts";

type AlertHead = Pick<Alert, "id" | "hostName" | "namespaceName" | "podName" | "policyName" | "operation">;

/** Numbers of the fields, as `proto/portcullis.proto` has them; all but the last are texts. */
const texts = { hostName: 2, namespaceName: 3, podName: 4, policyName: 17, id: 41 } as const;
const operation = 43;

/** Throws `BUS_MESSAGE_…` for what is no alert. */
export function alertHead(bytes: Uint8Array): AlertHead {
  if (bytes.length > alertMaxBytes)
    throw new MessageOversizedError(`an alert has at most ${alertMaxBytes} bytes, this one ${bytes.length}`);
  const found = parse("alert", () => read(protobuf.Reader.create(bytes)));
  return { ...found, id: nonEmpty(found.id, "id"), operation: operationOf(found.operation) };
}

function read(reader: protobuf.Reader) {
  const found = { hostName: "", namespaceName: "", podName: "", policyName: "", id: "", operation: 0 };
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case texts.hostName:
        found.hostName = reader.string();
        break;
      case texts.namespaceName:
        found.namespaceName = reader.string();
        break;
      case texts.podName:
        found.podName = reader.string();
        break;
      case texts.policyName:
        found.policyName = reader.string();
        break;
      case texts.id:
        found.id = reader.string();
        break;
      case operation:
        found.operation = reader.int32();
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return found;
}
