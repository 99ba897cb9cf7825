/** Rates as people write them. Everything past this file is runs per hour. */
import { show } from './duration.ts';
import { OptionError } from './errors.ts';

/** Runs per second, or a number with its unit: `'10/s'`, `'100/m'`, `'5/h'`. */
export type Rate = number | string;

const PER_HOUR = { s: 3_600, m: 60, h: 1 } as const;
const PATTERN = /^(\d+(?:\.\d+)?)\s*\/\s*(s|m|h)$/;

/** The slowest and the fastest rate taken: once in ten years, and a million each second. */
export const MIN_PER_HOUR = 1 / (10 * 365 * 24);
export const MAX_PER_HOUR = 1_000_000 * PER_HOUR.s;

/**
 * @param option the name used in the error
 * @returns runs per hour, not always a whole number; `null` for `null`, which is no limit
 * @throws OptionError when the value is no rate, or one outside the bounds
 */
export function parseRate(value: unknown, option: string): number | null {
  if (value === null) return null;
  const perHour = toPerHour(value);
  if (perHour === undefined || !(perHour >= MIN_PER_HOUR && perHour <= MAX_PER_HOUR)) {
    throw new OptionError(
      option,
      `expected ${option} to be a number of runs per second above 0, a string such as '10/s', '100/m' or '5/h', or null, got: ${show(value)}`,
    );
  }
  return perHour;
}

/** As people write it, in the largest unit in which it is a whole number. */
export function formatRate(perHour: number): string {
  const units = Object.entries(PER_HOUR).map(([unit, size]) => [perHour / size, unit] as const);
  const [amount, unit] = units.find(([count]) => Number.isInteger(count)) ?? [perHour, 'h'];
  return `${amount}/${unit}`;
}

function toPerHour(value: unknown): number | undefined {
  if (typeof value === 'number') return value * PER_HOUR.s;
  if (typeof value !== 'string') return undefined;
  const [, amount, unit] = PATTERN.exec(value.trim()) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Number(amount) * PER_HOUR[unit as keyof typeof PER_HOUR];
}
