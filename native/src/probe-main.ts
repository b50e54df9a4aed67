/** `node native/src/probe-main.ts [--root DIR]`: prints what this kernel can enforce as JSON; status 1 when nothing. */
import { parseArgs } from "node:util";
import { probe } from "./probe/probe.ts";

const { values } = parseArgs({ options: { root: { type: "string", default: "/" } } });
const support = probe({ root: values.root });
process.stdout.write(`${JSON.stringify(support, null, 2)}\n`);
process.exitCode = support.canEnforce ? 0 : 1;
