/** Guards for options and definitions, as they come from a client or a worker. */
import type { Arity, CallOptions, Definition, LinkedCall, TaskOptions } from '../definition.ts';
import { MAX_DURATION_MS } from '../duration.ts';
import {
  CONCURRENCY_KEY_LENGTH,
  CONCURRENCY_LIMIT,
  PAYLOAD_LIMIT,
  PRIORITY_MAX,
  QUEUE_NAME_LENGTH,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
} from '../limits.ts';
import { MAX_PER_HOUR, MIN_PER_HOUR } from '../rate.ts';
import {
  expected,
  readFlag,
  readInteger,
  readList,
  readObject,
  readPayload,
  readText,
  tooMuch,
} from './guard.ts';

type Read<Value> = (value: unknown, place: string) => Value;
type Readers<Shape> = { readonly [Key in keyof Shape]-?: Read<Exclude<Shape[Key], undefined>> };

const MAX_TIME_MS = 8.64e15;
const MAX_COUNT = 1_000_000;

const duration: Read<number> = (value, place) => readInteger(value, place, 0, MAX_DURATION_MS);
const durationOrNull: Read<number | null> = (value, place) =>
  value === null ? null : duration(value, place);
const moment: Read<number> = (value, place) => readInteger(value, place, -MAX_TIME_MS, MAX_TIME_MS);
const priority: Read<number> = (value, place) => readInteger(value, place, 0, PRIORITY_MAX);
const queueName: Read<string> = (value, place) => readText(value, place, QUEUE_NAME_LENGTH);
const atOnce: Read<number> = (value, place) => readInteger(value, place, 1, CONCURRENCY_LIMIT);
const perHour: Read<number> = (value, place) => {
  if (typeof value === 'number' && value >= MIN_PER_HOUR && value <= MAX_PER_HOUR) return value;
  throw expected('a number of runs per hour', place, value);
};

const CALL_READERS: Readers<CallOptions> = {
  queue: queueName,
  countdownMs: duration,
  etaAt: moment,
  expiresMs: durationOrNull,
  expiresAt: moment,
  priority,
  ignoreResult: readFlag,
  timeLimitMs: duration,
  softTimeLimitMs: duration,
  headers: (value, place) => readText(value, place, HEADERS_LENGTH),
  shadow: (value, place) => readText(value, place, TASK_NAME_LENGTH),
  argsRepr: (value, place) => readText(value, place, ARGS_REPR_LENGTH),
  concurrencyKey: (value, place) => readText(value, place, CONCURRENCY_KEY_LENGTH),
  link: (value, place) => readLinks(value, place, 0),
  linkError: (value, place) => readLinks(value, place, 0),
};

const TASK_READERS: Readers<TaskOptions> = {
  queue: queueName,
  priority,
  maxRetries: (value, place) => (value === null ? null : readInteger(value, place, 0, MAX_COUNT)),
  retryDelayMs: duration,
  retryBackoffMs: duration,
  retryBackoffMaxMs: duration,
  retryJitter: readFlag,
  acksLate: readFlag,
  maxDeliveries: (value, place) => readInteger(value, place, 1, MAX_COUNT),
  trackStarted: readFlag,
  ignoreResult: readFlag,
  storeErrorsEvenIfIgnored: readFlag,
  rejectOnWorkerLost: readFlag,
  expiresMs: durationOrNull,
  timeLimitMs: duration,
  softTimeLimitMs: duration,
  ratePerHour: (value, place) => (value === null ? null : perHour(value, place)),
  taskLimit: (value, place) => (value === null ? null : atOnce(value, place)),
  keyLimit: atOnce,
};

/** Links may have links of their own; so deep, and so many each. */
const LINKS_DEEP = 20;
const LINKS_EACH = 100;
const HEADERS_LENGTH = 16_384;
const ARGS_REPR_LENGTH = 1_024;

function readLinks(value: unknown, place: string, depth: number): readonly LinkedCall[] {
  if (depth >= LINKS_DEEP) throw tooMuch(expected(`links at most ${LINKS_DEEP} deep`, place, value));
  if (Array.isArray(value) && value.length > LINKS_EACH)
    throw tooMuch(expected(`at most ${LINKS_EACH} links`, place, value.length));
  return readList(value, place, LINKS_EACH).map((link) => readLinkedCall(link, place, depth));
}

function readLinkedCall(value: unknown, place: string, depth: number): LinkedCall {
  const { id, name, args, immutable, options } = readObject(value, `${place}[]`);
  const nested = (links: unknown, where: string): readonly LinkedCall[] => readLinks(links, where, depth + 1);
  return {
    id: readText(id, `${place}.id`, TASK_ID_LENGTH),
    name: readText(name, `${place}.name`, TASK_NAME_LENGTH),
    args: readPayload(args, `${place}.args`, PAYLOAD_LIMIT),
    immutable: readFlag(immutable, `${place}.immutable`),
    options:
      options === null
        ? null
        : readFields<CallOptions>(options, `${place}.options`, {
            ...CALL_READERS,
            link: nested,
            linkError: nested,
          }),
  };
}

export function readCallOptions(value: unknown, place: string): CallOptions {
  return readFields<CallOptions>(value, place, CALL_READERS);
}

export function readTaskOptions(value: unknown, place: string): TaskOptions {
  return readFields<TaskOptions>(value, place, TASK_READERS);
}

export function readDefinition(value: unknown, place: string): Definition {
  const fields = readObject(value, place);
  return {
    name: readText(fields['name'], `${place}.name`, TASK_NAME_LENGTH),
    options: readTaskOptions(fields['options'], `${place}.options`),
    arity: fields['arity'] == null ? null : readArity(fields['arity'], `${place}.arity`),
    params:
      fields['params'] == null
        ? null
        : readList(fields['params'], `${place}.params`, 100).map((name) =>
            readText(name, `${place}.params`, 1_000),
          ),
  };
}

function readArity(value: unknown, place: string): Arity {
  const { min, max } = readObject(value, place);
  return {
    min: readInteger(min, `${place}.min`, 0, MAX_COUNT),
    max: max === null ? null : readInteger(max, `${place}.max`, 0, MAX_COUNT),
  };
}

function readFields<Shape extends object>(value: unknown, place: string, readers: Readers<Shape>): Shape {
  const given = readObject(value, place);
  const result: Partial<Shape> = {};
  for (const key of Object.keys(readers) as (keyof Shape & string)[]) {
    if (given[key] !== undefined) result[key] = readers[key](given[key], `${place}.${key}`);
  }
  return result as Shape;
}
