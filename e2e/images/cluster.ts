/** The two images every cluster of ours has: the sandbox's process, and a box of small tools. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StepContext } from "../bootstrap/step.ts";
import { fetchOnly } from "../bootstrap/suite.ts";
import { compile } from "./compile.ts";
import type { Recipe } from "./recipe.ts";
import { debComponents } from "./sbom.ts";
import { readTar } from "./tar.ts";
import { Tree } from "./tree.ts";

export async function pause(context: StepContext): Promise<Recipe> {
  const tree = new Tree().file("pause", await compile(context, "pause", "none"), 0o755);
  return { layers: [tree], config: { entrypoint: ["/pause"], user: "65535:65535" }, components: [] };
}

/** One page for those who look for a web server: `busybox httpd -f -h /www`. */
const page = "<html><head><title>Moved</title></head><body>The document has moved.</body></html>\n";

export async function box(context: StepContext): Promise<Recipe> {
  const { tree, components } = await busyboxTree(context);
  tree.file("www/index.html", page);
  return { layers: [tree], config: { command: ["/bin/sh"] }, components };
}

/** A root with busybox and a link for each of its applets. */
export async function busyboxTree(context: StepContext) {
  const packages = await fetchOnly(context, "trixie", ["busybox-static"]);
  const deb = readTar(await context.supervisor.bytes("dpkg-deb", ["--fsys-tarfile", packages[0]!.path]));
  const program = deb.get("usr/bin/busybox");
  if (program?.kind !== "file") throw new Error("busybox-static holds no usr/bin/busybox");
  const tree = new Tree().file("bin/busybox", program.data, 0o755);
  const list = await applets(context, program.data);
  for (const applet of list) tree.link(`bin/${applet}`, "/bin/busybox");
  for (const folder of ["dev", "proc", "sys", "etc", "usr/bin", "var"]) tree.directory(folder);
  tree.directory("tmp", 0o1777).directory("root", 0o700).link("var/run", "/run").directory("run");
  tree.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
  tree.file("etc/group", "root:x:0:\nnogroup:x:65534:\n");
  return { tree, components: debComponents("trixie", packages) };
}

/** What a busybox binary says it can be. */
async function applets(context: StepContext, program: Buffer): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-"));
  const path = join(folder, "busybox");
  writeFileSync(path, program, { mode: 0o755 });
  try {
    const list = await context.exec(path, ["--list"]);
    return list.split("\n").filter((name) => name && name !== "busybox");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
