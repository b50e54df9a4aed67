/**
 * QEMU 10 of Debian trixie, unpacked beside the system and run through its own loader: Debian 12's QEMU 7 emulates
 * four times slower, and the machine's packages stay as they are.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fetchWithDepends, type Step } from "@portcullis/tools/setup";
import { qemuPath } from "../guest-artifacts.ts";

export const qemu: Step = {
  id: "qemu",
  title: "unpack QEMU 10",
  needs: ["debian-packages"],
  seconds: 15,
  diskMiB: 300,
  inputs: ["e2e/cluster/guest/machine/qemu.ts"],
  outputs: (artifacts) => [qemuPath(artifacts)],
  async run(context) {
    const folder = dirname(qemuPath(context.artifacts));
    const fresh = `${folder}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    for (const deb of await fetchWithDepends(context, "trixie", ["qemu-system-x86", "seabios"])) {
      context.progress(`unpacking ${deb.name}`);
      await context.exec("dpkg-deb", ["-x", deb.path, join(fresh, "root")]);
    }
    for (const name of ["doc", "man", "locale", "icons"])
      rmSync(join(fresh, "root/usr/share", name), { recursive: true, force: true });
    writeFileSync(join(fresh, "qemu-system-x86_64"), script);
    chmodSync(join(fresh, "qemu-system-x86_64"), 0o755);
    const version = await context.exec(join(fresh, "qemu-system-x86_64"), ["--version"]);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
    context.progress(version.split("\n")[0]!);
  },
};

// The packages are of a merged-usr suite unpacked into an empty folder, so everything lies below usr/.
const script = `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
lib=$root/usr/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR=$lib/qemu
exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$root/usr/lib" "$root/usr/bin/qemu-system-x86_64" \\
  -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" "$@"
`;
