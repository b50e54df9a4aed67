import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { imageLayout, readTar, Tree, writeTar } from "@portcullis/tools/images";
import { combined, ImageArchive } from "./image-archives.ts";

const folder = mkdtempSync(join(tmpdir(), "oci-"));
afterAll(() => rmSync(folder, { recursive: true }));

const layer = (name: string, size = 100) => writeTar(new Tree().file(name, "x".repeat(size)));
const shared = layer("usr/bin/node", 10_000);

async function archive(name: string, layers: readonly Buffer[]): Promise<ImageArchive> {
  const path = join(folder, `${name}.tar`);
  writeFileSync(path, imageLayout([{ reference: `localhost/${name}:1`, layers, config: {} }]));
  return ImageArchive.read(path);
}
const sizes = (tar: Buffer) => readTar(tar).entries.flatMap(([, e]) => (e.kind === "file" ? [e.data.length] : []));
const names = (tar: Buffer): string[] => {
  const index = readTar(tar).get("index.json");
  const { manifests } = JSON.parse(index?.kind === "file" ? index.data.toString() : "") as {
    manifests: { annotations: Record<string, string> }[];
  };
  return manifests.map((m) => m.annotations["io.containerd.image.name"] ?? "");
};

describe("image archives", () => {
  it("combine to one that has shared layers once", async () => {
    const parts = [await archive("a", [shared, layer("a")]), await archive("b", [shared, layer("b")])];
    const tar = await combined(parts.map((archive) => ({ archive, part: "whole" })));
    expect(names(tar)).toEqual(["localhost/a:1", "localhost/b:1"]);
    expect(sizes(tar).filter((size) => size === shared.length)).toHaveLength(1);
  });

  it("are cut into base layers and the rest", async () => {
    const whole = await archive("c", [shared, layer("c")]);
    const base = await combined([{ archive: whole, part: "base", reference: "localhost/base:1" }]);
    const rest = await combined([{ archive: whole, part: "rest" }]);
    expect(names(base)).toEqual(["localhost/base:1"]);
    expect(names(rest)).toEqual(["localhost/c:1"]);
    expect(sizes(base)).toContain(shared.length);
    expect(sizes(rest)).not.toContain(shared.length);
    expect(sizes(rest)).toContain(layer("c").length);
  });

  it("have equal base digests when only the last layer differs, and none with one layer", async () => {
    const [first, second] = [await archive("d", [shared, layer("d")]), await archive("d", [shared, layer("e")])];
    expect(second.baseDigest).toBe(first.baseDigest);
    expect(second.entry.digest).not.toBe(first.entry.digest);
    expect((await archive("f", [shared])).baseDigest).toBeNull();
  });

  it("that are no image layouts are refused with their path", async () => {
    const path = join(folder, "wrong.tar");
    writeFileSync(path, layer("something"));
    await expect(ImageArchive.read(path)).rejects.toThrow(/wrong.tar lacks index.json/);
  });
});
