/** How many more tasks one claim may take from a lane, or from all lanes of one name. */
export interface Budget {
  left: number;
}

/**
 * @param names of the ask's lanes
 * @returns of each lane of an ask; lanes of one name share theirs where the ask says how many each may give
 */
export function budgetsOf(
  names: readonly string[],
  { most, limit }: { readonly most?: readonly number[] | null; readonly limit: number },
): readonly Budget[] {
  if (most == null) return names.map(() => ({ left: limit }));
  const byName = new Map<string, Budget>();
  return names.map((name, position) => {
    const budget = byName.get(name) ?? { left: Math.min(limit, most[position] ?? limit) };
    byName.set(name, budget);
    return budget;
  });
}
