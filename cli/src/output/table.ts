import { ageText, cutText, printable } from './format.ts';

/** A time is shown as its distance from now; what is not there as a dash. */
export type Cell = string | number | Date | null;

/** Where a table is shown: `width` is that of a terminal, `undefined` where there is none, as in a pipe. */
export interface TableStyle {
  readonly now: number;
  readonly width: number | undefined;
}

const GAP = '  ';
/** No column but the first is cut below this for the sake of others. */
const LEAST = 12;
/** The first column is the row's key, and an id is of use only when it is whole. */
const ID = 36;

/**
 * Lines of columns, each as wide as its widest cell; the last one is not filled up. Where that is wider than the terminal,
 * the widest columns are cut first, and what still does not fit is cut off at the end.
 */
export function tableLines(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { now, width }: TableStyle,
): readonly string[] {
  const cells = [head, ...rows.map((row) => row.map((cell) => cellText(cell, now)))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))));
  const fitted = width === undefined ? widths : shrink(widths, width);
  return cells.map((row) => {
    const line = row
      .map((cell, column) => {
        const room = fitted[column] ?? 0;
        const cut = cutText(cell, room);
        return column === row.length - 1 ? cut : cut + ' '.repeat(room - lengthOf(cut));
      })
      .join(GAP);
    return width === undefined ? line : cutText(line, width);
  });
}

/** One cap for all columns but the first, the largest with which the line fits. */
function shrink(widths: readonly number[], width: number): readonly number[] {
  const capped = (cap: number): readonly number[] =>
    widths.map((wide, column) =>
      Math.min(wide, column === 0 ? Math.max(ID, Math.floor(width / 2)) : Math.max(LEAST, cap)),
    );
  const total = (columns: readonly number[]): number =>
    columns.reduce((sum, wide) => sum + wide, GAP.length * (columns.length - 1));
  let cap = width;
  while (cap > LEAST && total(capped(cap)) > width) cap -= 1;
  return capped(cap);
}

function cellText(cell: Cell, now: number): string {
  if (cell instanceof Date) return ageText(cell, now);
  return printable(String(cell ?? '')) || '-';
}

function lengthOf(text: string): number {
  return [...text].length;
}
