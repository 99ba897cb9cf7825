/**
 * How an error crosses the wire: any thrown value becomes a {@link Failure} by one written rule, and a
 * failure becomes an error again. Constructors are only ever taken from a registry that this end filled,
 * never looked up by a name from the wire.
 */
import * as errors from './errors.ts';
import { type CeleriacError, TaskError } from './errors.ts';
import type { WirePayload } from './payload.ts';
import {
  clip,
  type DataLimits,
  fieldOf,
  isError,
  membersOf,
  nameOf,
  readData,
  readFields,
  showThrown,
  textOf,
  tracebackOf,
} from './thrown.ts';
import { decodeValue, encodeValue } from './values/json.ts';

/** An error as it travels: plain data. */
export interface Failure {
  /** Its class's name. */
  readonly name: string;
  /** What it says. */
  readonly message: string;
  /** Its `code`, if it has one. */
  readonly code?: string;
  /** Its data. */
  readonly data?: unknown;
  /** Its stack. */
  readonly traceback?: string;
  /** The error that caused it. */
  readonly cause?: Failure;
  /** The members of an AggregateError. */
  readonly errors?: readonly Failure[];
}

/**
 * Bounds on what one error may carry: characters of text, of its data, and of the fields that stand for data; causes deep, members
 * of an AggregateError, errors in all.
 */
export const FAILURE_LIMITS = {
  name: 255,
  message: 8_192,
  traceback: 16_384,
  data: 65_536,
  fields: 8_192,
  depth: 8,
  members: 16,
  total: 64,
} as const;

/** With how deep the data of the innermost cause or member stands in what is written. */
const DATA: DataLimits = { ...FAILURE_LIMITS, depth: 2 * FAILURE_LIMITS.depth + 1 };

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

/** Those of our errors that a task may end with. Each is told by its name and its code: an application may have either. */
const OURS: ReadonlyMap<string, readonly [code: string, type: new (message: string) => CeleriacError]> =
  new Map([
    ['TaskRevokedError', ['TASK_REVOKED', errors.TaskRevokedError]],
    ['WorkerLostError', ['WORKER_LOST', errors.WorkerLostError]],
    ['MaxRetriesExceededError', ['MAX_RETRIES_EXCEEDED', errors.MaxRetriesExceededError]],
    ['TimeLimitExceeded', ['TIME_LIMIT_EXCEEDED', errors.TimeLimitExceeded]],
    ['SoftTimeLimitExceeded', ['SOFT_TIME_LIMIT_EXCEEDED', errors.SoftTimeLimitExceeded]],
    ['StreamFullError', ['STREAM_FULL', errors.StreamFullError]],
    ['PayloadError', ['BAD_PAYLOAD', errors.PayloadError]],
  ]);

/** Turns whatever was thrown into data. Never throws, whatever its getters do. */
export function describeFailure(thrown: unknown): Failure {
  return describe(thrown, 0, { left: FAILURE_LIMITS.total });
}

/** What was thrown, where that is an error of this realm; else one that says the same. Never throws. */
export function toError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // A proxy that throws when it is looked at.
  }
  return rebuildError(describeFailure(thrown));
}

/** @param room how many more errors may be described: members may hold each other many times over */
function describe(thrown: unknown, depth: number, room: { left: number }): Failure {
  room.left -= 1;
  if (!isError(thrown)) return { name: 'Error', message: clip(showThrown(thrown), FAILURE_LIMITS.message) };
  const name = clip(nameOf(thrown), FAILURE_LIMITS.name);
  const code = textOf(thrown, 'code');
  const { data, leftOut } = dataOf(thrown, name, code);
  const traceback = tracebackOf(thrown, leftOut, FAILURE_LIMITS.traceback);
  const below = (one: unknown): Failure => describe(one, depth + 1, room);
  const cause = depth + 1 < FAILURE_LIMITS.depth ? fieldOf(thrown, 'cause') : undefined;
  const members = depth + 1 < FAILURE_LIMITS.depth ? membersOf(thrown, FAILURE_LIMITS.members) : undefined;
  return {
    name,
    message: clip(textOf(thrown, 'message') ?? 'its message cannot be read', FAILURE_LIMITS.message),
    ...(code === undefined || code.length > FAILURE_LIMITS.name ? {} : { code }),
    ...(data === undefined ? {} : { data }),
    ...(traceback === undefined ? {} : { traceback }),
    ...(cause === undefined || room.left <= 0 ? {} : { cause: below(cause) }),
    ...(members === undefined
      ? {}
      : { errors: members.flatMap((one) => (room.left > 0 ? [below(one)] : [])) }),
  };
}

/** Its fields stand for the data that it does not have. Ours say all they have to say with their code. */
function dataOf(thrown: Error, name: string, code: string | undefined): ReturnType<typeof readData> {
  const given = fieldOf(thrown, 'data');
  if (given !== undefined) return readData(given, DATA);
  return oursOf(name, code) !== undefined ? {} : { data: readFields(thrown, DATA) };
}

/** Rebuilds an error: built-in and ours as themselves, registered ones as registered, the rest as TaskError. */
export function rebuildError(failure: Failure, registered: ErrorRegistry = new Map(), depth = 0): Error {
  const deeper = depth + 1 < FAILURE_LIMITS.depth;
  const cause =
    failure.cause !== undefined && deeper ? rebuildError(failure.cause, registered, depth + 1) : undefined;
  const because = cause === undefined ? {} : { cause };
  const error = construct(failure, registered, because, depth);
  // Some constructors, ours among them, take no cause.
  if (cause !== undefined && fieldOf(error, 'cause') === undefined) define(error, 'cause', cause, false);
  if (failure.traceback !== undefined) Reflect.set(error, 'stack', failure.traceback);
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
  const ours = oursOf(failure.name, failure.code);
  if (ours !== undefined) return new ours(failure.message);
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

function oursOf(name: string, code: string | undefined) {
  const ours = OURS.get(name);
  return ours?.[0] === code ? ours?.[1] : undefined;
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

/** As far as it can be changed: a class may have frozen it. */
function define(error: Error, key: string, value: unknown, enumerable = true): void {
  Reflect.defineProperty(error, key, { value, enumerable, configurable: true, writable: true });
}
