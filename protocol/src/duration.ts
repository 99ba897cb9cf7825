/**
 * Durations as people write them. A number is seconds, as in Celery; a string carries its unit.
 * Everything past this file is integer milliseconds.
 */
import { OptionError } from './errors.ts';

/** Seconds, or a number with its unit: `'250ms'`, `'10s'`, `'5m'`, `'2h'`, `'1d'`. */
export type Duration = number | string;

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PATTERN = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/;

/** The longest duration taken: 10 years. What is longer is a mistake in the unit. */
export const MAX_DURATION_MS = 10 * 365 * UNIT_MS.d;

/**
 * @param option the name used in the error
 * @returns integer milliseconds, rounded up so that nothing runs early
 * @throws OptionError when the value is negative, not finite, too long or not a duration
 */
export function parseDuration(value: unknown, option: string): number {
  const ms = toMilliseconds(value);
  if (ms === undefined || !Number.isFinite(ms) || ms < 0 || ms > MAX_DURATION_MS) {
    throw new OptionError(
      option,
      `expected ${option} to be a number of seconds from 0 to ten years, or a string such as '250ms', '10s', '5m', '2h' or '1d', got: ${show(value)}`,
    );
  }
  return Math.ceil(ms);
}

function toMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return value * UNIT_MS.s;
  if (typeof value !== 'string') return undefined;
  const match = PATTERN.exec(value.trim());
  const [, amount, unit] = match ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** Shows a value of any kind in an error, briefly. */
export function show(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 80 ? `${value.slice(0, 80)}…` : value}'`;
  if (value instanceof Date)
    return `Date ${Number.isNaN(value.getTime()) ? '(invalid)' : value.toISOString()}`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
