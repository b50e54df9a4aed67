/**
 * Debian packages on the machine itself: compilers and the tools that make guests and images. Only what is missing is
 * installed, nothing that is merely recommended: 170 MB from an empty system. QEMU and kernels are not among them,
 * they are unpacked beside the system.
 */
import { existsSync } from "node:fs";
import { SetupError } from "../../processes/errors.ts";
import type { Step, StepContext } from "../step.ts";

/** Each entry is a package, or a choice whose first available one is installed when none of them is there. */
const packages: readonly (readonly string[])[] = [
  // the BPF objects and the addon
  ["clang-19", "clang"],
  ["gcc"],
  ["g++"],
  ["make"],
  ["python3"],
  ["libc6-dev"],
  ["libbpf-dev"],
  ["libelf-dev"],
  ["zlib1g-dev"],
  ["libuv1-dev"],
  ["bpftool"],
  // guests and images
  ["binutils"],
  ["busybox-static"],
  ["debian-archive-keyring"],
  ["erofs-utils"],
  ["kmod"],
  ["mmdebstrap"],
  ["musl-tools"],
  ["openssl"],
  ["xz-utils"],
  ["zstd"],
];

export const debianPackages: Step = {
  id: "debian-packages",
  title: "install the Debian packages that are missing",
  seconds: 90,
  diskMiB: 900,
  inputs: [],
  current: async (context) => (await missing(context)).length === 0,
  async run(context) {
    const names = await missing(context);
    if (names.length === 0) return;
    const all = names.map(([name]) => name).join(" ");
    if (!existsSync("/usr/bin/apt-get")) {
      throw new SetupError("SETUP_NO_APT", `no apt-get here: install by hand what Debian calls ${all}`);
    }
    if (process.getuid?.() !== 0) {
      throw new SetupError(
        "SETUP_NOT_ROOT",
        `not root: run \`sudo apt-get install --no-install-recommends ${all}\` first`,
      );
    }
    context.progress("apt-get update");
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await apt(context, ["update"], environment);
    const choice = await available(context, names);
    context.progress(`installing ${choice.length} packages`);
    await apt(context, ["install", "-y", "--no-install-recommends", ...choice], environment);
    context.progress(`${choice.length} packages asked for`);
  },
};

async function apt(context: StepContext, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  // Another apt may be at work for a while; a dpkg that asks about a changed file keeps what is there.
  const options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold", "-q"];
  const onLine = (line: string) => {
    const found = line.match(/^(Get:\d+|Unpacking|Setting up) (\S+)/);
    if (found) context.progress(`${found[1]} ${found[2]}`);
  };
  await context.exec("apt-get", [...options, ...args], { environment, onLine });
}

async function missing(context: StepContext): Promise<readonly (readonly string[])[]> {
  if (!existsSync("/usr/bin/dpkg-query")) return packages;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own notation
  const format = "${binary:Package} ${db:Status-Status}\n";
  // dpkg-query answers with status 1 when one of the names is unknown to it: the lines it prints are what counts.
  const lines: string[] = [];
  await context.commands.status("dpkg-query", ["-W", "-f", format, ...packages.flat()], {
    onLine: (line) => lines.push(line),
  });
  const installed = new Set(lines.filter((line) => line.endsWith(" installed")).map((line) => line.split(/[: ]/)[0]!));
  return packages.filter((names) => !names.some((name) => installed.has(name)));
}

/** Of each choice the first that apt knows. */
async function available(context: StepContext, choices: readonly (readonly string[])[]): Promise<readonly string[]> {
  const known = new Set((await context.exec("apt-cache", ["pkgnames"])).split("\n"));
  return choices.map((names) => {
    const name = names.find((candidate) => known.has(candidate));
    if (!name)
      throw new SetupError(
        "SETUP_NO_APT",
        `apt offers no package ${names.join(" or ")}: is the suite "main" in its sources?`,
      );
    return name;
  });
}
