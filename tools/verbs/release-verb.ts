/** `npm run release`: the images are made if they are not current, then pushed with the chart; what was pushed is said, and how to install it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ReleaseError } from "../processes/errors.ts";
import { chartVersion } from "../release/chart.ts";
import { type ReleaseOptions, releaseOptions, releaseUsage } from "../release/options.ts";
import { Registry } from "../release/registry.ts";
import { type Released, release } from "../release/release.ts";
import { ReleaseKey } from "../release/signing.ts";
import { sourceOf } from "../release/statements.ts";
import { prepare, type VerbContext } from "./verb.ts";

const needs = ["images-product", "go-tools", "go-oci"];

export async function releaseVerb(context: VerbContext): Promise<number> {
  const { args, report } = context;
  if (args.includes("--help")) {
    process.stdout.write(`${releaseUsage}\n`);
    return 0;
  }
  try {
    const options = releaseOptions(args, chartVersion());
    const key = options.key === undefined ? undefined : ReleaseKey.read(options.key);
    // Read before set-up, which may take a while: whoever types it should not have to wait.
    const password = options.username === undefined ? undefined : await passwordFrom(process.stdin);
    if ((await prepare(context, needs)).size > 0) return 1;
    const released = await pushed(context, options, { key, password });
    process.stdout.write(summary(released));
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(released, null, 2)}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    report.line(`${error.code}: ${error.message}`);
    return error.code === "RELEASE_OPTION" ? 2 : 1;
  }
}

/** The first line. It is not asked for at a terminal, which would show it. */
async function passwordFrom(input: typeof process.stdin): Promise<string> {
  const remedy = "pipe it in, or log in with `docker login` and leave --username out";
  if (input.isTTY)
    throw new ReleaseError("RELEASE_OPTION", `--username: the password is read from standard input: ${remedy}`);
  return (await text(input)).split(/\r?\n/)[0] ?? "";
}

interface Secrets {
  readonly key: ReleaseKey | undefined;
  readonly password: string | undefined;
}

async function pushed(context: VerbContext, options: ReleaseOptions, { key, password }: Secrets): Promise<Released> {
  const { artifacts, commands, report } = context;
  const folder = mkdtempSync(join(tmpdir(), "portcullis-release-"));
  try {
    const own = join(process.env.DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
    // A login for this release alone goes into a file that goes with it.
    const config = password === undefined ? own : join(folder, "config.json");
    const programs = { oras: artifacts.program("oras"), helm: artifacts.program("helm") };
    const registry = new Registry({ commands, ...programs, plainHttp: options.plainHttp, config });
    if (options.username !== undefined) await registry.login(options.host, options.username, password ?? "");
    const source = await sourceOf(commands);
    if (source.isChanged === undefined)
      report.line("git knows no commit of this tree: the provenance has none, and says nothing of changes");
    if (source.isChanged) report.line("there are changes that are not committed: the provenance says so");
    const tell = (line: string) => report.line(line);
    return await release({ options, artifacts, commands, registry, source, key, folder, tell });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function summary({ images, chart, signed, install }: Released): string {
  const lines = [...images, chart].map(({ name, digest }) => `${name}@${digest}`);
  const signatures = signed
    ? "signed; to verify: cosign verify --key FILE --insecure-ignore-tlog"
    : "NOT signed: no --key was given";
  return ["", ...lines, `images and chart are ${signatures}`, "", "Install:", `  ${install}`, ""].join("\n");
}
