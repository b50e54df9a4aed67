/** What is to be reached, and what was: each row has one figure, or the reason why there is none. */

export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Undefined: not measured. */
  readonly found: number | undefined;
  readonly most?: number | undefined;
  readonly least?: number | undefined;
  /** A wall-clock time on a machine that does other things too: printed, and decides nothing. */
  readonly wall?: boolean;
  /** Beside the figure, or why it is not measured. */
  readonly note?: string;
}

/** Whether the row decides nothing, or its bound holds. */
export function holds({
  found,
  most = Number.POSITIVE_INFINITY,
  least = Number.NEGATIVE_INFINITY,
  wall,
}: Row): boolean {
  return found === undefined || wall === true || (found <= most && found >= least);
}

export function lineOf(row: Row): string {
  const { name, unit, found, most, least, wall, note } = row;
  const bounds = [most !== undefined ? `≤ ${most}` : "", least !== undefined ? `≥ ${least}` : ""].filter(
    (b) => b !== "",
  );
  const bound = bounds.length > 0 ? ` (${bounds.join(", ")} ${unit})` : "";
  const tail = note === undefined ? "" : `; ${note}`;
  if (found === undefined) return `not measured  ${name}${bound}${tail}`;
  const verdict = wall
    ? "wall clock  "
    : bounds.length === 0
      ? "            "
      : holds(row)
        ? "holds       "
        : "DOES NOT HOLD";
  return `${verdict}  ${name}: ${rounded(found)} ${unit}${bound}${tail}`;
}

const rounded = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3);
