/**
 * Words that were retired (docs/glossary.md), in the meaning that was taken from them. Each pattern is looked for in the places where the word would
 * have that meaning; where it is somebody else's word, or the name of something stored, the place or the line is left out.
 */
import { isGenerated, type Repository } from "./sources.ts";

interface Retired {
  readonly word: RegExp;
  readonly where: RegExp;
  /** Lines in which the word is rightly used. */
  readonly unless?: RegExp;
  readonly instead: string;
}

const retired: readonly Retired[] = [
  {
    word: /\bWorkloads?\b(?!')/,
    where: /^packages\/[^/]+\/src\//,
    instead: "BundleContainer, RunningContainer or Binding",
  },
  { word: /\b(struct )?pc_tag\b|\bPC_TAG_/, where: /^native\//, instead: "pc_task, PC_TASK_" },
  { word: /\bpc_ring\b|\bPC_RING\b/, where: /^native\//, instead: "pc_name_window" },
  { word: /\bsubjects?\b/i, where: /^native\//, instead: "actor" },
  {
    word: /\bsubjects?\b/i,
    where: /^packages\/(policy|enforcer|model)\//,
    unless: /NATS|subjects?:|\bsubject\b.*JSON|"subject"/,
    instead: "actor, or binding",
  },
  {
    word: /\b(pack|set)Image\b|\bPackedImage\b|\bImageError\b/,
    where: /^(native|packages|e2e)\//,
    instead: "packRules, setRules, RuleTable, PackError",
  },
  { word: /\bLinkCache\b|\bKnownLinks\b|\bresolveLinks\b/, where: /^packages\//, instead: "SymlinkCache …" },
  { word: /\bnextGeneration\b|\bbindGeneration\b/, where: /^(native|packages)\//, instead: "tableId, bindEpoch" },
  { word: /^\s*(private|protected) (?!constructor)/, where: /\.ts$/, instead: "#name" },
];

export function wordFaults({ files, text }: Repository): string[] {
  return files
    .filter((file) => !isGenerated(file) && !file.startsWith("tools/checks/"))
    .flatMap((file) => {
      const rules = retired.filter(({ where }) => where.test(file));
      if (rules.length === 0) return [];
      return text(file)
        .split("\n")
        .flatMap((line, i) =>
          rules
            .filter(({ word, unless }) => word.test(line) && !unless?.test(line))
            .map(
              ({ instead }) =>
                `${file}:${i + 1}: ${line.trim().slice(0, 80)}: that word is retired here, say ${instead}`,
            ),
        );
    });
}
