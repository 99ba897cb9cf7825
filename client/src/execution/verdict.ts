/** How an attempt ended, as data: nothing that user code returns or throws leaves this file as anything else. */

import { type Failure, MaxRetriesExceededError, PayloadError } from '@celeriac/protocol';
import {
  contentTypeOf,
  describeFailure,
  encodeFailure,
  FRAME_SOFT_LIMIT,
  isExhausted,
  JSON_CONTENT_TYPE,
  MAX_DURATION_MS,
  type Outcome,
  payloadSize,
  type WirePayload,
} from '@celeriac/protocol/internal';
import { type HostedSerializers, type HostedTask, type TaskSignal, taskSignal } from '../hosting.ts';
import { withoutTail } from '../values/serializer.ts';
import { isOneOf } from './error-match.ts';

/** A retry carries two errors, and both must fit into one frame, escaped; with new arguments little room is left. */
const FAILURE_LIMIT = FRAME_SOFT_LIMIT / 2;
const FAILURE_LIMIT_WITH_ARGS = FRAME_SOFT_LIMIT / 8;
/** The largest limit on retries that the wire takes. */
const MAX_RETRIES = 1_000_000;
const LAST_NAME_LENGTH = 255;
const LAST_MESSAGE_LENGTH = 1_000;
const SHOWN_ARGS_LENGTH = 500;
/** What is shared many times over in a value is written as often: a few letters could become gigabytes. */
const SHOWN_ARGS_PARTS = 500;

type RetrySignal = Extract<TaskSignal, { kind: 'retry' }>;

/** How an attempt ended. */
export interface AttemptVerdict {
  /** As the gateway is told. */
  readonly outcome: Outcome;
  /** The result, or the error, as handlers and the log see it. */
  readonly value: unknown;
}

/** A call, as errors name it. */
interface Called {
  readonly name: string;
  readonly id: string;
  readonly args: readonly unknown[];
  /** What may be shown of them; `undefined` leaves it to us. */
  readonly argsRepr: string | undefined;
}

/** What the judgement of one attempt depends on. */
export interface Judged extends Called {
  readonly task: HostedTask;
  /** How its arguments came; what the task gives goes likewise. */
  readonly payload: WirePayload;
  readonly retries: number;
  /** `null` is without end. */
  readonly maxRetries: number | null;
  /** Size of one result, in UTF-16 units. */
  readonly payloadLimit: number;
}

/** A result that its serializer cannot carry, or that is too large, is the task's failure. */
export function verdictOnReturn(value: unknown, judged: Judged): AttemptVerdict {
  const what = `result of ${judged.name}`;
  try {
    return { outcome: ['success', encodeWithin(value, what, writingOf(judged))], value };
  } catch (error) {
    return verdictOnError(error, judged.payloadLimit);
  }
}

/** Signals (`Retry`, `Ignore`, `Reject`) always win over `autoretryFor`. One that cannot be read fails the task as any error does. */
export function verdictOnThrow(thrown: unknown, judged: Judged): AttemptVerdict {
  const signal = taskSignal(thrown) ?? autoretry(thrown, judged.task);
  if (signal === undefined) return verdictOnError(thrown, judged.payloadLimit);
  try {
    return verdictOnSignal(signal, thrown, judged);
  } catch (error) {
    return verdictOnError(error, judged.payloadLimit);
  }
}

export function verdictOnError(error: unknown, payloadLimit: number): AttemptVerdict {
  return {
    outcome: ['failure', failurePayload(error, Math.min(payloadLimit, FAILURE_LIMIT))],
    value: error,
  };
}

/** How what a task gives is written. */
export interface Writing {
  readonly serializers: HostedSerializers;
  /** The arguments of its call: the caller has chosen how. */
  readonly like: WirePayload;
  /** In UTF-16 units. */
  readonly limit: number;
}

/**
 * @param what names the value in the error
 * @throws PayloadError when the value cannot be written or is larger than `limit`
 */
export function encodeWithin(
  value: unknown,
  what: string,
  { serializers, like, limit }: Writing,
): WirePayload {
  const payload = serializers.encodeLike(like, value, what);
  const size = payloadSize(payload);
  if (size > limit) throw new PayloadError(`${what} has ${size} characters, the limit is ${limit}`);
  return payload;
}

function writingOf({ task, payload, payloadLimit }: Judged): Writing {
  return { serializers: task.serializers, like: payload, limit: payloadLimit };
}

function autoretry(thrown: unknown, { autoretryFor, dontAutoretryFor }: HostedTask): TaskSignal | undefined {
  if (autoretryFor.length === 0 || isOneOf(thrown, dontAutoretryFor) || !isOneOf(thrown, autoretryFor))
    return undefined;
  return { kind: 'retry', exc: thrown, countdownMs: null, maxRetries: undefined };
}

