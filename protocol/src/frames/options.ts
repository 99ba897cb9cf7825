/** Options and definitions, as they come from a client or a worker. */
import type { Arity, CallOptions, Definition, LinkedCall, WireTaskOptions } from '../definition.ts';
import { MAX_DURATION_MS } from '../duration.ts';
import {
  ARGS_REPR_LENGTH,
  CONCURRENCY_KEY_LENGTH,
  CONCURRENCY_LIMIT,
  HEADERS_LENGTH,
  LINKS_DEEP,
  LINKS_EACH,
  MAX_COUNT,
  PARAMETER_NAME_LENGTH,
  PARAMETERS,
  PAYLOAD_LIMIT,
  PRIORITY_MAX,
  TASK_NAME_LENGTH,
} from '../limits.ts';
import { readPayload } from './guard.ts';
import {
  type FrameReader,
  flag,
  integer,
  LAST_DATE_MS,
  list,
  Misfit,
  nullable,
  optional,
  readShape,
  record,
  upTo,
} from './shape.ts';
import { perHour, queueName, taskId, taskName } from './words.ts';

const duration = optional(integer(0, MAX_DURATION_MS));
const expiry = optional(nullable(integer(0, MAX_DURATION_MS)));
const date = optional(integer(-LAST_DATE_MS, LAST_DATE_MS));
const priority = optional(integer(0, PRIORITY_MAX));
const queue = optional(queueName);
const yesOrNo = optional(flag);
const atOnce = integer(1, CONCURRENCY_LIMIT);
/** `null`, which has to be said. */
const endless =
  (reader: FrameReader<number>): FrameReader<number | null> =>
  (value) =>
    value === null ? null : reader(value);

/** @param depth how many calls these are linked to, one to the other */
function callOptions(depth: number): FrameReader<CallOptions> {
  const links = optional(linksAt(depth));
  return record<CallOptions>({
    queue,
    countdownMs: duration,
    etaAt: date,
    expiresMs: expiry,
    expiresAt: date,
    priority,
    ignoreResult: yesOrNo,
    timeLimitMs: duration,
    softTimeLimitMs: duration,
    headers: optional(upTo(HEADERS_LENGTH)),
    shadow: optional(upTo(TASK_NAME_LENGTH)),
    argsRepr: optional(upTo(ARGS_REPR_LENGTH)),
    concurrencyKey: optional(upTo(CONCURRENCY_KEY_LENGTH)),
    link: links,
    linkError: links,
  });
}

function linksAt(depth: number): FrameReader<readonly LinkedCall[]> {
  return (value) => {
    if (depth >= LINKS_DEEP) throw new Misfit(`links at most ${LINKS_DEEP} deep`, value, true);
    if (Array.isArray(value) && value.length > LINKS_EACH)
      throw new Misfit(`at most ${LINKS_EACH} links`, value.length, true);
    return list(linkedCall(depth))(value);
  };
}

function linkedCall(depth: number): FrameReader<LinkedCall> {
  return record<LinkedCall>({
    id: taskId,
    name: taskName,
    args: (value) => readPayload(value, 'link.args', PAYLOAD_LIMIT),
    immutable: flag,
    options: nullable(callOptions(depth + 1)),
  });
}

const options = callOptions(0);
export function readCallOptions(value: unknown, place: string): CallOptions {
  return readShape(options, value, place);
}

export const taskOptions = record<WireTaskOptions>({
  queue,
  priority,
  maxRetries: optional(nullable(integer(0, MAX_COUNT))),
  retryDelayMs: duration,
  retryBackoffMs: duration,
  retryBackoffMaxMs: duration,
  retryJitter: yesOrNo,
  acksLate: yesOrNo,
  maxDeliveries: optional(integer(1, MAX_COUNT)),
  trackStarted: yesOrNo,
  ignoreResult: yesOrNo,
  storeErrorsEvenIfIgnored: yesOrNo,
  rejectOnWorkerLost: yesOrNo,
  expiresMs: expiry,
  timeLimitMs: duration,
  softTimeLimitMs: duration,
  ratePerHour: optional(nullable(perHour)),
  taskLimit: optional(nullable(atOnce)),
  keyLimit: optional(atOnce),
});
export function readTaskOptions(value: unknown, place: string): WireTaskOptions {
  return readShape(taskOptions, value, place);
}

/** What the gateway adds to it (`app`) no worker says. */
export const definition: FrameReader<Definition> = record<Omit<Definition, 'app'>>({
  name: taskName,
  options: taskOptions,
  arity: nullable(record<Arity>({ min: integer(0, MAX_COUNT), max: endless(integer(0, MAX_COUNT)) })),
  params: nullable(list(upTo(PARAMETER_NAME_LENGTH), PARAMETERS)),
});
