/** `node native/src/probe-main.ts [--root DIR]` prints as JSON what this kernel can enforce, and ends with 1 if that is nothing. */
import { parseArgs } from "node:util";
import { probe } from "./probe/probe.ts";

const { values } = parseArgs({ options: { root: { type: "string", default: "/" } } });
const support = probe({ root: values.root });
process.stdout.write(`${JSON.stringify(support, null, 2)}\n`);
process.exitCode = support.canEnforce ? 0 : 1;
