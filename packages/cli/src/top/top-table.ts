/** The table of `portcullis top`: what happens most, from what the controller says of its counts. */

import type { AlertCount, AlertSummary } from "@portcullis/model";

interface Line extends AlertCount {
  /** How many more it was than when it was said before. */
  readonly more: number;
}

export class TopTable {
  readonly #lines = new Map<string, Line>();

  take({ counts }: AlertSummary): void {
    for (const count of counts) {
      const { namespace, policy, operation, action, owner, total } = count;
      const key = JSON.stringify([namespace, policy, operation, action, owner.kind, owner.name]);
      const before = this.#lines.get(key);
      this.#lines.set(key, { ...count, more: before === undefined ? 0 : Math.max(0, total - before.total) });
    }
  }

  /** What grew most comes first, then what there is most of; at most so many lines. */
  render(most: number): string {
    const lines = [...this.#lines.values()]
      .sort((a, b) => b.more - a.more || b.total - a.total || (a.policy < b.policy ? -1 : 1))
      .slice(0, most);
    const rows = [heads, ...lines.map(cellsOf)];
    const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    const text = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    return rows.map((row) => `${text(row).trimEnd()}\n`).join("");
  }
}

const heads = ["NAMESPACE", "POLICY", "OPERATION", "ACTION", "OWNER", "TOTAL", "MORE", "LAST"];

const cellsOf = ({ namespace, policy, operation, action, owner, total, more, lastSeconds }: Line): string[] => [
  namespace === "" ? "(host)" : namespace,
  policy,
  operation,
  action,
  owner.name === "" ? "-" : `${owner.kind}/${owner.name}`,
  String(total),
  more === 0 ? "" : `+${more}`,
  new Date(lastSeconds * 1_000).toISOString().replace(".000Z", "Z"),
];
