/** Where everything lies that the steps of the guests make (guest-steps.ts), below the same cache as the artifacts of tools. */
import { join } from "node:path";
import type { Artifacts } from "@portcullis/tools/setup";

/** Suites whose Debian kernel is fetched as a guest kernel. The first is the default. */
export const suites = ["trixie", "bookworm"] as const;
export type Suite = (typeof suites)[number];

export interface GuestKernel {
  /** File that holds the release (`uname -r`), one line. */
  readonly release: string;
  /** Uncompressed ELF kernel with a PVH note: QEMU enters it without the guest's own decompressor. */
  readonly vmlinux: string;
  /** Uncompressed initramfs: busybox, modules, machine/init. More cpio archives may be appended to it. */
  readonly initrd: string;
  /** Root of the unpacked package: `lib/modules/<release>`, `boot/config-<release>`. */
  readonly tree: string;
}

/** Script that runs QEMU 10 with its own loader, libraries and firmware. */
export const qemuPath = ({ cache }: Artifacts): string => join(cache, "qemu", "qemu-system-x86_64");

/** Read-only root file system of every guest (erofs), with the netfilter modules of every kernel in `suites`. */
export const rootPath = ({ cache }: Artifacts): string => join(cache, "guest", "root.erofs");

/** What a saved guest's machine is made of. */
export function guestFiles(artifacts: Artifacts): string[] {
  const { vmlinux, initrd } = guestKernel(artifacts);
  return [qemuPath(artifacts), rootPath(artifacts), vmlinux, initrd];
}

export function guestKernel({ cache }: Artifacts, suite: Suite = suites[0]): GuestKernel {
  const folder = join(cache, "kernel", suite);
  const path = (name: string) => join(folder, name);
  return { release: path("release"), vmlinux: path("vmlinux"), initrd: path("initrd"), tree: path("tree") };
}
