/** One table per command gives its flags, environment names, defaults and help; the gateway's is its own. */
import type { OptionSpec } from '@celeriac/gateway/internal';
import { OptionError } from '@celeriac/protocol';
import type { OptionReader } from '@celeriac/protocol/internal';
import { type Command, Option } from 'commander';
import { formatDuration } from '../output/format.ts';
import { flagOption as switched } from './readers.ts';

export type Flag<Value> = OptionSpec<Value> & {
  /** Where it is not CELERIAC_FLAG. */
  readonly env?: string;
};
/** One that has no default: `undefined` where it is not given. */
export function optionalFlag<Value>(
  flag: string,
  value: string,
  help: string,
  read: OptionReader<Value>,
): Flag<Value | undefined> {
  return { flag, value, help, default: undefined, read };
}

/** On where it is given, off where it is not. */
export function toggle(flag: string, help: string): Flag<boolean> {
  return { flag, help, default: false, read: switched };
}

export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

export type Values<Table extends FlagTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Flag<infer Value> ? Value : never;
};
/** What was given and nothing else, as it was given. */
export type GivenFlags<Table extends FlagTable> = { readonly [Key in keyof Table]?: unknown };
export type Environment = Readonly<Record<string, string | undefined>>;

export interface FlagReading<Table extends FlagTable> {
  readonly values: Values<Table>;
  readonly given: GivenFlags<Table>;
}

export function declareFlags(command: Command, table: FlagTable): void {
  for (const flag of Object.values(table)) command.addOption(optionOf(flag));
}

/**
 * The command line wins over the environment, and that over the default. An empty variable is not set.
 * @param parsed what commander found, by its own names
 * @throws OptionError naming the flag, and the variable when the value came from there
 */
export function readFlags<Table extends FlagTable>(
  table: Table,
  parsed: Readonly<Record<string, unknown>>,
  env: Environment,
): FlagReading<Table> {
  const values: Record<string, unknown> = {};
  const given: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(table)) {
    const written = parsed[optionOf(flag).attributeName()];
    const found = written ?? (env[environmentName(flag)] || undefined);
    if (found !== undefined) given[key] = found;
    values[key] =
      found === undefined
        ? flag.default
        : written === undefined
          ? readEnvironment(flag, found)
          : flag.read(found, `--${flag.flag}`);
  }
  // Filled key by key from the table whose type this is.
  return { values, given } as FlagReading<Table>;
}

export function environmentName({ flag, env }: Flag<unknown>): string {
  return env ?? `CELERIAC_${flag.toUpperCase().replaceAll('-', '_')}`;
}

function readEnvironment(flag: Flag<unknown>, found: unknown): unknown {
  try {
    return flag.read(found, `--${flag.flag}`);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(error.option, `${error.message} (from ${environmentName(flag)})`);
  }
}

function optionOf(flag: Flag<unknown>): Option {
  const value = flag.value === undefined ? '' : ` <${flag.value}>`;
  const option = new Option(`--${flag.flag}${value}`, describeFlag(flag));
  return flag.many === true
    ? option.argParser((next: string, before: readonly string[] | undefined) => [...(before ?? []), next])
    : option;
}

function describeFlag(flag: Flag<unknown>): string {
  const shown = showDefault(flag);
  const facts = [...(shown === undefined ? [] : [`default: ${shown}`]), environmentName(flag)];
  return `${flag.help} (${facts.join(', ')})`;
}

export function showDefault({ default: fallback, value }: Flag<unknown>): string | undefined {
  if (fallback === undefined || fallback === null || fallback === false || fallback === '') return undefined;
  if (Array.isArray(fallback)) return fallback.length === 0 ? undefined : fallback.join(',');
  if (typeof fallback === 'number' && value === 'DURATION') return formatDuration(fallback);
  return String(fallback);
}
