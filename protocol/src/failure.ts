/**
 * How an error crosses the wire: any thrown value becomes a {@link Failure} by one written rule, and a
 * failure becomes an error again. Constructors are only ever taken from a registry that this end filled,
 * never looked up by a name from the wire.
 */
import * as errors from './errors.ts';
import { type CeleriacError, TaskError } from './errors.ts';
import type { WirePayload } from './payload.ts';
import { checkValue } from './values/check-value.ts';
import { decodeValue, encodeValue } from './values/json.ts';

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly data?: unknown;
  readonly traceback?: string;
  readonly cause?: Failure;
  readonly errors?: readonly Failure[];
}

/** Bounds on what one error may carry: characters of text, causes deep, members of an AggregateError, errors in all. */
export const FAILURE_LIMITS = {
  message: 8_192,
  traceback: 16_384,
  data: 65_536,
  depth: 8,
  members: 16,
  total: 64,
} as const;

/** How deep the data of the innermost cause or member stands in what is written. */
const DATA_DEPTH = 2 * FAILURE_LIMITS.depth + 1;
const NOTE_LENGTH = 500;

/** An error class that is rebuilt as itself. Called with `(message, { cause })`; `data` is assigned after. */
export type ErrorClass = new (message: string, options?: { cause?: unknown }) => Error;
export type ErrorRegistry = ReadonlyMap<string, ErrorClass>;

const BUILT_IN: ErrorRegistry = new Map<string, ErrorClass>([
  ['Error', Error],
  ['TypeError', TypeError],
  ['RangeError', RangeError],
  ['SyntaxError', SyntaxError],
  ['ReferenceError', ReferenceError],
  ['EvalError', EvalError],
  ['URIError', URIError],
]);

/** Turns whatever was thrown into data. Never throws, whatever its getters do. */
export function describeFailure(thrown: unknown): Failure {
  return describe(thrown, 0, { left: FAILURE_LIMITS.total });
}

/** @param room how many more errors may be described: members may hold each other many times over */
function describe(thrown: unknown, depth: number, room: { left: number }): Failure {
  room.left -= 1;
  if (!isError(thrown))
    return { name: 'Error', message: clip(describeThrown(thrown), FAILURE_LIMITS.message) };
  const code = textOf(thrown, 'code');
  const { data, leftOut } = readData(thrown);
  const traceback = tracebackOf(thrown, leftOut);
  const below = (one: unknown): Failure => describe(one, depth + 1, room);
  const cause = depth + 1 < FAILURE_LIMITS.depth ? fieldOf(thrown, 'cause') : undefined;
  const members = depth + 1 < FAILURE_LIMITS.depth ? membersOf(thrown) : undefined;
  return {
    name: nameOf(thrown),
    message: clip(textOf(thrown, 'message') ?? '', FAILURE_LIMITS.message),
    ...(code === undefined ? {} : { code }),
    ...(data === undefined ? {} : { data }),
    ...(traceback === undefined ? {} : { traceback }),
    ...(cause === undefined || room.left <= 0 ? {} : { cause: below(cause) }),
    ...(members === undefined
      ? {}
      : { errors: members.flatMap((one) => (room.left > 0 ? [below(one)] : [])) }),
  };
}

function membersOf(thrown: Error): readonly unknown[] | undefined {
  if (!(thrown instanceof AggregateError)) return undefined;
  const members = fieldOf(thrown, 'errors');
  return Array.isArray(members) ? members.slice(0, FAILURE_LIMITS.members) : undefined;
}

/** Rebuilds an error: built-in and ours as themselves, registered ones as registered, the rest as TaskError. */
export function rebuildError(failure: Failure, registered: ErrorRegistry = new Map(), depth = 0): Error {
  const deeper = depth + 1 < FAILURE_LIMITS.depth;
  const cause =
    failure.cause !== undefined && deeper ? rebuildError(failure.cause, registered, depth + 1) : undefined;
  const because = cause === undefined ? {} : { cause };
  const error = construct(failure, registered, because, depth);
  // Some constructors, ours among them, take no cause.
  if (cause !== undefined && error.cause === undefined) define(error, 'cause', cause, false);
  if (failure.traceback !== undefined) error.stack = failure.traceback;
  return error;
}

function construct(
  failure: Failure,
  registered: ErrorRegistry,
  because: { cause?: unknown },
  depth: number,
): Error {
  const custom = rebuildRegistered(failure, registered, because);
  if (custom !== undefined) return withFacts(custom, failure);
  const ours = rebuildOurs(failure);
  if (ours !== undefined) return ours;
  if (failure.name === 'AggregateError') {
    const deeper = depth + 1 < FAILURE_LIMITS.depth;
    const members = (deeper ? (failure.errors ?? []) : []).map((one) =>
      rebuildError(one, registered, depth + 1),
    );
    return withFacts(new AggregateError(members, failure.message, because), failure);
  }
  const builtIn = BUILT_IN.get(failure.name);
  if (builtIn !== undefined) return withFacts(new builtIn(failure.message, because), failure);
  return new TaskError(failure.name, failure.message, failure.code ?? 'TASK_ERROR', failure.data, because);
}

