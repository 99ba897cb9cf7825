/** What JSON would change without a word is refused with its place, where the value is given. */
import { PayloadError } from '../errors.ts';
import { VALUE_DEPTH } from '../limits.ts';
import { isForbidden } from './forbidden.ts';
import { kindOf, placeOf, stepTo } from './place.ts';

/** none: no serializer carries it · lost: JSON does not, another may · deep: too deep, or in itself */
type FaultKind = 'none' | 'lost' | 'deep';

/** What the tags of its classes begin with. */
const TEMPORAL = 'Temporal.';

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
  ['ArrayBuffer', 'an empty object'],
  ['URL', 'a string'],
  ['URLSearchParams', 'an empty object'],
  ['Number', 'a number'],
  ['String', 'a string'],
  ['Boolean', 'a boolean'],
]);

/** What other serializers carry of what JSON does not, besides typed arrays and Temporal. */
const CARRIED_ELSEWHERE: ReadonlySet<string> = new Set([
  'Date',
  'Map',
  'Set',
  'RegExp',
  'ArrayBuffer',
  'URL',
  'URLSearchParams',
]);

/**
 * A property that is `undefined` passes: it is left out, as everywhere; so does an object with a `toJSON` that is not that of a
 * built-in class.
 * @param what names the value in the error: "arguments of add"
 * @throws PayloadError that names the place: "arguments of add: [1].when is a Date, which JSON turns into a string"
 */
export function checkValue(value: unknown, what: string, { hint = '', depth = 0 }: CheckOptions = {}): void {
  if (value === undefined) return;
  const fault = faultOf(value, depth, undefined);
  if (fault === undefined) return;
  // Only what is too deep can contain itself: looking for that takes a list of where we are.
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
      return saysItself(value) ? undefined : found('is a function, which JSON cannot carry', 'none');
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
    // Asked late: hardly any plain object says itself how it is written.
    if (fault !== undefined) return saysItself(value) ? undefined : within(fault, stepTo(name));
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
  if (saysItself(value)) return undefined;
  const tag = tagOf(value);
  const isTemporal = tag.startsWith(TEMPORAL);
  const kind = value instanceof Error ? 'Error' : (value.constructor?.name ?? 'object');
  const becomes = isTemporal ? 'a string' : (BECOMES.get(kind) ?? BECOMES.get(tag) ?? 'a plain object');
  const carried =
    isTemporal || ArrayBuffer.isView(value) || CARRIED_ELSEWHERE.has(kind) || CARRIED_ELSEWHERE.has(tag);
  const shown = isTemporal ? `a ${tag}` : kindOf(value);
  return found(`is ${shown}, which JSON turns into ${becomes}`, carried ? 'lost' : 'none');
}

/** Whether it has a `toJSON` of its own: what that of a built-in class makes of it does not come back as what it was. */
function saysItself(value: object): boolean {
  if (!('toJSON' in value && typeof value.toJSON === 'function')) return false;
  let owner: unknown = value;
  while (typeof owner === 'object' && owner !== null && !Object.hasOwn(owner, 'toJSON'))
    owner = Object.getPrototypeOf(owner);
  return owner === value || typeof owner !== 'object' || owner === null || !isBuiltIn(owner, value);
}

/** A prototype of one of this realm's globals; by name and tag also of another realm's, and of a polyfill's. */
function isBuiltIn(prototype: object, value: object): boolean {
  const { constructor: type } = prototype;
  if (typeof type !== 'function') return false;
  const known = BECOMES.has(type.name) && tagOf(value) === type.name;
  const isBuffer = type.name === 'Buffer' && ArrayBuffer.isView(value);
  return (
    known || isBuffer || tagOf(prototype).startsWith(TEMPORAL) || Reflect.get(globalThis, type.name) === type
  );
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function found(why: string, kind: FaultKind): Fault {
  return { path: [], why, kind };
}

function within(fault: Fault, step: string): Fault {
  fault.path.push(step);
  return fault;
}