function verdictOnSignal(signal: TaskSignal, thrown: unknown, judged: Judged): AttemptVerdict {
  switch (signal.kind) {
    case 'ignore':
      return { outcome: ['ignored'], value: thrown };
    case 'reject': {
      const value = signal.reason ?? thrown;
      const limit = Math.min(judged.payloadLimit, FAILURE_LIMIT);
      return { outcome: ['rejected', failurePayload(value, limit), signal.requeue], value };
    }
    case 'retry':
      return verdictOnRetry(signal, thrown, judged);
  }
}

/**
 * Arguments that cannot travel fail the task: without them another run would not be what was asked for. One that has no retries
 * left would fail at the gateway as well, but only here can handlers be told so.
 */
function verdictOnRetry(signal: RetrySignal, thrown: unknown, judged: Judged): AttemptVerdict {
  const maxRetries = signal.maxRetries === undefined ? undefined : atMost(MAX_RETRIES, signal.maxRetries);
  if (isExhausted(judged, maxRetries)) return verdictOnError(lastError(signal, judged), judged.payloadLimit);
  let args: WirePayload | undefined;
  try {
    if (signal.args !== undefined) args = encodeRetryArguments(signal.args, judged);
  } catch (error) {
    return verdictOnError(error, judged.payloadLimit);
  }
  const limit = Math.min(judged.payloadLimit, args === undefined ? FAILURE_LIMIT : FAILURE_LIMIT_WITH_ARGS);
  const value = signal.exc ?? thrown;
  const shown = failurePayload(value, limit);
  const last = signal.exc == null ? failurePayload(lastError(signal, judged), limit) : shown;
  const countdownMs = atMost(MAX_DURATION_MS, signal.countdownMs);
  if (args !== undefined)
    return {
      outcome: ['retry', shown, last, countdownMs, maxRetries === undefined ? 'task' : maxRetries, args],
      value,
    };
  if (maxRetries !== undefined) return { outcome: ['retry', shown, last, countdownMs, maxRetries], value };
  return { outcome: ['retry', shown, last, countdownMs], value };
}

/** What a task fails with that may not be retried any more, by its own wish or by that of its options. */
export function lastError(signal: TaskSignal, called: Called): unknown {
  return (signal.kind === 'retry' ? signal.exc : undefined) ?? retriesExceeded(called);
}

function encodeRetryArguments(args: unknown, judged: Judged): WirePayload {
  const what = `arguments of ${judged.name} for its retry`;
  if (!Array.isArray(args)) throw new PayloadError(`${what} are not an array`);
  const given = contentTypeOf(judged.payload) === JSON_CONTENT_TYPE ? withoutTail(args) : args;
  return encodeWithin(given, what, writingOf(judged));
}

/** What the gateway cannot read would cost the connection, again and again. */
function atMost(limit: number, count: number | null): number | null {
  return count === null ? null : Math.min(Math.max(0, Math.ceil(count)), limit);
}

function retriesExceeded({ name, id, args, argsRepr }: Called): MaxRetriesExceededError {
  const shown = argsRepr ?? showArguments(args);
  const clipped = shown.length > SHOWN_ARGS_LENGTH ? `${shown.slice(0, SHOWN_ARGS_LENGTH)}…` : shown;
  return new MaxRetriesExceededError(`Can't retry ${name}[${id}] args: ${clipped}`);
}

/** The body has had them in its hands, and may have put anything into them. */
function showArguments(args: readonly unknown[]): string {
  let left = SHOWN_ARGS_PARTS;
  const bounded = (_name: string, value: unknown): unknown => {
    if (left-- === 0) throw new RangeError('too many parts to show');
    return value;
  };
  try {
    return JSON.stringify(args, bounded);
  } catch {
    return '[…]';
  }
}

/**
 * What an error can do without, the least useful first, when it is too large to travel whole. Never its code: that
 * decides which error the caller gets.
 */
const SLIMMED: readonly ((failure: Failure) => Failure)[] = [
  (whole) => whole,
  ({ errors: _errors, cause: _cause, ...rest }) => rest,
  ({ errors: _errors, cause: _cause, data: _data, ...rest }) => rest,
  ({ name, message, code }) => ({
    name: name.slice(0, LAST_NAME_LENGTH),
    message: message.slice(0, LAST_MESSAGE_LENGTH),
    ...(code === undefined || code.length > LAST_NAME_LENGTH ? {} : { code }),
  }),
];

/**
 * Writes whatever was thrown, so that it fits: a failure that is too large to report would be no failure at all.
 * @param limit in UTF-16 units; the last resort, a name and a short message, may be above a very small one
 */
export function failurePayload(thrown: unknown, limit: number): WirePayload {
  const failure = describeFailure(thrown);
  let payload: WirePayload = '';
  for (const slim of SLIMMED) {
    payload = encodeFailure(slim(failure));
    if (payloadSize(payload) <= limit) break;
  }
  return payload;
}
