/** What JSON would change without a word is refused with its place, where the value is given. */
import { PayloadError } from '../errors.ts';
import { VALUE_DEPTH } from '../limits.ts';
import { isForbidden } from './forbidden.ts';
import { kindOf, placeOf, stepTo } from './place.ts';

/** none: no serializer carries it · lost: JSON does not, another may · deep: too deep, or in itself */
type FaultKind = 'none' | 'lost' | 'deep';

interface Fault {
  /** From the innermost step outwards. */
  readonly path: string[];
  readonly why: string;
  readonly kind: FaultKind;
}

export interface CheckOptions {
  /** Said after what another serializer would carry: "; …". Default nothing. */
  readonly hint?: string;
  /** How deep the value already stands in what is written. Default 0. */
  readonly depth?: number;
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

/** What other serializers carry of what JSON does not, besides typed arrays. */
const CARRIED_ELSEWHERE: ReadonlySet<string> = new Set(['Date', 'Map', 'Set', 'RegExp', 'ArrayBuffer']);

/**
 * A property that is `undefined` passes: it is left out, as everywhere; so does an object that has a `toJSON`.
 * @param what names the value in the error: "arguments of add"
 * @throws PayloadError that names the place: "arguments of add: [1].when is a Date, which JSON turns into a string"
 */
export function checkValue(value: unknown, what: string, { hint = '', depth = 0 }: CheckOptions = {}): void {
  if (value === undefined) return;
  const fault = faultOf(value, depth, undefined);
  if (fault === undefined) return;
  // Only what is too deep can contain itself: who looks for that keeps a list of where it is.
  const { path, why, kind } = fault.kind === 'deep' ? (faultOf(value, depth, []) ?? fault) : fault;
  throw new PayloadError(`${what}: ${placeOf(path.reverse())} ${why}${kind === 'lost' ? hint : ''}`);
}

/** @param around the objects that this one is in, where cycles are looked for */
function faultOf(value: unknown, depth: number, around: readonly object[] | undefined): Fault | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : found(`is ${value}, which JSON turns into null`, 'lost');
    case 'object':
      return value === null ? undefined : objectFault(value, depth, around);
    case 'undefined':
      return found('is undefined, which JSON turns into null', 'lost');
    case 'bigint':
      return found('is a BigInt, which JSON cannot carry', 'lost');
    case 'function':
      return 'toJSON' in value ? undefined : found('is a function, which JSON cannot carry', 'none');
    case 'symbol':
      return found('is a symbol, which JSON cannot carry', 'none');
  }
}

function objectFault(value: object, depth: number, around: readonly object[] | undefined): Fault | undefined {
  if (around?.includes(value)) return found('contains itself, which JSON cannot carry', 'lost');
  if (depth >= VALUE_DEPTH) return found(`is nested more than ${VALUE_DEPTH} deep`, 'deep');
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
    if (isForbidden(name, item))
      return within(found('is a name that no value may have', 'none'), stepTo(name));
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
  if ('toJSON' in value && typeof value.toJSON === 'function' && !(value instanceof Date)) return undefined;
  const kind = value instanceof Error ? 'Error' : (value.constructor?.name ?? 'object');
  const carried = CARRIED_ELSEWHERE.has(kind) || ArrayBuffer.isView(value);
  return found(
    `is ${kindOf(value)}, which JSON turns into ${BECOMES.get(kind) ?? 'a plain object'}`,
    carried ? 'lost' : 'none',
  );
}

function found(why: string, kind: FaultKind): Fault {
  return { path: [], why, kind };
}

function within(fault: Fault, step: string): Fault {
  fault.path.push(step);
  return fault;
}
