/**
 * A row of the table of frames. A frame is a batch nearly always, and its items positional arrays: they encode and decode three
 * times faster than keyed objects, and a task is mostly envelope.
 */
import { PAYLOAD_LIMIT } from '../limits.ts';
import { FrameError, readList, unexpected } from './guard.ts';
import { type FrameReader, list, readShape } from './shape.ts';

/**
 * What a token must allow for it, asked of each item by what the item is about: a task's name (call), its id (read, revoke), a
 * queue (work). `tasks` are one's own, or all for an operator; `none`: what it concerns was allowed before.
 */
export type FrameScope = 'call' | 'read' | 'revoke' | 'work' | 'worker' | 'admin' | 'tasks' | 'none';

/** What a peer says, before and after it is read. */
export interface Heard<Body> {
  /**
   * @param payloadLimit of one payload of a worker's
   * @throws FrameError that names the place
   */
  readonly read: (value: unknown, place: string, payloadLimit?: number) => Body;
  /** Items in one frame; 1 where it is no list. */
  readonly bound: number;
}

/** What comes to a gateway. */
export interface Frame<Body, Acknowledged extends boolean = false> extends Heard<Body> {
  readonly scope: FrameScope;
  /** Whether it is answered. */
  readonly acknowledged: Acknowledged;
}

export type Rows = Readonly<Record<string, Heard<unknown>>>;
export type BodyOf<Row extends Heard<unknown>> = ReturnType<Row['read']>;
/** As it travels where the socket has no event names: `[name, body]`. */
export type Named<Table extends Rows> = {
  [Name in keyof Table]: readonly [Name, BodyOf<Table[Name]>];
}[keyof Table];

export function namesOf<Table extends Rows>(table: Table): readonly (keyof Table & string)[] {
  return Object.keys(table);
}

type ReadBody<Body> = (value: unknown, place: string, bound: number, payloadLimit: number) => Body;

// A bundle that does not use a row leaves it out.
/* @__NO_SIDE_EFFECTS__ */
export function heard<Body>(bound: number, body: ReadBody<Body>): Heard<Body> {
  return {
    read: (value, place, payloadLimit = PAYLOAD_LIMIT) => body(value, place, bound, payloadLimit),
    bound,
  };
}

/* @__NO_SIDE_EFFECTS__ */
export function frame<Body>(scope: FrameScope, bound: number, body: ReadBody<Body>): Frame<Body> {
  return { ...heard(bound, body), scope, acknowledged: false };
}

/* @__NO_SIDE_EFFECTS__ */
export function question<Body>(scope: FrameScope, bound: number, body: ReadBody<Body>): Frame<Body, true> {
  return { ...heard(bound, body), scope, acknowledged: true };
}

/* @__NO_SIDE_EFFECTS__ */
export function single<Body>(reader: FrameReader<Body>): ReadBody<Body> {
  return (value, place) => readShape(reader, value, place);
}

/* @__NO_SIDE_EFFECTS__ */
export function each<Item>(item: FrameReader<Item>): ReadBody<readonly Item[]> {
  return (value, place, bound) => readShape(list(item, bound), value, place);
}

// The following for items that are read by hand, on the way of every task.

/**
 * Checks fast, so that what is wrong may be explained slowly: one glance at each item, with no error, copy or closure. What looks as
 * it nearly always does is taken as it came.
 * @param looksUsual true only for what the item's reader would give back as it is
 */
export function areUsual<Item>(
  value: unknown,
  bound: number,
  looksUsual: (item: unknown, payloadLimit: number) => boolean,
  payloadLimit: number = PAYLOAD_LIMIT,
): value is readonly Item[] {
  if (!Array.isArray(value) || value.length > bound) return false;
  for (let at = 0; at < value.length; at++) if (!looksUsual(value[at], payloadLimit)) return false;
  return true;
}

/** @param read reads them where one is not as usual, or wrong */
/* @__NO_SIDE_EFFECTS__ */
export function usual<Item>(
  looksUsual: (item: unknown, payloadLimit: number) => boolean,
  read: ReadBody<readonly Item[]>,
): ReadBody<readonly Item[]> {
  return (value, place, bound, payloadLimit) =>
    areUsual<Item>(value, bound, looksUsual, payloadLimit) ? value : read(value, place, bound, payloadLimit);
}

/* @__NO_SIDE_EFFECTS__ */
export function every<Item>(
  readItem: (item: unknown, payloadLimit: number) => Item,
): ReadBody<readonly Item[]> {
  return (value, place, bound, payloadLimit) =>
    readList(value, place, bound).map((item) => readItem(item, payloadLimit));
}

/** Of what is too large a reader leaves out all or some. */
/* @__NO_SIDE_EFFECTS__ */
export function several<Item>(
  readItem: (item: unknown, payloadLimit: number) => readonly Item[],
): ReadBody<readonly Item[]> {
  return (value, place, bound, payloadLimit) =>
    readList(value, place, bound).flatMap((item) => readItem(item, payloadLimit));
}

/** @throws FrameError when the text is not JSON, its name not in the table, or its body malformed */
export function readNamed<Table extends Rows>(
  table: Table,
  text: string,
  payloadLimit?: number,
): Named<Table> {
  const [name, body] = readList(parse(text), 'frame', 2);
  const row = typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
  if (row === undefined) throw unexpected('a known frame type', 'frame[0]', name);
  // The name and the body are of the same row.
  return [name, row.read(body, String(name), payloadLimit)] as Named<Table>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FrameError('expected a JSON frame');
  }
}
