/** So many task ids, counted from a number. */
export function numbered(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, position) => `${from + position}`);
}
