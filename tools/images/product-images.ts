/**
 * The product's images. Controller and enforcer: a layer with Node's binary, the C library and what Node needs of it,
 * shared by both; for the enforcer one with libbpf; on top our own files. No shell, no package manager. Libraries come
 * from Debian packages, not from the machine, so that an addon built on Debian 12 or 13 finds what it was linked with.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nativeProducts } from "../setup/artifacts.ts";
import type { StepContext } from "../setup/step.ts";
import { goEnvironment } from "../setup/steps/go-tools.ts";
import { goComponents, licensed } from "./licences.ts";
import { unpacked } from "./oci/deb.ts";
import { findLibrary, needsOf } from "./oci/elf.ts";
import { keepLayer, keptLayer } from "./oci/layers.ts";
import { type Component, debComponents } from "./oci/sbom.ts";
import { Tree } from "./oci/tree.ts";
import type { Recipe } from "./recipe.ts";
import { singleFile } from "./single-file.ts";

const suite = "trixie";
const node = "/usr/bin/node";
const nonroot = "65532:65532";

/** The licence of what is ours, and of the part of it that runs in the kernel. */
const ours = { "org.opencontainers.image.licenses": "Apache-2.0 AND GPL-2.0-only" };

export async function controllerImage(context: StepContext): Promise<Recipe> {
  const base = keptLayer(context.artifacts, nodeLayer);
  const { code, components } = await singleFile("packages/controller/src/main.ts");
  return {
    layers: [base.tree, new Tree().file("app/src/main.mjs", code)],
    components: licensed([...base.components, ...components]),
    config: {
      entrypoint: [node, "/app/src/main.mjs"],
      workingDirectory: "/app",
      user: nonroot,
      labels: ours,
    },
  };
}

export async function enforcerImage(context: StepContext): Promise<Recipe> {
  const base = keptLayer(context.artifacts, nodeLayer);
  const { code, components } = await singleFile("packages/enforcer/src/main.ts");
  const { tree, packages } = await unpacked(context, suite, { withDepends: ["libbpf1"], without: [/^gcc-/] });
  const addon = readFileSync(context.artifacts.native("Release/portcullis.node"));
  const libraries = librariesFor([addon], tree, base.tree);
  const app = new Tree().file("app/src/main.mjs", code);
  // Where the addon's loader looks: beside the folder of the program. Which object it loads depends on the node's kernel.
  for (const product of nativeProducts) {
    const data = readFileSync(context.artifacts.native(product));
    app.file(`app/build/${product}`, data, product.endsWith(".node") ? 0o755 : 0o644);
  }
  return {
    layers: [base.tree, libraries, app],
    components: licensed([...base.components, ...debComponents(suite, packages), ...components]),
    // Root: loading BPF and looking at every process of the node needs capabilities that the chart grants, and no
    // others.
    config: { entrypoint: [node, "/app/src/main.mjs"], workingDirectory: "/app", user: "0:0", labels: ours },
  };
}

export async function natsImage(context: StepContext): Promise<Recipe> {
  const { artifacts, exec } = context;
  const tree = accounts(new Tree()).directory("data", 0o700, { uid: 65532, gid: 65532 });
  tree.file("nats-server", readFileSync(artifacts.program("nats-server")), 0o755);
  const environment = await goEnvironment(context);
  const buildInfo = await exec("go", ["version", "-m", artifacts.program("nats-server")], { environment });
  const config = { entrypoint: ["/nats-server"], workingDirectory: "/data", user: nonroot };
  return { layers: [tree], components: licensed(goComponents(buildInfo)), config };
}

/** The lowest layer of controller and enforcer, kept under this name. */
export const nodeLayer = "node";

export async function makeNodeLayer(context: StepContext): Promise<void> {
  const program = await stripped(context, process.execPath);
  const { tree, packages } = await unpacked(context, suite, { only: ["libc6", "libstdc++6", "libgcc-s1"] });
  for (const name of ["lib", "lib64"]) tree.symlink(name, `usr/${name}`);
  const layer = accounts(librariesFor([program], tree, new Tree()));
  for (const name of ["lib", "lib64"]) layer.symlink(name, `usr/${name}`);
  layer.file(node, program, 0o755);
  const components = [...debComponents(suite, packages), nodeComponent()];
  keepLayer(context.artifacts, nodeLayer, { tree: layer, components });
}

function nodeComponent(): Component {
  const version = process.versions.node;
  return { name: "node", version, purl: `pkg:npm/node@${version}`, license: "MIT" };
}

function accounts(tree: Tree): Tree {
  tree.file("etc/passwd", "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n");
  tree.file("etc/group", "root:x:0:\nnonroot:x:65532:\n");
  tree.file("etc/nsswitch.conf", "hosts: files dns\n");
  return tree.directory("tmp", 0o1777);
}

/** Of `packages`, the libraries that the programs need directly or indirectly and `present` lacks, and the loader. */
function librariesFor(programs: readonly Buffer[], packages: Tree, present: Tree): Tree {
  const layer = new Tree();
  // The C library loads these by itself, for names and addresses.
  const wanted = present.size === 0 ? ["libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"] : [];
  const seen = new Set<string>();
  const queue = programs.flatMap((program) => needsOf(program)?.libraries ?? []).concat(wanted);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name) || findLibrary(present, name)) continue;
    seen.add(name);
    const path = name.startsWith("ld-linux") ? packages.resolve(`lib64/${name}`) : findLibrary(packages, name);
    const entry = path ? packages.get(path) : undefined;
    if (!path || entry?.kind !== "file") continue; // the check of the whole image names what is missing
    layer.set(`usr/lib/x86_64-linux-gnu/${name}`, entry);
    if (name.startsWith("ld-linux")) layer.symlink(`usr/lib64/${name}`, `../lib/x86_64-linux-gnu/${name}`);
    queue.push(...(needsOf(entry.data)?.libraries ?? []));
  }
  return layer;
}

/** Node's binary without symbols: 15 % smaller, and every node has to unpack it. */
async function stripped(context: StepContext, path: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-"));
  try {
    await context.exec("strip", ["--strip-all", "-o", join(folder, "node"), path]);
    return readFileSync(join(folder, "node"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
