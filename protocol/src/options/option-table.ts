/** Options as people pass them: a table says which there are and how each is read; one that it does not have is refused. */
import { show } from '../duration.ts';
import { OptionError, UsageError } from '../errors.ts';
import { nearestName } from './nearest-name.ts';

/** Reads what was given for one option. */
export interface OptionReader<Value> {
  /** @throws OptionError that names the option, what was expected and what came */
  (given: unknown, name: string): Value;
  /** `null` says something of its own. To all others it is as if they had not been given. */
  readonly takesNull?: boolean;
  /** What the text of a flag or of a variable stands for; without it for itself. */
  readonly ofText?: ((text: string) => unknown) | undefined;
}

export type OptionTable = Readonly<Record<string, OptionReader<unknown>>>;

/** What {@link readOptions} gives: those that were given, each as its reader has read it. */
export type OptionsRead<Table extends OptionTable> = {
  readonly [Name in keyof Table]?: ReturnType<Table[Name]>;
};

/** The one wording of every value that cannot be. */
export function expected(name: string, what: string, given: unknown): OptionError {
  return new OptionError(name, `expected ${name} to be ${what}, got: ${show(given)}`);
}

/**
 * @param where names the call in errors: "add.applyAsync()"
 * @returns what was given, each option as its reader reads it; `undefined` is as if it had not been given, and so is `null` where
 * it says nothing
 * @throws UsageError when it is no object, OptionError for an option that the table does not have, or cannot be read
 */
export function readOptions<Table extends OptionTable>(
  given: unknown,
  table: Table,
  where: string,
): OptionsRead<Table> {
  if (!isRecord(given))
    throw new UsageError(`expected the options of ${where} to be an object, got: ${show(given)}`);
  return readEach(given, table, where, '');
}

/** The reader of an option that has options of its own. */
export function object<Table extends OptionTable>(table: Table): OptionReader<OptionsRead<Table>> {
  return (given, name) => {
    if (!isRecord(given)) throw expected(name, 'an object', given);
    return readEach(given, table, name, `${name}.`);
  };
}

/** Checks the names only; the values are read later. @throws as {@link readOptions} */
export function checkNames(given: unknown, known: readonly string[], where: string): void {
  if (!isRecord(given))
    throw new UsageError(`expected the options of ${where} to be an object, got: ${show(given)}`);
  for (const name of Object.keys(given)) if (!known.includes(name)) throw unknownOption(name, known, where);
}

/** An object without what is `undefined` in it. */
export function withoutUndefined<Shape extends object>(
  shape: {
    readonly [Name in keyof Shape]: Shape[Name] | undefined;
  },
): Shape {
  const given: Partial<Shape> = {};
  for (const name in shape) if (shape[name] !== undefined) given[name] = shape[name];
  // What is left has the types of the shape.
  return given as Shape;
}

function readEach<Table extends OptionTable>(
  given: object,
  table: Table,
  where: string,
  prefix: string,
): OptionsRead<Table> {
  const read: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    const reader = Object.hasOwn(table, name) ? table[name] : undefined;
    if (reader === undefined) throw unknownOption(name, Object.keys(table), where);
    const value: unknown = Reflect.get(given, name);
    if (value !== undefined && (value !== null || reader.takesNull === true))
      read[name] = reader(value, prefix + name);
  }
  // Filled name by name from the table whose type this is.
  return read as OptionsRead<Table>;
}

function isRecord(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function unknownOption(name: string, known: readonly string[], where: string): OptionError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean '${nearest}'?`;
  return new OptionError(name, `${where} has no option '${name}'; ${hint}`);
}