/** A registered constructor is the user's code; one that throws must not hide the failure. */
function rebuildRegistered(
  failure: Failure,
  registered: ErrorRegistry,
  because: { cause?: unknown },
): Error | undefined {
  const type = registered.get(failure.name);
  if (type === undefined) return undefined;
  try {
    return new type(failure.message, because);
  } catch {
    return undefined;
  }
}

function rebuildOurs(failure: Failure): CeleriacError | undefined {
  switch (failure.code) {
    case 'TASK_REVOKED':
      return new errors.TaskRevokedError(failure.message);
    case 'WORKER_LOST':
      return new errors.WorkerLostError(failure.message);
    case 'MAX_RETRIES_EXCEEDED':
      return new errors.MaxRetriesExceededError(failure.message);
    case 'TIME_LIMIT_EXCEEDED':
      return new errors.TimeLimitExceeded(failure.message);
    case 'SOFT_TIME_LIMIT_EXCEEDED':
      return new errors.SoftTimeLimitExceeded(failure.message);
    case 'STREAM_FULL':
      return new errors.StreamFullError(failure.message);
    case 'BAD_PAYLOAD':
      return new errors.PayloadError(failure.message);
    default:
      return undefined;
  }
}

/** Writes a failure as a payload. */
export function encodeFailure(failure: Failure): WirePayload {
  return encodeValue(failure, 'error');
}

/** What a task fails with when its assignment, or its outcome, is too large to travel. @param message says what, and both sizes */
export function encodeTooLarge(message: string): WirePayload {
  return encodeFailure({ name: 'PayloadError', message, code: 'PAYLOAD_TOO_LARGE' });
}

/** Reads a failure; a body that is none becomes one that says so, so that a bad error never hides a failure. */
export function decodeFailure(wire: WirePayload): Failure {
  let value: unknown;
  try {
    value = decodeValue(wire, 'error');
  } catch (cause) {
    return describeFailure(cause);
  }
  return asFailure(value) ?? { name: 'Error', message: 'the task failed, and its error could not be read' };
}

/** Takes what it understands, so that one field of another kind does not hide the rest. */
function asFailure(value: unknown, depth = 0): Failure | undefined {
  if (typeof value !== 'object' || value === null || depth >= FAILURE_LIMITS.depth) return undefined;
  const { name, message, code, data, traceback, cause, errors } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof message !== 'string') return undefined;
  const because = asFailure(cause, depth + 1);
  return {
    name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(data === undefined ? {} : { data }),
    ...(typeof traceback === 'string' ? { traceback } : {}),
    ...(because === undefined ? {} : { cause: because }),
    ...(Array.isArray(errors)
      ? {
          errors: errors
            .slice(0, FAILURE_LIMITS.members)
            .flatMap((one: unknown) => asFailure(one, depth + 1) ?? []),
        }
      : {}),
  };
}

function withFacts(error: Error, failure: Failure): Error {
  if (failure.code !== undefined) define(error, 'code', failure.code);
  if (failure.data !== undefined) define(error, 'data', failure.data);
  return error;
}

function define(error: Error, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
}

function describeThrown(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return typeof thrown === 'bigint' ? String(thrown) : `a value of type ${typeof thrown}`;
  }
}

/** A value that JSON would change is left out, and why is told: an error must not be hidden by what is wrong with its data. */
function readData(thrown: object): { readonly data?: unknown; readonly leftOut?: string } {
  const data = fieldOf(thrown, 'data');
  if (data === undefined) return {};
  try {
    checkValue(data, 'data', { depth: DATA_DEPTH });
    const text = JSON.stringify(data);
    if (text.length > FAILURE_LIMITS.data)
      return { leftOut: `data has ${text.length} characters, the limit is ${FAILURE_LIMITS.data}` };
    return { data: decodeValue(text, 'data', DATA_DEPTH) };
  } catch (error) {
    return {
      leftOut: error instanceof errors.PayloadError ? error.message : 'data cannot be written as JSON',
    };
  }
}

function tracebackOf(thrown: object, leftOut: string | undefined): string | undefined {
  const stack = textOf(thrown, 'stack');
  const traceback = stack === undefined ? undefined : clip(stack, FAILURE_LIMITS.traceback);
  if (leftOut === undefined) return traceback;
  const note = `(left out: ${clip(leftOut, NOTE_LENGTH)})`;
  return traceback === undefined ? note : `${traceback}\n${note}`;
}

function isError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error;
  } catch {
    return false;
  }
}

function fieldOf(value: object, key: string): unknown {
  try {
    return Reflect.get(value, key);
  } catch {
    return undefined;
  }
}

/** A class that sets no `name` inherits its parent's; then the name of the class itself tells more. */
function nameOf(thrown: Error): string {
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

function textOf(value: object, key: string): string | undefined {
  const field = fieldOf(value, key);
  return typeof field === 'string' ? field : undefined;
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} more characters)`;
}
