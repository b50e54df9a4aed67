/** The figures as tables for people, beside KubeArmor's. */
import type { Figure } from "./figures.ts";
import { limitRow } from "./rows.ts";

/**
 * KubeArmor 1.7's objects measured the same way (guest instructions, `-cpu max`, kernel 6.12, the same six components;
 * fork+exec of a dynamic /bin/true): what it adds to the operation without BPF. On overlayfs, where it judges every open
 * twice, what its programs execute an open, against this bench's operation without BPF.
 */
const kubeArmor: Readonly<Record<string, string>> = {
  "6.12 open+close tmpfs not a subject": "+10 %",
  "6.12 open+close tmpfs subject, matched to the last component": "+184 % (path rules)",
  "6.12 open+close tmpfs subject, directory rules": "+302 %",
  "6.12 open+close tmpfs subject, 1 rule": "+184 %",
  "6.12 open+close tmpfs subject, 100 rules": "+184 %",
  "6.12 open+close tmpfs subject, 1000 rules": "holds 256 at most",
  "6.12 open+close overlayfs not a subject": "+12 %",
  "6.12 open+close overlayfs subject, matched to the last component": "+263 % (path rules)",
  "6.12 open+close overlayfs subject, directory rules": "+296 %",
  "6.12 fork+exec overlayfs subject, matched to the last component": "+16 … 18 %",
};

const percent = (ratio: number): string =>
  Number.isFinite(ratio) ? `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toFixed(1)} %` : "";

/** A table for each kernel, operation and file system. */
export function tables(figures: readonly Figure[]): string {
  const groups = Map.groupBy(figures, (f) => `${f.kernel} ${f.operation} ${f.filesystem}`);
  return [...groups].map(([group, list]) => table(group, list)).join("\n\n");
}

function table(group: string, list: readonly Figure[]): string {
  const limit = list.find(({ name }) => name === limitRow)?.instructions;
  const lines = list.map((f) => {
    const above = limit === undefined ? "" : String(f.instructions - limit);
    const cells = [f.name.padEnd(42), String(f.instructions).padStart(12), percent(f.ratio).padStart(9)];
    return `  ${cells.join("")}${above.padStart(15)}   ${kubeArmor[`${group} ${f.name}`] ?? ""}`.trimEnd();
  });
  return [`${group.padEnd(44)}instructions     cost   above limit   KubeArmor 1.7`, ...lines].join("\n");
}
