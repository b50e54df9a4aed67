/** The figures as tables for people, beside KubeArmor's. */

export interface Figure {
  readonly operation: string;
  readonly name: string;
  readonly filesystem: string;
  readonly instructions: number;
  /** Against `no BPF` of the same operation and file system. */
  readonly ratio: number;
}

/**
 * KubeArmor 1.7's objects measured the same way (guest instructions, `-cpu max`, kernel 6.12, the same six components;
 * fork+exec of a dynamic /bin/true): what it adds to the operation without BPF. On overlayfs, where it judges every open
 * twice, what its programs execute an open, against this bench's operation without BPF.
 */
const kubeArmor: Readonly<Record<string, string>> = {
  "open+close tmpfs not a subject": "+10 %",
  "open+close tmpfs subject, matched to the last component": "+184 % (path rules)",
  "open+close tmpfs subject, directory rules": "+302 %",
  "open+close tmpfs subject, 1 rule": "+184 %",
  "open+close tmpfs subject, 100 rules": "+184 %",
  "open+close tmpfs subject, 1000 rules": "holds 256 at most",
  "open+close overlayfs not a subject": "+12 %",
  "open+close overlayfs subject, matched to the last component": "+263 % (path rules)",
  "open+close overlayfs subject, directory rules": "+296 %",
  "fork+exec overlayfs subject, matched to the last component": "+16 … 18 %",
};

const percent = (ratio: number): string => `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toFixed(1)} %`;

/** A table for each operation and file system. */
export function tables(figures: readonly Figure[]): string {
  const groups = Map.groupBy(figures, (f) => `${f.operation} ${f.filesystem}`);
  return [...groups]
    .map(([group, list]) =>
      [
        `${group.padEnd(44)}instructions     cost   KubeArmor 1.7`,
        ...list.map((f) =>
          `  ${f.name.padEnd(42)}${String(f.instructions).padStart(12)}${percent(f.ratio).padStart(9)}   ${kubeArmor[`${group} ${f.name}`] ?? ""}`.trimEnd(),
        ),
      ].join("\n"),
    )
    .join("\n\n");
}

/** What has to hold; each line is a broken bound. */
export function broken(figures: readonly Figure[]): string[] {
  const at = (operation: string, filesystem: string, name: string): Figure | undefined =>
    figures.find((f) => f.operation === operation && f.filesystem === filesystem && f.name === name);
  const problems: string[] = [];
  const bound = (f: Figure | undefined, most: number, what: string): void => {
    if (!f) problems.push(`${what}: not measured`);
    else if (f.ratio > most) problems.push(`${what}: ${percent(f.ratio)}, at most ${percent(most)}`);
  };
  for (const fs of ["tmpfs", "overlayfs"]) {
    bound(at("open+close", fs, "not a subject"), 1.03, `open+close on ${fs}, not a subject`);
    bound(at("open+close", fs, "subject, rules elsewhere"), 1.12, `open+close on ${fs}, rules elsewhere`);
    bound(
      at("open+close", fs, "subject, matched to the last component"),
      1.25,
      `open+close on ${fs}, matched to the end`,
    );
    bound(at("fork+exec", fs, "subject, matched to the last component"), 1.05, `fork+exec on ${fs}, subject`);
    const one = at("open+close", fs, "subject, 1 rule");
    const many = at("open+close", fs, "subject, 10000 rules");
    if (!one || !many || many.instructions > 1.05 * one.instructions)
      problems.push(
        `open+close on ${fs}: 10000 rules take ${many?.instructions}, 1 rule ${one?.instructions}; at most 1.05 ×`,
      );
  }
  return problems;
}
