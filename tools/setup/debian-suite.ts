/**
 * A private apt for one Debian suite: its own lists, its own empty status. Fetches packages of any suite, verified by
 * Debian's keys, without touching the machine's sources or packages. The mirror is the one that this machine's own apt
 * uses.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../processes/errors.ts";
import type { StepContext } from "./step.ts";

export const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

const listHours = 6;

/** One .deb in the pool. */
export interface Deb {
  readonly name: string;
  readonly version: string;
  readonly path: string;
}

interface Mirrors {
  readonly main: string;
  readonly security: string;
}

/** The mirrors of this machine's apt, or Debian's own. */
async function mirrors(context: StepContext): Promise<Mirrors> {
  const format = "$(REPO_URI) $(CODENAME)"; // apt's own notation
  const text = await context.exec("apt-get", ["indextargets", "--format", format]).catch(() => "");
  const targets = text.split("\n").map((line) => line.split(" ") as [string, string | undefined]);
  const debian = targets.filter(([uri]) => /\/debian(-security)?\/?$/.test(uri ?? ""));
  const main = debian.find(([uri]) => /\/debian\/?$/.test(uri))?.[0];
  const security = debian.find(([uri]) => /-security\/?$/.test(uri))?.[0];
  return {
    main: main ?? "http://deb.debian.org/debian/",
    security: security ?? "http://deb.debian.org/debian-security/",
  };
}

/** The lines of sources.list for a suite. */
export async function sources(context: StepContext, suite: string): Promise<readonly string[]> {
  const { main, security } = await mirrors(context);
  return [
    `deb [signed-by=${keyring}] ${main} ${suite} main`,
    `deb [signed-by=${keyring}] ${security} ${suite}-security main`,
  ];
}

/**
 * Names of the packages that a direct or indirect Depends asks for, and the packages themselves, fetched to the pool.
 */
export async function fetchWithDepends(context: StepContext, suite: string, names: readonly string[]) {
  const conf = await configuration(context, suite);
  const args = ["-c", conf, "-qq", "--print-uris", "-y", "--no-install-recommends", "install", ...names];
  const text = await context.exec("apt-get", args);
  const files = [...text.matchAll(/^'\S+' (\S+)_(\S+)_(\S+)\.deb /gm)];
  return fetch(
    context,
    suite,
    conf,
    files.map(([, name, version]) => [name!, decodeURIComponent(version!)]),
  );
}

/** Exactly these packages, fetched to the pool. */
export async function fetchOnly(
  context: StepContext,
  suite: string,
  names: readonly string[],
): Promise<readonly Deb[]> {
  const conf = await configuration(context, suite);
  const text = await context.exec("apt-cache", ["-c", conf, "show", "--no-all-versions", ...names]);
  const found = [...text.matchAll(/^Package: (\S+)\n(?:.*\n)*?Version: (\S+)$/gm)];
  return fetch(
    context,
    suite,
    conf,
    found.map(([, name, version]) => [name!, version!]),
  );
}

/** What a meta package such as linux-image-amd64 depends on, by prefix. */
export async function dependency(context: StepContext, suite: string, name: string, prefix: string): Promise<string> {
  const conf = await configuration(context, suite);
  const text = await context.exec("apt-cache", ["-c", conf, "depends", name]);
  const found = text.match(new RegExp(`Depends: (${prefix}\\S*)`));
  if (!found) throw new SetupError("SETUP_DOWNLOAD_FAILED", `${name} of ${suite} depends on no ${prefix}*`);
  return found[1]!;
}

type Wanted = readonly (readonly [name: string, version: string])[];

async function fetch(context: StepContext, suite: string, conf: string, packages: Wanted): Promise<readonly Deb[]> {
  const pool = join(context.artifacts.cache, "apt", suite, "pool");
  mkdirSync(pool, { recursive: true });
  const locate = () => {
    const files = readdirSync(pool);
    return packages.map(([name, version]) => {
      const start = `${name}_${version.replaceAll(":", "%3a")}_`;
      const file = files.find((candidate) => candidate.startsWith(start) && candidate.endsWith(".deb"));
      return { name, version, path: file && join(pool, file) };
    });
  };
  const missing = locate().filter(({ path }) => !path);
  if (missing.length > 0) {
    context.progress(`fetching ${missing.length} packages of ${suite}`);
    const wanted = missing.map(({ name, version }) => `${name}=${version}`);
    await apt(context, conf, ["download", ...wanted], pool).catch((cause: unknown) => {
      // A list that promises what the mirror has replaced meanwhile is fetched again at the next try.
      rmSync(join(context.artifacts.cache, "apt", suite, "updated"), { force: true });
      const message = `${suite}: ${wanted.length} packages could not be fetched. Is the Debian mirror reachable? Then run again.`;
      throw new SetupError("SETUP_DOWNLOAD_FAILED", message, { cause });
    });
  }
  return locate().map(({ name, version, path }): Deb => {
    if (!path) throw new SetupError("SETUP_DOWNLOAD_FAILED", `${suite}: ${name} ${version} did not arrive in ${pool}`);
    return { name, version, path };
  });
}

/** Path of the suite's apt.conf; fetches the lists when they are missing or older than some hours. */
function configuration(context: StepContext, suite: string): Promise<string> {
  return context.once(`apt ${suite}`, async () => {
    if (!existsSync(keyring)) {
      throw new SetupError("SETUP_NO_APT", `${keyring} is missing: install debian-archive-keyring`);
    }
    const folder = join(context.artifacts.cache, "apt", suite);
    const conf = join(folder, "apt.conf");
    const updated = join(folder, "updated");
    const age = Date.now() - (statSync(updated, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age < listHours * 3_600_000) return conf;
    for (const name of ["lists/partial", "cache/archives/partial", "preferences.d"]) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    writeFileSync(join(folder, "sources.list"), `${(await sources(context, suite)).join("\n")}\n`);
    writeFileSync(join(folder, "status"), "");
    writeFileSync(conf, settings(folder));
    context.progress(`package lists of ${suite}`);
    await apt(context, conf, ["-o", "APT::Update::Error-Mode=any", "update"], folder).catch((cause: unknown) => {
      const message = `the package lists of Debian ${suite} could not be fetched. Is the mirror reachable (apt-get update)?`;
      throw new SetupError("SETUP_DOWNLOAD_FAILED", message, { cause });
    });
    writeFileSync(updated, "");
    return conf;
  });
}

const apt = (context: StepContext, conf: string, args: readonly string[], cwd: string): Promise<string> =>
  context.exec("apt-get", ["-c", conf, "-qq", "-o", "APT::Sandbox::User=root", ...args], { cwd });

const settings = (folder: string): string => `Dir::State "${folder}";
Dir::State::Lists "${folder}/lists";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
Dir::Etc::sourcelist "${folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "${folder}/preferences.d";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
`;
