/**
 * Readers that are put together from smaller ones: short to write and to send to a browser. A reader returns the value it
 * has read, without what it does not know, or throws; {@link read} says where in the frame that was.
 */
import { COUNT_LIMIT } from '../limits.ts';
import { expected } from './guard.ts';

export type Reader<Value> = (value: unknown) => Value;

/** Items of a list that has no bound of its own. A larger frame than these fill is refused by its size. */
const ITEMS = 100_000;
/** The dates that there are end here. */
const LAST_DATE_MS = 8.64e15;

/** What stands where something else should. Readers around it say where; only a bad frame pays for that. */
class Misfit extends Error {
  readonly what: string;
  readonly found: unknown;
  steps = '';
  constructor(what: string, found: unknown) {
    super(what);
    this.what = what;
    this.found = found;
  }
}

/** @throws FrameError that names the place: "expected events[2][3] to be …" */
export function read<Value>(reader: Reader<Value>, value: unknown, place: string): Value {
  try {
    return reader(value);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw expected(error.what, place + error.steps, error.found);
  }
}

/** @param is whether the value is what `what` says */
export function one<Value>(what: string, is: (value: unknown) => boolean): Reader<Value> {
  return (value) => {
    if (!is(value)) throw new Misfit(what, value);
    // Here bytes become a type.
    return value as Value;
  };
}

export const text: Reader<string> = one('a string', (value) => typeof value === 'string');
export const word: Reader<string> = one(
  'a string that is not empty',
  (value) => typeof value === 'string' && value !== '',
);
export const flag: Reader<boolean> = one('true or false', (value) => typeof value === 'boolean');
export const number: Reader<number> = one('a finite number', Number.isFinite);
export const count: Reader<number> = one(
  `an integer from 0 to ${COUNT_LIMIT}`,
  (value) => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= COUNT_LIMIT,
);
/** Wall time in milliseconds. */
export const moment: Reader<number> = one(
  'a time in milliseconds',
  (value) => typeof value === 'number' && Math.abs(value) <= LAST_DATE_MS,
);

export function oneOf<Value>(values: readonly Value[]): Reader<Value> {
  return one(`one of ${values.join(', ')}`, (value) => values.some((known) => known === value));
}

/** What is not there is `null`. */
export function nullable<Value>(reader: Reader<Value>): Reader<Value | null> {
  return (value) => (value == null ? null : reader(value));
}

/** In a {@link record}: what is not there stays away. */
export function optional<Value>(reader: Reader<Value>): Reader<Value> {
  return (value) => (value === undefined ? (value as Value) : reader(value));
}

export function list<Value>(item: Reader<Value>, most: number = ITEMS): Reader<readonly Value[]> {
  return (value) => {
    const given = items(value, most);
    const found: Value[] = [];
    let at = 0;
    try {
      for (; at < given.length; at++) found.push(item(given[at]));
    } catch (error) {
      throw within(error, `[${at}]`);
    }
    return found;
  };
}

/** A positional array; what stands behind its last position is passed over. */
export function tuple<Values extends readonly unknown[]>(
  ...readers: { readonly [At in keyof Values]: Reader<Values[At]> }
): Reader<Values> {
  return (value) => {
    const given = items(value, ITEMS);
    const found: unknown[] = [];
    let at = 0;
    try {
      for (const reader of readers) found.push(reader(given[at++]));
    } catch (error) {
      throw within(error, `[${at - 1}]`);
    }
    return found as unknown as Values;
  };
}

export function record<Value>(
  fields: {
    readonly [Key in keyof Value]-?: Reader<Exclude<Value[Key], undefined>>;
  },
): Reader<Value> {
  const readers = Object.entries<Reader<unknown>>(fields);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Misfit('an object', value);
    const found: Record<string, unknown> = {};
    for (const [key, reader] of readers) {
      try {
        const field = reader(Reflect.get(value, key));
        if (field !== undefined) found[key] = field;
      } catch (error) {
        throw within(error, `.${key}`);
      }
    }
    return found as Value;
  };
}

/** A positional array whose element `at` says which of these it is. */
export function variant<Value>(at: number, kinds: Readonly<Record<string, Reader<Value>>>): Reader<Value> {
  const readers = new Map<unknown, Reader<Value>>(Object.entries(kinds));
  return (value) => {
    const kind = items(value, ITEMS)[at];
    const reader = readers.get(kind);
    if (reader === undefined)
      throw within(new Misfit(`one of ${Object.keys(kinds).join(', ')}`, kind), `[${at}]`);
    return reader(value);
  };
}

function items(value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misfit('an array', value);
  if (value.length > most) throw new Misfit(`at most ${most} items`, value.length);
  return value;
}

function within(error: unknown, step: string): unknown {
  if (error instanceof Misfit) error.steps = step + error.steps;
  return error;
}
