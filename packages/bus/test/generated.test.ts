import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "..");

it("the generated codec is what the proto file generates", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { generate: string } };
  const [command, ...args] = scripts.generate.split(" ");
  const committed = args[args.indexOf("-o") + 1] as string;
  const dir = mkdtempSync(join(tmpdir(), "portcullis-proto-"));
  const fresh = join(dir, "portcullis.js");
  try {
    const binary = join(root, "node_modules/.bin", command as string);
    execFileSync(
      binary,
      args.map((arg) => (arg === committed ? fresh : arg)),
      { cwd: root },
    );
    for (const [path, made] of [[committed, fresh], [committed, fresh].map((file) => file.replace(/\.js$/, ".d.ts"))])
      if (readFileSync(join(root, path as string), "utf8") !== readFileSync(made as string, "utf8"))
        throw new Error(`${path} is not what the proto file generates: run \`pnpm --filter @portcullis/bus generate\``);
    expect(readFileSync(fresh, "utf8")).toMatch(/v1\.Bundle/);
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 30_000);
