/**
 * The bytes that are on the wire and in storage today. They were taken before names in the code changed; a change of a name must
 * not change them. Written anew only when the wire format itself changes, which is a new version of it: GOLDEN=write.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { buckets } from "../src/channels/subjects.ts";
import { encodeAlert } from "../src/messages/alert.ts";
import { alertJson } from "../src/messages/alert-json.ts";
import { encodeBundle } from "../src/messages/bundle.ts";
import { decodeNodeStatus, encodeNodeStatus } from "../src/messages/node-status.ts";
import { encodeRuleSet } from "../src/messages/rule-set.ts";
import { signBundle } from "../src/messages/signed-bundle.ts";
import { PublicKeys } from "../src/signing/public-keys.ts";
import { SigningKey } from "../src/signing/signing-key.ts";
import { exampleAlert, exampleBundle, exampleRuleSet, exampleStatus, exampleStatusNow } from "./examples.ts";

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/.{100}/g, "$&\n");

const execEvent = { execId: "42", executableName: "sleep" };
const repetitions = { count: 123_456, firstTimestampNs: exampleAlert.timestampNs - 9_000_000_000n };
/** Nothing but these bytes is signed with it. */
const goldenKey = "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
const golden: readonly [name: string, text: string][] = [
  ["bundle.hex", hex(encodeBundle(exampleBundle))],
  ["rule-set.hex", hex(encodeRuleSet(exampleRuleSet))],
  ["bundle-epoch.hex", hex(encodeBundle({ ...exampleBundle, epoch: 2n }))],
  ["bundle-signed.hex", hex(signBundle(encodeBundle(exampleBundle), SigningKey.parse(goldenKey)))],
  ["public-keys.json", String(new PublicKeys([SigningKey.parse(goldenKey).publicKey]))],
  ["node-status.hex", hex(encodeNodeStatus(exampleStatus))],
  ["node-status-now.hex", hex(encodeNodeStatus(exampleStatusNow))],
  ["alert.hex", hex(encodeAlert({ ...exampleAlert, execEvent }))],
  ["alert.json", alertJson({ ...exampleAlert, execEvent })],
  ["alert-of-repetitions.hex", hex(encodeAlert({ ...exampleAlert, ...repetitions }))],
  ["alert-of-repetitions.json", alertJson({ ...exampleAlert, ...repetitions })],
  ["buckets.json", JSON.stringify(buckets)],
];

it.each(golden)("%s is what it was", (name, text) => {
  const path = join(import.meta.dirname, "golden", name);
  if (process.env.GOLDEN === "write") writeFileSync(path, `${text}\n`);
  expect(`${text}\n`).toBe(readFileSync(path, "utf8"));
});

it("a node status of a release that knew fewer fields is read as it was", () => {
  const bytes = Buffer.from(
    readFileSync(join(import.meta.dirname, "golden/node-status.hex"), "utf8").replace(/\s/g, ""),
    "hex",
  );
  expect(decodeNodeStatus(bytes)).toEqual(exampleStatus);
});
