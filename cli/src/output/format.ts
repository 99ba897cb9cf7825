/** What commands print, as text. */
import { inspect } from 'node:util';
import { checkValue } from '@celeriac/protocol/internal';

/** One line of what tasks are called, and say, which is anybody's text: it must not move the cursor, nor turn what follows around. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

/**
 * Text for a terminal, of one line or several: control characters, and those that change the direction of what follows or
 * cannot be seen, as JSON writes them (`\u001b`). What is JSON already stays the same JSON.
 */
export function shownText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** At most so many characters, the last of which says that some are missing. */
export function cutText(text: string, most: number): string {
  // A character is one or two units: only what is longer than that is looked at closely.
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, Math.max(0, most - 1)).join('')}…`;
}

const UNITS = [
  ['d', 'd', 86_400_000],
  ['h', 'h', 3_600_000],
  ['m', 'min', 60_000],
  ['s', 's', 1_000],
] as const;

/** Milliseconds as people write them: `30s`, `12h`; in the largest unit that needs no fraction. */
export function formatDuration(ms: number): string {
  const [unit, , size] = UNITS.find(([, , length]) => ms >= length && ms % length === 0) ?? ['ms', '', 1];
  return `${ms / size}${unit}`;
}

/** How far a moment is from now, for people: `12 s ago`, `in 3 h`. The largest unit of which there are two, cut off. */
export function ageText(at: Date, now: number): string {
  const ms = Math.abs(now - at.getTime());
  if (ms < 1_000) return 'now';
  const [, unit, size] = UNITS.find(([, , length]) => ms >= 2 * length) ?? UNITS[3];
  const length = `${Math.floor(ms / size)} ${unit}`;
  return at.getTime() > now ? `in ${length}` : `${length} ago`;
}

/** @returns the value where JSON tells all of it, else how Node shows it, bounded */
export function jsonOrText(value: unknown): unknown {
  try {
    checkValue(value, 'value');
    return value;
  } catch {
    return inspect(value, { depth: 10, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 10_000 });
  }
}

/** One line: text as it is, JSON where that tells all of it, else how Node shows it. */
export function valueText(value: unknown): string {
  const shown = jsonOrText(value);
  return typeof shown === 'string' ? shown : JSON.stringify(shown);
}
