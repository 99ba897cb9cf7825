/** How an attempt ended, as data: nothing that user code returns or throws leaves this file as anything else. */
import {
  type HostedSerializers,
  type HostedTask,
  isOneOf,
  type TaskSignal,
  taskSignal,
  withoutTail,
} from '@celeriac/client';
import {
  contentTypeOf,
  FRAME_SOFT_LIMIT,
  JSON_CONTENT_TYPE,
  MAX_DURATION_MS,
  MaxRetriesExceededError,
  type Outcome,
  PayloadError,
  payloadSize,
  type WirePayload,
} from '@celeriac/protocol';
import { failurePayload } from './failure-payload.ts';

/** A retry carries two errors, and both must fit into one frame, escaped; with new arguments little room is left. */
const FAILURE_LIMIT = FRAME_SOFT_LIMIT / 2;
const FAILURE_LIMIT_WITH_ARGS = FRAME_SOFT_LIMIT / 8;
/** The largest limit on retries that the wire takes. */
const MAX_RETRIES = 1_000_000;
const SHOWN_ARGS_LENGTH = 500;
/** What is shared many times over in a value is written as often: a few letters could become gigabytes. */
const SHOWN_ARGS_PARTS = 500;

type RetrySignal = Extract<TaskSignal, { kind: 'retry' }>;

/** How an attempt ended. */
export interface Verdict {
  /** As the gateway is told. */
  readonly outcome: Outcome;
  /** The result, or the error, as handlers and the log see it. */
  readonly value: unknown;
}

/** What the judgement of one attempt depends on. */
export interface Judged {
  readonly task: HostedTask;
  readonly id: string;
  readonly args: readonly unknown[];
  /** How they came; what the task gives goes likewise. */
  readonly payload: WirePayload;
  /** What may be shown of them; `undefined` leaves it to us. */
  readonly argsRepr: string | undefined;
  readonly retries: number;
  /** `null` is without end. */
  readonly maxRetries: number | null;
  /** Size of one result, in UTF-16 units. */
  readonly payloadLimit: number;
}

/** A result that its serializer cannot carry, or that is too large, is the task's failure. */
export function verdictOnReturn(value: unknown, judged: Judged): Verdict {
  const what = `result of ${judged.task.definition.name}`;
  try {
    return { outcome: ['success', encodeWithin(value, what, writingOf(judged))], value };
  } catch (error) {
    return verdictOnError(error, judged.payloadLimit);
  }
}

/** Signals (`Retry`, `Ignore`, `Reject`) always win over `autoretryFor`. One that cannot be read fails the task as any error does. */
export function verdictOnThrow(thrown: unknown, judged: Judged): Verdict {
  const signal = taskSignal(thrown) ?? autoretry(thrown, judged.task);
  if (signal === undefined) return verdictOnError(thrown, judged.payloadLimit);
  try {
    return verdictOnSignal(signal, thrown, judged);
  } catch (error) {
    return verdictOnError(error, judged.payloadLimit);
  }
}

export function verdictOnError(error: unknown, payloadLimit: number): Verdict {
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

function verdictOnSignal(signal: TaskSignal, thrown: unknown, judged: Judged): Verdict {
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

/** Arguments that cannot travel fail the task: without them another run would not be what was asked for. */
function verdictOnRetry(signal: RetrySignal, thrown: unknown, judged: Judged): Verdict {
  const maxRetries = signal.maxRetries === undefined ? undefined : atMost(MAX_RETRIES, signal.maxRetries);
  const given = signal.exc ?? undefined;
  const exhausted = (): unknown => given ?? retriesExceeded(judged);
  if (isExhausted(judged, maxRetries)) return verdictOnError(exhausted(), judged.payloadLimit);
  let args: WirePayload | undefined;
  try {
    if (signal.args !== undefined) args = encodeRetryArguments(signal.args, judged);
  } catch (error) {
    return verdictOnError(error, judged.payloadLimit);
  }
  const limit = Math.min(judged.payloadLimit, args === undefined ? FAILURE_LIMIT : FAILURE_LIMIT_WITH_ARGS);
  const value = given ?? thrown;
  const shown = failurePayload(value, limit);
  const last = given === undefined ? failurePayload(exhausted(), limit) : shown;
  const countdownMs = atMost(MAX_DURATION_MS, signal.countdownMs);
  if (args !== undefined)
    return {
      outcome: ['retry', shown, last, countdownMs, maxRetries === undefined ? 'task' : maxRetries, args],
      value,
    };
  if (maxRetries !== undefined) return { outcome: ['retry', shown, last, countdownMs, maxRetries], value };
  return { outcome: ['retry', shown, last, countdownMs], value };
}

/** The gateway's own rule: it would fail the task as well, but only here can handlers be told so. */
function isExhausted({ retries, maxRetries }: Judged, override: number | null | undefined): boolean {
  const limit = override === undefined ? maxRetries : override;
  return limit !== null && retries >= limit;
}

function encodeRetryArguments(args: unknown, judged: Judged): WirePayload {
  const what = `arguments of ${judged.task.definition.name} for its retry`;
  if (!Array.isArray(args)) throw new PayloadError(`${what} are not an array`);
  const given = contentTypeOf(judged.payload) === JSON_CONTENT_TYPE ? withoutTail(args) : args;
  return encodeWithin(given, what, writingOf(judged));
}

/** What the gateway cannot read would cost the connection, again and again. */
function atMost(limit: number, count: number | null): number | null {
  return count === null ? null : Math.min(Math.max(0, Math.ceil(count)), limit);
}

function retriesExceeded({ task, id, args, argsRepr }: Judged): MaxRetriesExceededError {
  const shown = argsRepr ?? showArguments(args);
  const clipped = shown.length > SHOWN_ARGS_LENGTH ? `${shown.slice(0, SHOWN_ARGS_LENGTH)}…` : shown;
  return new MaxRetriesExceededError(`Can't retry ${task.definition.name}[${id}] args: ${clipped}`);
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
