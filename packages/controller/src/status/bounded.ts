/** Lists of a status: as long as its definition lets them be. */

interface Said {
  readonly origin: string;
  readonly reason: string;
  readonly message: string;
}

/** The list, or its beginning and how many more there are, which stands last and has this reason. */
export function bounded<T extends Said>(
  list: readonly T[],
  { most, what, reason }: { readonly most: number; readonly what: string; readonly reason: string },
): (T | Said)[] {
  if (list.length <= most) return [...list];
  const kept = list.slice(0, most - 1);
  return [...kept, { origin: "spec", reason, message: `and ${list.length - kept.length} more ${what}` }];
}
