/** The word that was meant: the nearest of those that are known. */

/** The nearest of `known` to `word`; undefined if none is near enough that it may have been meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)));
  return near.sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** How many letters have to be added, left out, changed or swapped with their neighbour. */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (rows[i - 1]![j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const bySwap = swapped ? (rows[i - 2]![j - 2] as number) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(changed, (rows[i - 1]![j] as number) + 1, (row[j - 1] as number) + 1, bySwap));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length] as number;
}
