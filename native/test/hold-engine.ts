/** Opens an engine, says so on stdout, and holds it until it is killed: `hold-engine.ts PIN_DIR OBJECT`. */
import { Engine } from "../src/index.ts";

const [pinDir = "", objectPath = ""] = process.argv.slice(2);
const engine = await Engine.open({ pinDir, objectPath, hostMountNamespace: 1 });
engine.bindCgroup(4242n, 3);
process.stdout.write(`${JSON.stringify({ adopted: engine.adopted, seed: engine.seed.map(String) })}\n`);
setInterval(() => {}, 60_000);
