/**
 * An attempt from its assignment to its start, as a worker is given it. It is named by its random nonce; number and task id travel
 * with an outcome as well, and all three are compared where it is recorded.
 */
import { MAX_DURATION_MS } from '../duration.ts';
import {
  COUNT_LIMIT,
  NONCE_LENGTH,
  QUEUE_NAME_LENGTH,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  TOLD_ITEMS,
  WORD_LENGTH,
  WORKER_CAPACITY,
} from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import { readOrder } from './control.ts';
import { each, every, frame, heard, single, usual } from './frame.ts';
import {
  isInteger,
  isText,
  readFlag,
  readInteger,
  readList,
  readObject,
  readPayload,
  readText,
  unexpected,
} from './guard.ts';
import { type FrameReader, flag, integer, isCount, list, oneOf, readShape, row, upTo } from './shape.ts';
import { taskId } from './words.ts';

const limitMs = integer(0, MAX_DURATION_MS);
const anyText = upTo(COUNT_LIMIT);
/** What few tasks have; absent where they have not. */
const UNCOMMON = {
  /** What stands before the arguments: results of other tasks, in order. */
  prepend: list((value) => readPayload(value, 'context.prepend[]', COUNT_LIMIT), COUNT_LIMIT),
  rootId: taskId,
  parentId: taskId,
  headers: anyText,
  shadow: anyText,
  argsRepr: anyText,
  timeLimitMs: limitMs,
  softTimeLimitMs: limitMs,
};
type Uncommon = { readonly [Field in keyof typeof UNCOMMON]?: ReturnType<(typeof UNCOMMON)[Field]> };
const UNCOMMON_READERS = Object.entries<FrameReader<unknown>>(UNCOMMON).map(([field, reader]) => ({
  field,
  reader,
}));

function readUncommon(context: Readonly<Record<string, unknown>>): Uncommon | undefined {
  let found: Record<string, unknown> | undefined;
  for (const { field, reader } of UNCOMMON_READERS) {
    const given = context[field];
    if (given == null) continue;
    found ??= {};
    found[field] = readShape(reader, given, `context.${field}`);
  }
  return found;
}

/** What `self.request` is made of, and what the executor must know. */
export type AssignmentContext = ReturnType<typeof readContext>;

/** By hand, as all below: once for each attempt. */
function readContext(value: unknown): {
  readonly queue: string;
  readonly priority: number;
  readonly retries: number;
  readonly maxRetries: number | null;
  readonly redelivered: boolean;
  /** The body may start only when the start is committed and acked. */
  readonly awaitStart: boolean;
  readonly etaAt: number | null;
  readonly expiresAt: number | null;
} & Uncommon {
  const context = readObject(value, 'assign.context');
  return {
    queue: readText(context['queue'], 'context.queue', QUEUE_NAME_LENGTH),
    priority: readInteger(context['priority'], 'context.priority', 0, COUNT_LIMIT),
    retries: readInteger(context['retries'], 'context.retries', 0, COUNT_LIMIT),
    maxRetries: readIntegerOrNull(context['maxRetries'], 'context.maxRetries'),
    redelivered: readFlag(context['redelivered'], 'context.redelivered'),
    awaitStart: readFlag(context['awaitStart'], 'context.awaitStart'),
    etaAt: readIntegerOrNull(context['etaAt'], 'context.etaAt'),
    expiresAt: readIntegerOrNull(context['expiresAt'], 'context.expiresAt'),
    ...readUncommon(context),
  };
}

function readIntegerOrNull(value: unknown, place: string): number | null {
  return value == null ? null : readInteger(value, place, -COUNT_LIMIT, COUNT_LIMIT);
}

function readAssignment(
  value: unknown,
): readonly [
  nonce: string,
  id: string,
  attempt: number,
  name: string,
  args: WirePayload,
  context: AssignmentContext,
] {
  const [nonce, id, attempt, name, args, context] = readList(value, 'assign[]', 6);
  return [
    readText(nonce, 'assign.nonce', WORD_LENGTH),
    readText(id, 'assign.id', TASK_ID_LENGTH),
    readInteger(attempt, 'assign.attempt', 1, COUNT_LIMIT),
    readText(name, 'assign.name', TASK_NAME_LENGTH),
    readPayload(args, 'assign.args', COUNT_LIMIT),
    readContext(context),
  ];
}
export type Assignment = ReturnType<typeof readAssignment>;

/** With bare arguments, and a context that has nothing uncommon. */
function looksUsual(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 6 &&
    isText(value[0], WORD_LENGTH) &&
    isText(value[1], TASK_ID_LENGTH) &&
    isInteger(value[2], 1, COUNT_LIMIT) &&
    isText(value[3], TASK_NAME_LENGTH) &&
    typeof value[4] === 'string' &&
    isUsualContext(value[5])
  );
}

function isUsualContext(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const given = value as Readonly<Record<keyof AssignmentContext, unknown>>;
  return (
    isText(given.queue, QUEUE_NAME_LENGTH) &&
    isCount(given.priority) &&
    isCount(given.retries) &&
    (given.maxRetries === null || isCount(given.maxRetries)) &&
    typeof given.redelivered === 'boolean' &&
    typeof given.awaitStart === 'boolean' &&
    given.etaAt === null &&
    given.expiresAt === null &&
    given.prepend === undefined &&
    given.rootId === undefined &&
    given.parentId === undefined &&
    given.headers === undefined &&
    given.shadow === undefined &&
    given.argsRepr === undefined &&
    given.timeLimitMs === undefined &&
    given.softTimeLimitMs === undefined
  );
}

/** ok: the body may run · stale: it must not. */
function readStartedAck(value: unknown): readonly [nonce: string, verdict: 'ok' | 'stale'] {
  const [nonce, verdict] = readList(value, 'startedAcks[]', 2);
  if (verdict !== 'ok' && verdict !== 'stale')
    throw unexpected('a known verdict', 'startedAcks.verdict', verdict);
  return [readText(nonce, 'startedAcks.nonce', WORD_LENGTH), verdict];
}
export type StartedAck = ReturnType<typeof readStartedAck>;

export type AbortReason = 'revoked' | 'lease-lost';
const readAbort = row<readonly [nonce: string, reason: AbortReason, terminate: boolean, graceMs: number]>(
  upTo(WORD_LENGTH),
  oneOf<AbortReason>(['revoked', 'lease-lost']),
  flag,
  integer(0, MAX_DURATION_MS),
);
export type AbortItem = ReturnType<typeof readAbort>;

const readNonce = (value: unknown): string => readText(value, 'nonce', NONCE_LENGTH);
const isNonce = (value: unknown): boolean => isText(value, NONCE_LENGTH);

export const ASSIGNMENT_FRAMES = {
  /** Attempts whose body begins; written to the socket before it begins. */
  started: frame('none', WORKER_CAPACITY, usual(isNonce, every(readNonce))),
  /** Attempts that were assigned, have not started, and are given back. */
  release: frame('none', WORKER_CAPACITY, every(readNonce)),
};

export const ASSIGNMENT_TOLD = {
  /** Attempts to run; the worker never has more of them unsettled than its capacity. */
  assign: heard(TOLD_ITEMS, usual(looksUsual, every(readAssignment))),
  /** Starts that are recorded; only for tasks that run at most once, whose bodies wait for it. */
  startedAcks: heard(TOLD_ITEMS, every(readStartedAck)),
  /** Attempts to stop, because they were revoked or their lease is lost. */
  abort: heard(TOLD_ITEMS, each(readAbort)),
  /** An operator's order to this worker. */
  order: heard(1, single(readOrder)),
};
