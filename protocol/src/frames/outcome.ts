/**
 * What a worker says of its attempts: how they end, kept by it until acked and sent again after a reconnect; and what they give
 * meanwhile. All by hand: once for each task. A payload that is too large costs its own attempt only.
 */

import { encodeTooLarge } from '../describe-failure.ts';
import { MAX_DURATION_MS } from '../duration.ts';
import {
  CHILDREN,
  COUNT_LIMIT,
  FRAME_ITEMS,
  LOSS_LENGTH,
  MAX_COUNT,
  MORE_CHILDREN,
  NONCE_LENGTH,
  STATE_LENGTH,
  TASK_ID_LENGTH,
  TOLD_ITEMS,
  WORD_LENGTH,
} from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import { every, frame, heard, several, usual } from './frame.ts';
import {
  FrameError,
  isInteger,
  isText,
  readFlag,
  readInteger,
  readList,
  readPayload,
  readText,
  unexpected,
} from './guard.ts';

/** @returns `undefined` where it is too large */
export function readFitting(value: unknown, place: string, payloadLimit: number): WirePayload | undefined {
  try {
    return readPayload(value, place, payloadLimit);
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

/** One that is too large is a failure that says so. */
function readFittingOutcome(value: unknown, payloadLimit: number): Outcome {
  try {
    return readOutcome(value, payloadLimit);
  } catch (error) {
    if (isTooLarge(error)) return ['failure', encodeTooLarge(error.message)];
    throw error;
  }
}

function isTooLarge(error: unknown): error is FrameError {
  return error instanceof FrameError && error.code === 'PAYLOAD_TOO_LARGE';
}

export type Outcome =
  | readonly [kind: 'success', result: WirePayload]
  | readonly [kind: 'failure', error: WirePayload]
  | readonly [
      kind: 'retry',
      /** What RETRY shows. */
      error: WirePayload,
      /** What the task fails with when no retries are left. */
      exhausted: WirePayload,
      /** `null`: by the task's options. */
      countdownMs: number | null,
      /** Overrides the task's maxRetries for this decision; `'task'` leaves it, as its absence does, `null` is without end. */
      maxRetries?: number | null | 'task',
      /** Arguments of the next run instead of the present ones. */
      args?: WirePayload | null,
    ]
  | readonly [kind: 'ignored']
  | readonly [kind: 'rejected', error: WirePayload, requeue: boolean]
  /** Its hard time limit is over; the body has no say. */
  | readonly [kind: 'timed-out', error: WirePayload]
  /** Only this run died, with the thread or process it ran in; the worker lives on. `why` completes "it". */
  | readonly [kind: 'lost', why: string];

/** @throws FrameError with `PAYLOAD_TOO_LARGE` where a payload is above the limit */
export function readOutcome(value: unknown, payloadLimit: number): Outcome {
  const [kind, first, second, third, fourth, fifth] = readList(value, 'settled.outcome', 6);
  switch (kind) {
    case 'success':
      return ['success', readPayload(first, 'outcome.result', payloadLimit)];
    case 'failure':
      return ['failure', readPayload(first, 'outcome.error', payloadLimit)];
    case 'retry':
      return readRetry([first, second, third, fourth, fifth], payloadLimit);
    case 'ignored':
      return ['ignored'];
    case 'rejected':
      return [
        'rejected',
        readPayload(first, 'outcome.error', payloadLimit),
        readFlag(second, 'outcome.requeue'),
      ];
    case 'timed-out':
      return ['timed-out', readPayload(first, 'outcome.error', payloadLimit)];
    case 'lost':
      return ['lost', readText(first, 'outcome.why', LOSS_LENGTH)];
    default:
      throw unexpected('a known outcome', 'settled.outcome[0]', kind);
  }
}

function readRetry(fields: readonly unknown[], payloadLimit: number): Outcome {
  const [error, exhausted, countdownMs, maxRetries = 'task', args] = fields;
  return [
    'retry',
    readPayload(error, 'outcome.error', payloadLimit),
    readPayload(exhausted, 'outcome.exhausted', payloadLimit),
    countdownMs == null ? null : readInteger(countdownMs, 'outcome.countdownMs', 0, MAX_DURATION_MS),
    maxRetries === null || maxRetries === 'task'
      ? maxRetries
      : readInteger(maxRetries, 'outcome.maxRetries', 0, MAX_COUNT),
    args == null ? null : readPayload(args, 'outcome.args', payloadLimit),
  ];
}

function readSettled(
  value: unknown,
  payloadLimit: number,
): readonly [
  nonce: string,
  id: string,
  attempt: number,
  outcome: Outcome,
  /** Ids of the tasks that the body called, and `''` where there was no room for more of them; absent where it called none. */
  children?: readonly string[],
  /** How many chunks the attempt gave, all sent before this report; absent where it gave none. */
  chunks?: number,
] {
  const [nonce, id, attempt, outcome, children, chunks] = readList(value, 'settled[]', 6);
  const item = [
    readText(nonce, 'settled.nonce', NONCE_LENGTH),
    readText(id, 'settled.id', TASK_ID_LENGTH),
    readInteger(attempt, 'settled.attempt', 1, COUNT_LIMIT),
    readFittingOutcome(outcome, payloadLimit),
  ] as const;
  if (chunks != null) {
    const count = readInteger(chunks, 'settled.chunks', 0, COUNT_LIMIT);
    return [...item, children == null ? [] : readChildIds(children), count];
  }
  return children == null ? item : [...item, readChildIds(children)];
}
export type SettledItem = ReturnType<typeof readSettled>;

/** A success without children and chunks, whose result is bare. */
function looksUsual(value: unknown, payloadLimit: number): boolean {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const outcome: unknown = value[3];
  return (
    isText(value[0], NONCE_LENGTH) &&
    isText(value[1], TASK_ID_LENGTH) &&
    isInteger(value[2], 1, COUNT_LIMIT) &&
    Array.isArray(outcome) &&
    outcome.length === 2 &&
    outcome[0] === 'success' &&
    typeof outcome[1] === 'string' &&
    outcome[1].length <= payloadLimit
  );
}

/** Ids of the tasks that a run has called. */
export function readChildIds(value: unknown): readonly string[] {
  return readList(value, 'settled.children', CHILDREN).map((id) =>
    id === MORE_CHILDREN ? id : readText(id, 'settled.children[]', TASK_ID_LENGTH),
  );
}

/** applied: recorded now · duplicate: was recorded before · stale: the attempt is another's · unknown: no such task. */
export type SettleVerdict = 'applied' | 'duplicate' | 'stale' | 'unknown';

function readSettledAck(value: unknown): readonly [nonce: string, verdict: SettleVerdict] {
  const [nonce, verdict] = readList(value, 'acks[]', 2);
  if (verdict !== 'applied' && verdict !== 'duplicate' && verdict !== 'stale' && verdict !== 'unknown') {
    throw unexpected('a known verdict', 'acks.verdict', verdict);
  }
  return [readText(nonce, 'acks.nonce', WORD_LENGTH), verdict];
}
export type SettledAck = ReturnType<typeof readSettledAck>;

function isUsualAck(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 2 && isText(value[0], WORD_LENGTH) && value[1] === 'applied'
  );
}

export type ProgressItem = readonly [nonce: string, state: string, meta: WirePayload];

/** @returns nothing where its meta is too large */
function readProgress(value: unknown, payloadLimit: number): readonly ProgressItem[] {
  const [nonce, state, meta] = readList(value, 'progress[]', 3);
  const shown = readFitting(meta, 'progress.meta', payloadLimit);
  const item = [
    readText(nonce, 'progress.nonce', NONCE_LENGTH),
    readText(state, 'progress.state', STATE_LENGTH),
  ] as const;
  return shown === undefined ? [] : [[...item, shown]];
}

/**
 * Chunks of an attempt, counted from 0. After a reconnect all that wait are sent again; with none, it only says that the
 * attempt has given `first` chunks.
 */
export type ChunksItem = readonly [nonce: string, first: number, payloads: readonly WirePayload[]];

/** What is too large is missing in the stream: what follows it is an item of its own. */
function readChunks(value: unknown, payloadLimit: number): readonly ChunksItem[] {
  const [nonce, first, payloads] = readList(value, 'chunks[]', 3);
  const from = readInteger(first, 'chunks.first', 0, COUNT_LIMIT);
  const whose = readText(nonce, 'chunks.nonce', NONCE_LENGTH);
  let run: WirePayload[] = [];
  const items: ChunksItem[] = [[whose, from, run]];
  for (const [position, payload] of readList(payloads, 'chunks.payloads', FRAME_ITEMS).entries()) {
    const chunk = readFitting(payload, 'chunks.payload', payloadLimit);
    if (chunk !== undefined) run.push(chunk);
    else {
      run = [];
      items.push([whose, from + position + 1, run]);
    }
  }
  return items;
}

/** The worker may forget the chunks before this one, and the body give as many more. `null`: the attempt is another's. */
function readRoom(value: unknown): readonly [nonce: string, upTo: number | null] {
  const [nonce, upTo] = readList(value, 'room[]', 2);
  return [
    readText(nonce, 'room.nonce', WORD_LENGTH),
    upTo === null ? null : readInteger(upTo, 'room.upTo', 0, COUNT_LIMIT),
  ];
}
export type ChunkAck = ReturnType<typeof readRoom>;

export const OUTCOME_FRAMES = {
  /** Custom states: the latest of each attempt. */
  progress: frame('none', FRAME_ITEMS, several(readProgress)),
  /** Chunks of streams: kept by the worker until there is room, sent again after a reconnect. */
  chunks: frame('none', FRAME_ITEMS, several(readChunks)),
  /** Outcomes of attempts: kept by the worker until acked, sent again after a reconnect. */
  settled: frame('none', FRAME_ITEMS, usual(looksUsual, every(readSettled))),
};

export const OUTCOME_TOLD = {
  /** Outcomes that are recorded, after the commit. */
  acks: heard(TOLD_ITEMS, usual(isUsualAck, every(readSettledAck))),
  /** Chunks that the gateway has taken: all before this one. */
  room: heard(TOLD_ITEMS, every(readRoom)),
};
