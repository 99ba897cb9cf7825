/** How the text of a flag becomes a value. Each throws OptionError naming the flag. */
import { OptionError, parseDuration, show } from '@celeriac/protocol';

export function readText(given: unknown, flag: string): string {
  if (typeof given === 'string' && given !== '') return given;
  throw new OptionError(flag, `expected --${flag} to be a text, got: ${show(given)}`);
}

/** Given several times, separated by commas, or both. */
export function readList(given: unknown, flag: string): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  return texts.flatMap((text) => readText(text, flag).split(',')).map((one) => readText(one.trim(), flag));
}

export function readSwitch(given: unknown, flag: string): boolean {
  if (given === true || given === 'true' || given === '1') return true;
  if (given === false || given === 'false' || given === '0') return false;
  throw new OptionError(flag, `expected --${flag} to be true or false, got: ${show(given)}`);
}

export function readCount(given: unknown, flag: string): number {
  if (typeof given === 'string' && /^\d{1,9}$/.test(given)) return Number(given);
  throw new OptionError(flag, `expected --${flag} to be a whole number, got: ${show(given)}`);
}

/** Seconds, or with a unit. @returns milliseconds */
export function readDuration(given: unknown, flag: string): number {
  const plain = typeof given === 'string' && /^\d+(\.\d+)?$/.test(given);
  return parseDuration(plain ? Number(given) : given, `--${flag}`);
}

/** Only what begins like an ISO date: `Date` takes far more, such as '7' for the first of July 2001. */
export function readDate(given: unknown, flag: string): Date {
  const iso = typeof given === 'string' && /^\d{4}-\d\d-\d\d/.test(given);
  const date = new Date(iso ? given : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new OptionError(
    flag,
    `expected --${flag} to be a time such as 2030-01-31T12:00:00Z, got: ${show(given)}`,
  );
}

export function readUrl(given: unknown, flag: string): string {
  const text = readText(given, flag);
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new OptionError(
    flag,
    `expected --${flag} to be a URL such as http://127.0.0.1:7600, got: ${show(given)}`,
  );
}
