/** Lines of columns, each as wide as its widest cell; the last one is not filled up. */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): readonly string[] {
  // What tasks are called is anybody's text: it must not move the cursor.
  const cells = [head, ...rows.map((row) => row.map((cell) => printable(cell ?? '-')))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  '),
  );
}

function printable(cell: string | number): string {
  return String(cell).replaceAll(/\p{Cc}/gu, '?') || '-';
}
