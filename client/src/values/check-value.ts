/** What JSON would change without a word is refused with its place, where the value is given. */
import { encodeValue, PayloadError, type WirePayload } from '@celeriac/protocol';

const DEEPEST = 100;

interface Fault {
  /** From the innermost step outwards. */
  readonly path: string[];
  readonly why: string;
  readonly deep: boolean;
}

const BECOMES: ReadonlyMap<string, string> = new Map([
  ['Date', 'a string'],
  ['Map', 'an empty object'],
  ['Set', 'an empty object'],
  ['WeakMap', 'an empty object'],
  ['WeakSet', 'an empty object'],
  ['RegExp', 'an empty object'],
  ['Promise', 'an empty object'],
  ['Error', 'an empty object'],
]);

/**
 * {@link encodeValue} of what comes back as it was. A property that is `undefined` is left out, as everywhere.
 * @param what names the value in the error: "arguments of add"
 * @throws PayloadError that names the place: "arguments of add: [1].when is a Date, which JSON turns into a string"
 */
export function encodeChecked(value: unknown, what: string): WirePayload {
  checkValue(value, what);
  return encodeValue(value, what);
}

/** @throws PayloadError as {@link encodeChecked} */
export function checkValue(value: unknown, what: string): void {
  if (value === undefined) return;
  const fault = faultOf(value, 0, undefined);
  if (fault === undefined) return;
  // Only what is too deep can contain itself: who looks for that keeps a list of where it is.
  const { path, why } = fault.deep ? (faultOf(value, 0, []) ?? fault) : fault;
  const place = path.reverse().join('').replace(/^\./, '');
  throw new PayloadError(`${what}: ${place === '' ? 'the value' : place} ${why}`);
}

/** @param around the objects that this one is in, where cycles are looked for */
function faultOf(value: unknown, depth: number, around: readonly object[] | undefined): Fault | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : found(`is ${value}, which JSON turns into null`);
    case 'object':
      return value === null ? undefined : objectFault(value, depth, around);
    case 'undefined':
      return found('is undefined, which JSON turns into null');
    case 'bigint':
      return found('is a BigInt, which JSON cannot carry');
    case 'function':
      return 'toJSON' in value ? undefined : found('is a function, which JSON cannot carry');
    case 'symbol':
      return found('is a symbol, which JSON cannot carry');
  }
}

function objectFault(value: object, depth: number, around: readonly object[] | undefined): Fault | undefined {
  if (around?.includes(value)) return found('contains itself, which JSON cannot carry');
  if (depth >= DEEPEST) return { path: [], why: `is nested more than ${DEEPEST} deep`, deep: true };
  const inside = around === undefined ? undefined : [...around, value];
  if (Array.isArray(value)) {
    // By index: what is left out in the list is undefined as well.
    for (let index = 0; index < value.length; index++) {
      const fault = faultOf(value[index], depth + 1, inside);
      if (fault !== undefined) return within(fault, `[${index}]`);
    }
    return undefined;
  }
  if (!isPlain(value)) return instanceFault(value);
  // Names first: a list of pairs for every object costs more than writing it.
  for (const name of Object.keys(value)) {
    const item: unknown = value[name];
    if (item === undefined) continue;
    const fault = faultOf(item, depth + 1, inside);
    if (fault !== undefined) return within(fault, stepTo(name));
  }
  return undefined;
}

/** Also of another realm: its prototype is where the line ends. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** An object of a class says itself how it is written, or it loses its class. */
function instanceFault(value: object): Fault | undefined {
  const kind = value instanceof Error ? 'Error' : (value.constructor?.name ?? 'object');
  if ('toJSON' in value && typeof value.toJSON === 'function' && !(value instanceof Date)) return undefined;
  const name = value.constructor?.name || kind;
  const article = /^[AEIO]/.test(name) ? 'an' : 'a';
  return found(`is ${article} ${name}, which JSON turns into ${BECOMES.get(kind) ?? 'a plain object'}`);
}

function stepTo(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function found(why: string): Fault {
  return { path: [], why, deep: false };
}

function within(fault: Fault, step: string): Fault {
  fault.path.push(step);
  return fault;
}
