/** How the text of a flag becomes a value. */
import type { Duration } from '@celeriac/protocol';
import { type OptionReader, option } from '@celeriac/protocol/internal';

export const textOption = option.text();
export const flagOption = option.orText(option.flag);
/** In milliseconds. */
export const durationOption = option.orText(option.duration());
/** Checked here and read later: seconds, or a text with its unit. */
export const durationAsGiven = option.orText(option.asGiven<Duration>(option.duration()));

export function integerOption(least: number, most?: number): OptionReader<number> {
  return option.orText(option.integer(least, most));
}

/** Given several times, separated by commas, or both. */
export function words<Word>(word: OptionReader<Word>): OptionReader<readonly Word[]> {
  return (given, name) =>
    (Array.isArray(given) ? given : [given])
      .flatMap((one: unknown) => textOption(one, name).split(','))
      .map((one) => word(one.trim(), name));
}

/** Only what begins like an ISO date: `Date` takes far more, such as '7' for the first of July 2001. */
export function date(given: unknown, name: string): Date {
  const iso = typeof given === 'string' && /^\d{4}-\d\d-\d\d/.test(given);
  const read = new Date(iso ? given : Number.NaN);
  if (!Number.isNaN(read.getTime())) return read;
  throw option.expected(name, 'a time such as 2030-01-31T12:00:00Z', given);
}

export const url: OptionReader<string> = option.value(
  "a URL such as 'http://127.0.0.1:7600'",
  (given) => typeof given === 'string' && URL.canParse(given) && /^https?:$/.test(new URL(given).protocol),
);
