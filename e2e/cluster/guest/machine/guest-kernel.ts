/**
 * Guest kernels: Debian's own packages, unpacked (never installed), as an uncompressed vmlinux and an uncompressed
 * initramfs. Both are inflated here once, because inflating under emulation costs seconds of every boot.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { dependency, fetchOnly, SetupError, type Step, type StepContext } from "@portcullis/tools/setup";
import { guestKernel, type Suite } from "../guest-artifacts.ts";
import { type CpioEntry, cpio, directory, file } from "./cpio.ts";

/** Modules that the guest's init can load, each with a list of the objects it needs, in order. */
const guestModules = [
  ...["virtio_pci", "virtio_mmio", "virtio_blk", "virtio_net", "virtio_console", "virtio-rng", "qemu_fw_cfg"],
  ...["9p", "9pnet_virtio", "overlay", "erofs", "ext4", "squashfs", "loop", "veth", "bridge"],
];

const here = "e2e/cluster/guest/machine";

export function kernelStep(suite: Suite): Step {
  return {
    id: `kernel-${suite}`,
    title: `unpack the kernel of Debian ${suite} and make its initramfs`,
    needs: ["debian-packages"],
    seconds: 30,
    diskMiB: 600,
    inputs: [`${here}/guest-kernel.ts`, `${here}/init`, `${here}/cpio.ts`],
    outputs: (artifacts) => Object.values(guestKernel(artifacts, suite)),
    async run(context) {
      const paths = guestKernel(context.artifacts, suite);
      const folder = dirname(paths.vmlinux);
      const fresh = `${folder}.new`;
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { recursive: true });
      const release = await unpack(context, suite, join(fresh, "tree"));
      context.progress(`${release}: initramfs`);
      writeFileSync(join(fresh, "release"), `${release}\n`);
      writeFileSync(join(fresh, "initrd"), await initramfs(context, join(fresh, "tree"), release));
      writeFileSync(join(fresh, "vmlinux"), await payload(context, join(fresh, "tree", "boot", `vmlinuz-${release}`)));
      rmSync(folder, { recursive: true, force: true });
      renameSync(fresh, folder);
      context.progress(release);
    },
  };
}

/** Unpacks the newest kernel of a suite. Resolves to its release. */
async function unpack(context: StepContext, suite: string, tree: string): Promise<string> {
  const name = await dependency(context, suite, "linux-image-amd64", "linux-image-");
  const release = name.slice("linux-image-".length);
  const take = async (packages: readonly string[]) => {
    for (const deb of await fetchOnly(context, suite, packages)) {
      context.progress(`unpacking ${deb.name}`);
      await context.exec("dpkg-deb", ["-x", deb.path, tree]);
      rmSync(deb.path); // 100 MB, of no use once unpacked
    }
  };
  await take([name]);
  const installed = join(tree, "usr/lib/modules", release, "vmlinuz");
  const kernel = join(tree, "boot", `vmlinuz-${release}`);
  // From 7.x on the kernel's package is a stub and its parts are packages of their own.
  if (!existsSync(kernel) && !existsSync(installed))
    await take([`linux-binary-${release}`, `linux-modules-${release}`, `linux-base-${release}`]);
  mkdirSync(join(tree, "boot"), { recursive: true });
  if (!existsSync(kernel)) symlinkSync(join("..", "usr/lib/modules", release, "vmlinuz"), kernel);
  if (!existsSync(join(tree, "lib"))) symlinkSync("usr/lib", join(tree, "lib"));
  await context.exec("depmod", ["-b", tree, release]);
  return release;
}

/** The objects a module needs, in the order to load them; empty where it is built into the kernel. */
export async function moduleFiles(
  context: StepContext,
  tree: string,
  release: string,
  module: string,
): Promise<readonly string[]> {
  const args = ["-d", tree, "-S", release, "--show-depends", module];
  const text = await context.exec("modprobe", args, { environment: { ...process.env, MODPROBE_OPTIONS: "" } });
  return [...text.matchAll(/^insmod (\S+)/gm)].map(([, path]) => path!);
}

async function initramfs(context: StepContext, tree: string, release: string): Promise<Buffer> {
  const objects = new Map<string, Buffer>();
  const lists: CpioEntry[] = [];
  for (const module of guestModules) {
    const names: string[] = [];
    for (const path of await moduleFiles(context, tree, release, module)) {
      const name = `${basename(path).replace(/\.ko.*$/, "")}.ko`;
      names.push(name);
      if (!objects.has(name)) objects.set(name, await inflated(context, path));
    }
    lists.push(file(`lib/m/${module}.list`, names.map((name) => `${name}\n`).join("")));
  }
  const [busybox] = await fetchOnly(context, "trixie", ["busybox-static"]);
  const unpacked = join(dirname(tree), "busybox");
  await context.exec("dpkg-deb", ["-x", busybox!.path, unpacked]);
  const folders = ["bin", "dev", "proc", "sys", "run", "tmp", "lower", "rw", "newroot", "lib", "lib/m"];
  const archive = cpio([
    ...folders.map(directory),
    file("init", readFileSync(join(import.meta.dirname, "init")), 0o755),
    file("bin/busybox", readFileSync(join(unpacked, "usr/bin/busybox")), 0o755),
    ...lists,
    ...[...objects].map(([name, data]) => file(`lib/m/${name}`, data)),
  ]);
  rmSync(unpacked, { recursive: true });
  return archive;
}

const inflaters: Record<string, readonly string[]> = {
  ".xz": ["xz", "-dc"],
  ".zst": ["zstd", "-qdc"],
  ".gz": ["gzip", "-dc"],
};

async function inflated(context: StepContext, path: string): Promise<Buffer> {
  const inflater = inflaters[path.slice(path.lastIndexOf("."))];
  if (!inflater) return readFileSync(path);
  const [command, ...args] = inflater;
  return context.commands.bytes(command!, [...args, path]);
}

/** The ELF kernel inside a bzImage: what a known compression's magic inflates to and begins with ELF's. */
async function payload(context: StepContext, path: string): Promise<Buffer> {
  const compressed = readFileSync(path);
  const kinds = [
    { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), inflater: inflaters[".zst"]! },
    { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), inflater: inflaters[".xz"]! },
    { magic: Buffer.from([0x1f, 0x8b, 8]), inflater: inflaters[".gz"]! },
  ];
  for (const { magic, inflater } of kinds) {
    for (let at = compressed.indexOf(magic); at >= 0; at = compressed.indexOf(magic, at + 1)) {
      const elf = await inflatedPrefix(context, inflater, compressed.subarray(at));
      if (elf.subarray(0, 4).toString("latin1") === "\x7fELF") return elf;
    }
  }
  throw new SetupError("SETUP_STEP_FAILED", `${path} holds no ELF kernel in a compression known here (zstd, xz, gzip)`);
}

/** What an inflater makes of a stream that has something else behind it: it complains about that, its output counts. */
async function inflatedPrefix(
  context: StepContext,
  [command, ...args]: readonly string[],
  input: Buffer,
): Promise<Buffer> {
  const script = `"$@" 2>/dev/null; true`;
  return context.commands.bytes("sh", ["-c", script, "sh", command!, ...args], { input });
}
