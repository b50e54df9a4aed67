/**
 * What the kernel engine decides, in a guest with a BPF LSM and no Kubernetes: every case of native/test/engine-guest.sh
 * is a test here. The guest boots once a kernel.
 */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { artifacts, cacheDirectory, repository } from "@portcullis/tools/setup";
import { bareGuest, run, type Suite } from "../cluster/index.ts";

const sources = join(repository, "native", "test");
const script = join(sources, "engine-guest.sh");
const made = artifacts(cacheDirectory(process.env));
const timeLimitMs = 420_000;
/** The script with its parts, each where it is read in. */
const parts = join(sources, "engine-cases");
const whole = readFileSync(script, "utf8").replace(/^\. \.\/(\S+)$/gm, (_, part: string) =>
  readFileSync(join(parts, part), "utf8"),
);
/** Names of the cases in the order they run: the first argument of `allowed`, `refused`, `forbidden`, `reported`, the last of `check` and `holding`. */
const names = [
  ...whole.matchAll(
    /(?:^|; )(?:(?:allowed|refused|forbidden|reported) "([^"]+)"|(?:check \d+ (?:\$\?|"\$\(.*\)")|holding \d+ \S+ \S+) "([^"$]+)")/gm,
  ),
].map(([, first, last]) => first ?? last!);

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-engine-"));
  const compile = (name: string, ...libraries: string[]) =>
    run("gcc", ["-O2", "-Wall", "-o", join(folder, name), join(sources, `${name}.c`), ...libraries]);
  await Promise.all([
    compile("engine-run", "-lbpf"),
    compile("engine-probe", "-static", "-pthread"),
    compile("engine-calls", "-static", "-pthread"),
    compile("engine-ways", "-static"),
    compile("engine-mounts", "-static"),
    compile("engine-sockets", "-static"),
    compile("engine-dns", "-static", "-pthread"),
    compile("engine-addresses", "-static"),
    compile("engine-earlier", "-static"),
    run(process.execPath, [
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "engine-tables.ts"),
      folder,
    ]),
  ]);
  copyFileSync(script, join(folder, basename(script)));
  for (const part of readdirSync(parts)) copyFileSync(join(parts, part), join(folder, part));
  const objects = ["", "-syscalls", "-dns", "-addresses", "-look", "-earlier"] as const;
  for (const object of objects.map((name) => `portcullis${name}.bpf.o` as const))
    copyFileSync(made.native(object), join(folder, object));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each<[string, Suite]>([
  ["6.12", "trixie"],
  ["6.1", "bookworm"],
])("the engine on kernel %s", (_release, suite) => {
  /** "ok" or what was wrong, a case. */
  const outcomes: [name: string, outcome: string][] = [];
  let lines: readonly string[] = [];

  beforeAll(async () => {
    const commands = "cp -r /w /run/engine && cd /run/engine && bash ./engine-guest.sh";
    ({ lines } = await bareGuest({
      artifacts: made,
      suite,
      folder,
      script: commands,
      instructionClock: false,
      timeLimitMs,
    }));
    for (const line of lines) {
      const [, good, bad] = /^(?:ok {3}(.*)|FAIL (.*))$/.exec(line) ?? [];
      if (good !== undefined) outcomes.push([good, "ok"]);
      if (bad !== undefined) outcomes.push([bad.replace(/: expected .*/, ""), bad]);
    }
  }, timeLimitMs + 10_000);

  it("loads, and comes to the end of all cases", () => {
    expect(lines.join("\n")).toContain(`${names.length} cases, `);
    expect(outcomes.map(([name]) => name)).toEqual(names);
  });

  it.each(names.map((name, index) => [name, index] as const))("%s", (_name, index) => {
    expect(outcomes[index]?.[1] ?? `the guest did not come to it:\n${lines.slice(-20).join("\n")}`).toBe("ok");
  });
});
