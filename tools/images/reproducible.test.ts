/** Promise: the product's images are the same bytes whoever makes them and whenever, from the same sources and packages. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, expect, it, jest } from "@jest/globals";
import { Commands } from "../processes/commands.ts";
import { artifacts, cacheDirectory, productImages } from "../setup/artifacts.ts";
import type { StepContext } from "../setup/step.ts";
import { productImageSteps } from "./product-image-steps.ts";

jest.setTimeout(180_000);

const folder = mkdtempSync(join(tmpdir(), "portcullis-images-"));
const commands = new Commands(new AbortController().signal);
afterAll(async () => {
  await commands.end();
  rmSync(folder, { recursive: true });
});

/** Runs the steps of set-up with their products in a folder of their own. Returns the digest of each file by its name. */
async function build(name: string): Promise<ReadonlyMap<string, string>> {
  const products = join(folder, name);
  mkdirSync(products);
  const real = artifacts(cacheDirectory(process.env));
  const context: StepContext = {
    artifacts: { ...real, images: products, productImage: (image) => join(products, `${image}.tar`) },
    commands,
    log: new PassThrough().resume(),
    progress: () => {},
    // The package lists as they are: a package that the mirror has replaced meanwhile makes another image, and rightly.
    once: async (what) => join(real.cache, "apt", what.replace(/^apt /, ""), "apt.conf"),
    exec: (command, args, options) => commands.text(command, args, options),
  };
  for (const step of productImageSteps) await step.run(context);
  const files = productImages.flatMap((image) => [`${image}.tar`, `${image}.spdx.json`]);
  return new Map(
    files.map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(products, file)))
        .digest("hex"),
    ]),
  );
}

it("images and bills of materials are the same when they are made twice", async () => {
  const first = await build("first");
  expect(first.size).toBe(2 * productImages.length);
  expect(await build("second")).toEqual(first);
});
