/** What is measured: the rows of the table, and the rules that each binds. */
import type { Match, Rule, RuleSet } from "@portcullis/model";

const fileSystems = ["tmpfs", "overlayfs"] as const;
type FileSystem = (typeof fileSystems)[number];

/** The measured file, six components deep, and the measured program, on each file system. */
const target = (fs: FileSystem): { file: string; program: string } => {
  const top = fs === "tmpfs" ? "/lab" : "/ovl";
  return { file: `${top}/a/b/c/d/file`, program: `${top}/a/b/c/d/true` };
};

export interface Row {
  readonly name: string;
  /** Who runs the workload: a task outside any container, or one whose cgroup is bound. */
  readonly isBound: boolean;
  /** Rules that are bound to it; undefined: the engine is not loaded at all. */
  readonly rules: (() => RuleSet) | undefined;
}

export const rows: readonly Row[] = [
  { name: "no BPF", isBound: false, rules: undefined },
  { name: "not a subject", isBound: false, rules: () => exact(1) },
  { name: "subject, rules elsewhere", isBound: true, rules: () => ruleSet(elsewhere()) },
  { name: "subject, matched to the last component", isBound: true, rules: () => exact(1) },
  { name: "subject, directory rules", isBound: true, rules: () => ruleSet(directories(10)) },
  ...[1, 100, 1000, 10_000].map((n) => ({
    name: `subject, ${n} rule${n === 1 ? "" : "s"}`,
    isBound: true,
    rules: () => exact(n),
  })),
];

type Draft = { category: "process" | "file"; match: Match; ownerOnly?: boolean };

function ruleSet(drafts: readonly Draft[]): RuleSet {
  const rules = drafts.map(
    (d, i): Rule => ({
      id: i + 1,
      category: d.category,
      match: d.match,
      action: "block",
      readOnly: false,
      ownerOnly: d.ownerOnly ?? false,
      noTerminal: false,
      policy: 0,
      severity: "1",
      tags: [],
      message: "",
      origin: `bench[${i}]`,
    }),
  );
  return { policies: [{ kind: "KubeArmorPolicy", namespace: "bench", name: "bench" }], rules, posture: {} };
}

const path = (category: Draft["category"], name: string, ownerOnly = false): Draft => ({
  category,
  match: { kind: "path", path: name },
  ownerOnly,
});

/** n rules a category and file system: the measured name itself (its owner is allowed, so the walk goes to the end) and its neighbours. */
function exact(n: number): RuleSet {
  const drafts = fileSystems.flatMap((fs) => {
    const { file, program } = target(fs);
    const neighbours = Array.from({ length: n - 1 }, (_, i) => [
      path("file", `${file}-${i}`),
      path("process", `${program}-${i}`),
    ]);
    return [path("file", file, true), path("process", program, true), ...neighbours.flat()];
  });
  return ruleSet(drafts);
}

function elsewhere(): Draft[] {
  return ["/srv/one/two/three", "/etc/secret/key", "/opt/vault/token"].flatMap((name) => [
    path("file", name),
    path("process", name),
  ]);
}

/** Directories beside the measured file's, so that every name has to be walked down to where they part. */
function directories(n: number): Draft[] {
  const dirs = fileSystems.flatMap((fs) =>
    Array.from({ length: n }, (_, i) => `${target(fs).file.slice(0, -"d/file".length)}e${i}/`),
  );
  return dirs.flatMap((dir) => [
    { category: "file" as const, match: { kind: "directory" as const, dir, recursive: true } },
    { category: "process" as const, match: { kind: "directory" as const, dir, recursive: true } },
  ]);
}
