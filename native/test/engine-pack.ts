/**
 * Packs simple rules into an image file, for work on the engine alone:
 *   node native/test/engine-pack.ts OUT '[{"path":"/etc/shadow"}]' ['{"file":{"allowList":true,"block":true}}'] [GENERATION]
 * RULES may be @FILE. The seed is the one engine-run uses.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { packImage } from "../src/image.ts";
import { automatonOf } from "./engine-automaton.ts";

const [out, rules, posture = "{}", generation = "1"] = process.argv.slice(2);
if (!out || !rules) throw new Error("usage: engine-pack OUT RULES [POSTURE] [GENERATION]");
const text = rules.startsWith("@") ? readFileSync(rules.slice(1), "utf8") : rules;
const { data } = packImage(automatonOf(JSON.parse(text), JSON.parse(posture)), {
  seed: [0x0123456789abcdefn, 0xfedcba9876543210n],
  generation: BigInt(generation),
});
writeFileSync(out, data);
