/** Debian packages as file trees: unpacked as they are, none of their scripts run. */
import { type Deb, fetchOnly, fetchWithDepends } from "../../setup/debian-suite.ts";
import type { StepContext } from "../../setup/step.ts";
import { readTar } from "./tar.ts";
import { Tree } from "./tree.ts";

/** Documentation, translations and what only matters where packages are installed and removed. */
const unwanted = [
  /^usr\/share\/(doc|man|info|locale|lintian|bug|doc-base|menu|pixmaps|applications|bash-completion|zsh|initramfs-tools)$/,
  /^usr\/share\/(polkit-1|metainfo|gdb|python3\/debpython|debianutils|util-linux)$/,
  /^(usr\/)?lib\/(systemd|udev|init|tmpfiles.d|sysusers.d)$/,
  /^usr\/lib\/x86_64-linux-gnu\/(gconv|audit|perl-base|krb5\/plugins)$/,
  /^etc\/(cron\.\w+|init\.d|logrotate\.d|kernel|apparmor\.d|insserv\.conf\.d)$/,
];

export interface Contents {
  readonly tree: Tree;
  readonly packages: readonly Deb[];
}

export interface Choice {
  /** Packages whose Depends are wanted as well. */
  readonly withDepends?: readonly string[];
  /** Packages alone. */
  readonly only?: readonly string[];
  /** Of what came by Depends: names not to unpack. The libraries programs need are checked, not assumed. */
  readonly without?: readonly RegExp[];
}

/** What the packages of a suite unpack to, and which they are. */
export async function unpacked(context: StepContext, suite: string, choice: Choice): Promise<Contents> {
  const { withDepends = [], only = [], without = [] } = choice;
  const found = [
    ...(withDepends.length > 0 ? await fetchWithDepends(context, suite, withDepends) : []),
    ...(only.length > 0 ? await fetchOnly(context, suite, only) : []),
  ];
  const named = new Set([...withDepends, ...only]);
  const packages = found
    .filter(({ name }) => named.has(name) || !without.some((pattern) => pattern.test(name)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const tree = new Tree();
  for (const deb of packages) {
    context.progress(`unpacking ${deb.name}`);
    tree.add(readTar(await context.commands.bytes("dpkg-deb", ["--fsys-tarfile", deb.path])));
  }
  return { tree: tree.remove(...unwanted), packages };
}
