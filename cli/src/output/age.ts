const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** How far a moment is from now, for people: `12 s ago`, `in 3 h`. The largest unit of which there are two, cut off. */
export function ageText(at: Date, now: number): string {
  const ms = Math.abs(now - at.getTime());
  if (ms < 1_000) return 'now';
  const [unit, size] = UNITS.find(([, length]) => ms >= 2 * length) ?? UNITS[3];
  const length = `${Math.floor(ms / size)} ${unit}`;
  return at.getTime() > now ? `in ${length}` : `${length} ago`;
}
