/**
 * Readers that are put together from smaller ones: short to write and to send to a browser. A reader returns the value it
 * has read, without what it does not know, or throws; {@link readShape} says where in the frame that was.
 */
import { COUNT_LIMIT, HEARD_ITEMS } from '../limits.ts';
import { FrameError, tooMuch, unexpected } from './guard.ts';

export type FrameReader<Value> = (value: unknown) => Value;
type Readers = Readonly<Record<string, FrameReader<unknown>>>;
type Absent<Fields extends Readers> = {
  [Key in keyof Fields]: undefined extends ReturnType<Fields[Key]> ? Key : never;
}[keyof Fields];
/** What a {@link record} of these fields returns: those that may be undefined may be absent. */
export type Shape<Fields extends Readers> = {
  readonly [Key in keyof Pick<Fields, Exclude<keyof Fields, Absent<Fields>>>]: ReturnType<Fields[Key]>;
} & {
  readonly [Key in keyof Pick<Fields, Absent<Fields>>]?: Exclude<ReturnType<Fields[Key]>, undefined>;
};

/** The dates that there are end here. */
export const LAST_DATE_MS = 8.64e15;

/** What stands where something else should. Readers around it say where; only a bad frame pays for that. */
export class Misfit extends FrameError {
  readonly what: string;
  readonly found: unknown;
  steps = '';
  constructor(what: string, found: unknown, tooLarge = false) {
    super(what, 'BAD_FRAME', tooLarge);
    this.what = what;
    this.found = found;
  }
}

/** @throws FrameError that names the place: "expected events[2][3] to be …" */
export function readShape<Value>(reader: FrameReader<Value>, value: unknown, place: string): Value {
  try {
    return reader(value);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const misread = unexpected(error.what, place + error.steps, error.found);
    throw error.tooLarge ? tooMuch(misread) : misread;
  }
}

/** @param is whether the value is what `what` says */
/* @__NO_SIDE_EFFECTS__ */
export function one<Value>(what: string, is: (value: unknown) => boolean): FrameReader<Value> {
  return (value) => {
    if (!is(value)) throw new Misfit(what, value);
    // Here bytes become a type.
    return value as Value;
  };
}

export function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
/** As `nullable(text)` gives it. */
export function isName(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
export function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LAST_DATE_MS;
}
/** As {@link count} takes it. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= COUNT_LIMIT;
}

export const text: FrameReader<string> = one('a string', (value) => typeof value === 'string');
export const word: FrameReader<string> = one('a string that is not empty', isWord);
export const flag: FrameReader<boolean> = one('true or false', (value) => typeof value === 'boolean');
export const number: FrameReader<number> = one('a finite number', Number.isFinite);
/** Wall time in milliseconds. */
export const moment: FrameReader<number> = one('a time in milliseconds', isMoment);

/** @param most characters */
/* @__NO_SIDE_EFFECTS__ */
export function upTo(most: number): FrameReader<string> {
  const what = `a string of 1 to ${most} characters`;
  return (value) => {
    if (typeof value === 'string' && value.length > 0 && value.length <= most) return value;
    throw new Misfit(what, value, typeof value === 'string' && value.length > most);
  };
}

/* @__NO_SIDE_EFFECTS__ */
export function integer(min: number, max: number): FrameReader<number> {
  const what = `an integer from ${min} to ${max}`;
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new Misfit(what, value);
  };
}

export const count: FrameReader<number> = integer(0, COUNT_LIMIT);

/* @__NO_SIDE_EFFECTS__ */
export function oneOf<Value>(values: readonly Value[]): FrameReader<Value> {
  return one(`one of ${values.join(', ')}`, (value) => values.some((known) => known === value));
}

/** What is not there is `null`. */
/* @__NO_SIDE_EFFECTS__ */
export function nullable<Value>(reader: FrameReader<Value>): FrameReader<Value | null> {
  return (value) => (value == null ? null : reader(value));
}

/** In a {@link record}: what is not there stays away. */
/* @__NO_SIDE_EFFECTS__ */
export function optional<Value>(reader: FrameReader<Value>): FrameReader<Value | undefined> {
  return (value) => (value === undefined ? undefined : reader(value));
}

/** As {@link optional}, where `null` is not there either. */
/* @__NO_SIDE_EFFECTS__ */
export function maybe<Value>(reader: FrameReader<Value>): FrameReader<Value | undefined> {
  return (value) => (value == null ? undefined : reader(value));
}

/* @__NO_SIDE_EFFECTS__ */
export function list<Value>(
  item: FrameReader<Value>,
  most: number = HEARD_ITEMS,
): FrameReader<readonly Value[]> {
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

type Places<Values extends readonly unknown[]> = { readonly [At in keyof Values]: FrameReader<Values[At]> };

/** A positional array; what stands behind its last position is passed over: a later gateway may say more. */
/* @__NO_SIDE_EFFECTS__ */
export function tuple<Values extends readonly unknown[]>(
  ...readers: Places<Values>
): FrameReader<Readonly<Values>> {
  return places(readers, HEARD_ITEMS);
}

/** A positional array of no more than these. */
/* @__NO_SIDE_EFFECTS__ */
export function row<Values extends readonly unknown[]>(
  ...readers: Places<Values>
): FrameReader<Readonly<Values>> {
  return places(readers, readers.length);
}

function places<Values extends readonly unknown[]>(
  readers: Places<Values>,
  most: number,
): FrameReader<Readonly<Values>> {
  return (value) => {
    const given = items(value, most);
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

/** @returns the fields that it knows. Where a type is given it has a reader for each of its fields. */
export function record<Fields extends Readers>(fields: Fields): FrameReader<Shape<Fields>>;
export function record<Value>(
  fields: {
    readonly [Key in keyof Value]-?: FrameReader<Value[Key]>;
  },
): FrameReader<Value>;
/* @__NO_SIDE_EFFECTS__ */
export function record(fields: Readers): FrameReader<object> {
  const readers = Object.entries(fields).map(([key, reader]) => ({ key, reader }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Misfit('an object', value);
    const given = value as Readonly<Record<string, unknown>>;
    const found: Record<string, unknown> = {};
    let at = '';
    try {
      for (const { key, reader } of readers) {
        at = key;
        const field = reader(given[key]);
        if (field !== undefined) found[key] = field;
      }
    } catch (error) {
      throw within(error, `.${at}`);
    }
    return found;
  };
}

/** A positional array whose element `at` says which of these it is. */
/* @__NO_SIDE_EFFECTS__ */
export function variant<Value>(
  at: number,
  kinds: Readonly<Record<string, FrameReader<Value>>>,
): FrameReader<Value> {
  const readers = new Map<unknown, FrameReader<Value>>(Object.entries(kinds));
  return (value) => {
    const kind = items(value, HEARD_ITEMS)[at];
    const reader = readers.get(kind);
    if (reader === undefined)
      throw within(new Misfit(`one of ${Object.keys(kinds).join(', ')}`, kind), `[${at}]`);
    return reader(value);
  };
}

/** A positional array that begins with its name, which says what stands behind it. */
/* @__NO_SIDE_EFFECTS__ */
export function named<Value>(
  kinds: Readonly<Record<string, readonly FrameReader<unknown>[]>>,
): FrameReader<Value> {
  const rows = Object.entries(kinds).map(
    ([name, said]) => [name, row<readonly unknown[]>(oneOf([name]), ...said)] as const,
  );
  // Each is of the type that its name has in Value.
  return variant(0, Object.fromEntries(rows)) as unknown as FrameReader<Value>;
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
