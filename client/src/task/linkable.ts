/** What a signature is to those that only pass it on: found under its brand, so that another copy's counts as well. */

import { OptionError, UsageError } from '@celeriac/protocol';
import { show } from '@celeriac/protocol/calling';
import { held } from '../values/held.ts';
import { readTaskName } from './run-options.ts';

export const SIGNATURE: unique symbol = Symbol.for('celeriac.signature');
/** Never there at run time: tells the compiler what a signature takes before its own arguments. */
declare const TAKES: unique symbol;

/** A signature as plain data. */
export interface SignatureData {
  /** The name of the task. */
  readonly task: string;
  /** Its last arguments; those before them are given when it is called. */
  readonly args: readonly unknown[];
  /** Options of `applyAsync`; moments are texts as JSON writes them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Takes no arguments from its caller. */
  readonly immutable: boolean;
}

/** Any signature that can be called with `Takes` in front of its own arguments. */
export interface Linkable<Takes extends readonly unknown[] = never> {
  readonly [SIGNATURE]: SignatureData;
  readonly [TAKES]?: (takes: Takes) => void;
}

/** Moments that JSON has made texts. */
const MOMENTS = ['eta', 'expires'];
const ISO_MOMENT = /^[+-]?\d{4,6}-\d\d-\d\dT/;

/** @throws OptionError for what is neither a signature nor its plain data, or has a name that no task can have */
export function readSignature(value: unknown, option: string): SignatureData {
  if (isObject(value) && SIGNATURE in value) {
    const data = value[SIGNATURE] as SignatureData;
    readTaskName(data.task);
    return data;
  }
  if (isObject(value)) {
    const given: Partial<Record<keyof SignatureData, unknown>> = value;
    const { task, args = [], options = {}, immutable = false } = given;
    if (
      typeof task === 'string' &&
      Array.isArray(args) &&
      isRecord(options) &&
      typeof immutable === 'boolean'
    )
      return { task: readTaskName(task), args, options: withMoments(options), immutable };
  }
  throw new OptionError(option, `expected ${option} to be a signature like add.s(2, 2), got: ${show(value)}`);
}

/** A call's options as they are now, and those of its links, for a call that is made a moment later. */
export function heldOptions(options: object | undefined, copies = new Map<object, object>()): object {
  if (options === undefined) return {};
  const known = copies.get(options);
  if (known !== undefined) return known;
  const copy = {};
  copies.set(options, copy);
  const heldLink = (link: unknown): unknown => {
    if (!isObject(link)) return link;
    if (SIGNATURE in link) return { [SIGNATURE]: heldLink(link[SIGNATURE]) };
    const { args, options: own }: Partial<SignatureData> = link;
    return { ...link, args: held(args), options: isObject(own) ? heldOptions(own, copies) : own };
  };
  for (const [name, value] of Object.entries(options)) {
    const links = name.startsWith('link');
    Reflect.set(
      copy,
      name,
      !links ? held(value) : Array.isArray(value) ? value.map(heldLink) : heldLink(value),
    );
  }
  return copy;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function withMoments(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const read = { ...options };
  for (const name of MOMENTS) {
    const text = read[name];
    if (typeof text === 'string' && ISO_MOMENT.test(text)) read[name] = new Date(text);
  }
  return read;
}

/** @throws UsageError when they are no list */
export function checkArguments(name: string, args: unknown): void {
  if (!Array.isArray(args))
    throw new UsageError(`expected the arguments of ${name} to be an array, got: ${show(args)}`);
}
