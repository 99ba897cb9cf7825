/**
 * How an error crosses the wire: any thrown value becomes a {@link Failure} by one written rule, and a
 * failure becomes an error again. Constructors are only ever taken from a registry that this end filled,
 * never looked up by a name from the wire.
 */

import { fieldOf, isError, THROWN_TEXT_LENGTH } from './error-fields.ts';
import * as errors from './errors.ts';
import { CeleriacError, TaskError } from './errors.ts';
import type { WirePayload } from './payload.ts';
import { decodeValue } from './values/json.ts';

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
  message: THROWN_TEXT_LENGTH,
  traceback: 16_384,
  data: 65_536,
  fields: 8_192,
  depth: 8,
  members: 16,
  total: 64,
} as const;

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

/** @internal */
export function oursOf(name: string, code: string | undefined) {
  const ours = OURS.get(name);
  return ours?.[0] === code ? ours?.[1] : undefined;
}

/** Reads a failure; a body that is none becomes one that says so, so that a bad error never hides a failure. */
export function decodeFailure(wire: WirePayload): Failure {
  let value: unknown;
  try {
    value = decodeValue(wire, 'error');
  } catch (cause) {
    return plainly(cause);
  }
  return asFailure(value) ?? { name: 'Error', message: 'the task failed, and its error could not be read' };
}

/** Takes what it understands, so that one field of another kind does not hide the rest. */
/** Of an error of this end's own. */
function plainly(error: unknown): Failure {
  const { name, message, stack, cause } = error as Error;
  return {
    name,
    message,
    ...(error instanceof CeleriacError ? { code: error.code } : {}),
    ...(stack === undefined ? {} : { traceback: stack }),
    ...(isError(cause) ? { cause: plainly(cause) } : {}),
  };
}

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
