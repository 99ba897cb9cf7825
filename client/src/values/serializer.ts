/** What one serializer is: as an app is given it, and as values are written and read with it. */

import { PayloadError, UsageError } from '@celeriac/protocol';
import { CONTENT_TYPE_LENGTH, messageOf, show } from '@celeriac/protocol/calling';

/** Another way to write values. Both ends register it: the app that calls, and the app whose worker runs. */
export interface Serializer {
  /** What the option `serializer` says: 1 to 100 characters. */
  readonly name: string;
  /** Tells the reader which serializer wrote it: like `application/x-mine`, small letters, at most 100 characters. */
  readonly contentType: string;
  /** Never called with `undefined`. If it throws, the error is the cause of the caller's PayloadError. */
  encode(value: unknown): string;
  /** Called with received text, which must be checked. */
  decode(body: string): unknown;
}

/** The names that are always there, and any that is registered. */
export type SerializerName = 'json' | 'devalue' | (string & {});

/** A serializer whose errors name the value: `what` is "arguments of add", "result of add". */
export interface Coder {
  readonly name: string;
  readonly contentType: string;
  /** @throws PayloadError */
  encode(value: unknown, what: string): string;
  /** @throws PayloadError */
  decode(body: string, what: string): unknown;
}

export const NAME_LENGTH = 100;
export const DEVALUE_TYPE = 'application/vnd.devalue+json';

/** RFC 6838, in small letters only, so that equal is equal. */
const CONTENT_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;

/** @throws UsageError for what is no serializer */
export function readSerializer(given: unknown): Coder {
  if (!isObject(given))
    throw new UsageError(
      `expected a serializer to be { name, contentType, encode, decode }, got: ${show(given)}`,
    );
  const { name, contentType, encode, decode } = given;
  if (typeof name !== 'string' || name.length === 0 || name.length > NAME_LENGTH)
    throw new UsageError(
      `expected a serializer's name to be a string of 1 to ${NAME_LENGTH} characters, got: ${show(name)}`,
    );
  if (
    typeof contentType !== 'string' ||
    contentType.length > CONTENT_TYPE_LENGTH ||
    !CONTENT_TYPE.test(contentType)
  )
    throw new UsageError(
      `expected the contentType of serializer '${name}' to be like 'application/x-mine', got: ${show(contentType)}`,
    );
  for (const [key, method] of [
    ['encode', encode],
    ['decode', decode],
  ] as const) {
    if (typeof method !== 'function')
      throw new UsageError(`expected ${key} of serializer '${name}' to be a function, got: ${show(method)}`);
  }
  return guard(given as unknown as Serializer);
}

/** Whatever a serializer throws or gives becomes an error that names the value. */
function guard(serializer: Serializer): Coder {
  const { name, contentType } = serializer;
  return {
    name,
    contentType,
    encode(value, what) {
      const body: unknown = attempt(() => serializer.encode(value), `${what} cannot be written by '${name}'`);
      if (typeof body === 'string') return body;
      throw new PayloadError(`${what}: expected serializer '${name}' to write a string, got: ${show(body)}`);
    },
    decode: (body, what) => attempt(() => serializer.decode(body), `${what} cannot be read by '${name}'`),
  };
}

function attempt<Value>(act: () => Value, complaint: string): Value {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof PayloadError) throw cause;
    throw new PayloadError(`${complaint}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function isObject(value: unknown): value is Readonly<Record<keyof Serializer, unknown>> {
  return typeof value === 'object' && value !== null;
}

/**
 * Arguments without what is `undefined` at their end, for JSON, which has no word for it: `f.delay(1, undefined)` is
 * `f.delay(1)`, as for the function itself. A serializer that carries `undefined` is given all.
 */
export function withoutTail(args: readonly unknown[]): readonly unknown[] {
  if (args.length === 0 || args.at(-1) !== undefined) return args;
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}
