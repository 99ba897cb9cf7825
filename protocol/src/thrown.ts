/**
 * What can be read of a value that was thrown. It may be of another realm (a vm context, an iframe), and it may be hostile: a
 * revoked proxy, getters that throw, a graph without end. Nothing here throws, and each look is bounded.
 */

import { clip, fieldOf, textOf, writeWithin } from './error-fields.ts';
import { PayloadError } from './errors.ts';
import { checkValue } from './values/check-value.ts';
import { decodeValue } from './values/json.ts';

export interface DataLimits {
  /** Characters that an error's `data` may have as JSON. */
  readonly data: number;
  /** Characters that the fields standing for it may have together. */
  readonly fields: number;
  /** How deep data stands in what is written. */
  readonly depth: number;
}

const NOTE_LENGTH = 500;
/** Fields that are looked at. */
const FIELDS = 64;
/** Said in places of their own, or what an error is without them. */
const NO_FIELDS: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'data']);
/** Read also where they are inherited or hidden: by these an error is told from another. */
const TELLING = ['code', 'errno', 'status'];

/** The first members of an AggregateError; `undefined` of any other. */
export function membersOf(thrown: Error, count: number): readonly unknown[] | undefined {
  try {
    const members: unknown =
      thrown instanceof AggregateError || thrown.name === 'AggregateError'
        ? Reflect.get(thrown, 'errors')
        : undefined;
    return Array.isArray(members) ? members.slice(0, count) : undefined;
  } catch {
    return undefined;
  }
}

/** A class that sets no `name` inherits its parent's; then the name of the class itself tells more. */
export function nameOf(thrown: Error): string {
  const name = textOf(thrown, 'name') ?? 'Error';
  try {
    if (Object.hasOwn(thrown, 'name') || Object.hasOwn(Object.getPrototypeOf(thrown), 'name')) return name;
  } catch {
    return name;
  }
  const type = fieldOf(thrown, 'constructor');
  const typeName = typeof type === 'function' ? textOf(type, 'name') : undefined;
  return typeName === undefined || typeName === '' ? name : typeName;
}

/** A value that JSON would change is left out, and why is told: an error must not be hidden by what is wrong with its data. */
export function readData(
  data: unknown,
  limits: DataLimits,
): { readonly data?: unknown; readonly leftOut?: string } {
  try {
    return { data: readWithin(data, limits.data, limits.depth) };
  } catch (error) {
    return { leftOut: error instanceof PayloadError ? error.message : 'data cannot be written as JSON' };
  }
}

/** What an error without `data` says of itself besides: its own enumerable fields, as far as JSON carries them and they have room. */
export function readFields(thrown: Error, { fields: limit, depth }: DataLimits): unknown {
  let left = limit;
  const fields: [string, unknown][] = [];
  for (const name of new Set([...TELLING, ...ownNames(thrown)])) {
    const value = fieldOf(thrown, name);
    if (value === undefined || NO_FIELDS.has(name) || name.length > left) continue;
    try {
      const read = readWithin({ [name]: value }, left, depth);
      left -= JSON.stringify(read).length;
      fields.push([name, Reflect.get(Object(read), name)]);
    } catch {
      // Requests, sockets, functions: half of them are of no use in an error.
    }
  }
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

export function tracebackOf(thrown: object, leftOut: string | undefined, limit: number): string | undefined {
  const stack = textOf(thrown, 'stack');
  const traceback = stack === undefined ? undefined : clip(stack, limit);
  if (leftOut === undefined) return traceback;
  const note = `(left out: ${clip(leftOut, NOTE_LENGTH)})`;
  return traceback === undefined ? note : `${traceback}\n${note}`;
}

function ownNames(thrown: object): readonly string[] {
  try {
    return Object.keys(thrown).slice(0, FIELDS);
  } catch {
    return [];
  }
}

/** @returns a copy that is JSON. @throws PayloadError for what JSON would change, and for more than there is room for */
function readWithin(data: unknown, limit: number, depth: number): unknown {
  let text: string | undefined;
  try {
    text = writeWithin(data, limit);
  } catch (error) {
    if (error instanceof PayloadError) throw error;
    // What JSON has against it is said by the check, with the place.
  }
  checkValue(data, 'data', { depth });
  if (text === undefined) throw new PayloadError('data cannot be written as JSON');
  if (text.length > limit)
    throw new PayloadError(`data has ${text.length} characters, the limit is ${limit}`);
  return decodeValue(text, 'data', depth);
}
