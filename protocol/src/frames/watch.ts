/**
 * What becomes of tasks: every transition in order, after its commit; and to whoever comes later, or comes back, the entries that
 * it has not seen, or one snapshot that says that it replaces them.
 */
import { MAX_DURATION_MS } from '../duration.ts';
import {
  COUNT_LIMIT,
  EPOCH_LENGTH,
  FRAME_ITEMS,
  HEARD_ITEMS,
  TASK_ID_LENGTH,
  WATCH_ITEMS,
} from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import { type Reason, TASK_STATES, type TaskState } from '../state.ts';
import { each, frame, heard, question, usual } from './frame.ts';
import { readInteger, readList, readObject, readText, readTextOrNull } from './guard.ts';
import { answer } from './refusal.ts';
import {
  count,
  type FrameReader,
  flag,
  integer,
  isCount,
  isMoment,
  isName,
  isWord,
  list,
  moment,
  nullable,
  oneOf,
  optional,
  record,
  row,
  text,
  tuple,
  word,
} from './shape.ts';
import { body, lack, name, payload, reason, state, taskId, waiting } from './words.ts';

/** What the asker has of each: how many history entries, and the time of the last one, by which a restored store knows its own. */
function readSeen(item: unknown): readonly [id: string, sequence: number, at?: number] {
  const [id, sequence, at] = readList(item, 'watch.tasks[]', 3);
  const seen = [
    readText(id, 'watch.id', TASK_ID_LENGTH),
    readInteger(sequence, 'watch.sequence', 0, COUNT_LIMIT),
  ] as const;
  return at == null ? seen : [...seen, readInteger(at, 'watch.at', 0, COUNT_LIMIT)];
}

export interface WatchFrame {
  /** The store epoch that the sequences belong to; `null` when none is known. */
  readonly epoch: string | null;
  readonly tasks: readonly ReturnType<typeof readSeen>[];
}

function readWatch(value: unknown, place: string, bound: number): WatchFrame {
  const { epoch, tasks } = readObject(value, place);
  return {
    epoch: readTextOrNull(epoch, 'watch.epoch', EPOCH_LENGTH),
    tasks: readList(tasks, 'watch.tasks', bound).map(readSeen),
  };
}

const readRevoke = row<readonly [id: string, terminate: boolean, graceMs: number]>(
  taskId,
  flag,
  integer(0, MAX_DURATION_MS),
);
export type RevokeItem = ReturnType<typeof readRevoke>;
/**
 * prevented: a waiting task that will never run · revoked: a running one that is stopped · already-done: too late · unknown:
 * no such task.
 */
export type RevokeVerdict = 'prevented' | 'revoked' | 'already-done' | 'unknown';
const verdict = oneOf<RevokeVerdict>(['prevented', 'revoked', 'already-done', 'unknown']);

/**
 * A transition. `sequence` counts a task's history entries from 1 without a hole; a client that misses one asks again.
 * `body` is the result of a SUCCESS and the error of a FAILURE, RETRY or REVOKED.
 */
export type TransitionEvent = readonly [
  id: string,
  sequence: number,
  at: number,
  state: TaskState,
  reason: Reason,
  attempt: number,
  worker: string | null,
  retries: number,
  body: WirePayload | null,
  /** Of a task that ended, where it has any. */
  children?: readonly string[],
];
const TRANSITION = [word, count, moment, state, reason, count, name, count, body] as const;
const transition: FrameReader<TransitionEvent> = tuple(...TRANSITION);
const lastTransition: FrameReader<TransitionEvent> = tuple(...TRANSITION, list(text));

/** A custom state set by the running task; `null` in the state's place tells it from a transition. */
const progress = tuple<
  readonly [id: string, sequence: number, at: number, state: null, customState: string, meta: WirePayload]
>(word, count, moment, oneOf([null]), word, payload);
export type ProgressEvent = ReturnType<typeof progress>;
export type EventItem = TransitionEvent | ProgressEvent;

const event: FrameReader<EventItem> = (value) => {
  if (!Array.isArray(value) || value[9] == null)
    return Array.isArray(value) && value[3] === null ? progress(value) : transition(value);
  return lastTransition(value);
};

const STATES: readonly unknown[] = TASK_STATES;
/** A transition without children, whose body is bare. */
function looksUsual(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 9 &&
    isWord(value[0]) &&
    isCount(value[1]) &&
    isMoment(value[2]) &&
    STATES.includes(value[3]) &&
    isWord(value[4]) &&
    isCount(value[5]) &&
    isName(value[6]) &&
    isCount(value[7]) &&
    isName(value[8])
  );
}

const entry = tuple<
  readonly [state: TaskState, reason: Reason, at: number, attempt: number, worker: string | null]
>(state, reason, moment, count, name);
export type WireHistoryEntry = ReturnType<typeof entry>;

/** Parts that were too large to be sent with a snapshot. */
export type LeftOut = 'args' | 'progress' | 'children';

/**
 * All that is known of a task. `history` starts after the sequence the watcher named when that is possible
 * (`from` says where: the number of entries before the first one given); otherwise it is whole.
 */
const snapshot = record({
  id: word,
  /** False: the gateway has no such task; all else is empty. */
  known: flag,
  sequence: count,
  state,
  waiting,
  /** Where it waits for a worker. */
  lacks: optional(lack),
  name,
  queue: name,
  attempt: count,
  retries: count,
  worker: name,
  rootId: name,
  parentId: name,
  /** Tasks that it called, or that were linked to it: the first 1,000, and one more where there were more. */
  children: list(text),
  args: body,
  /** The custom state and its meta, while one is set. */
  progress: nullable(tuple<readonly [state: string, meta: WirePayload]>(word, payload)),
  /** Result or error, as in {@link TransitionEvent}. */
  body,
  /** The body of a task that ended is not kept (any more). */
  gone: flag,
  kept: flag,
  from: count,
  history: list(entry),
  /** Entries that the bound on long histories cut out, after the first ten. */
  omitted: count,
  /** What was too large to travel with the rest, and is empty therefore. */
  leftOut: optional(list(word as FrameReader<LeftOut>)),
});
export type WireSnapshot = ReturnType<typeof snapshot>;

export const WATCH_FRAMES = {
  /** Follows tasks of others, or continues after a reconnect: with the missed events, and all later ones. */
  watch: frame('read', WATCH_ITEMS, readWatch),
  /** Stops following these. */
  unwatch: frame('none', WATCH_ITEMS, each(taskId)),
  /** Everything that is kept of tasks, in order; `null` for a task that the token may not read. The answer may have only the first ones: ask again for the rest. */
  get: question('read', FRAME_ITEMS, each(taskId)),
  /** Cancels tasks, in order; `null` for a task that the token may not revoke. */
  revoke: question('revoke', FRAME_ITEMS, each(readRevoke)),
  /** Drops arguments and results of tasks that ended; the answer says whether there was something to delete. */
  forget: question('revoke', FRAME_ITEMS, each(taskId)),
};
export const WATCH_ANSWERS = {
  get: () => answer(list(nullable(snapshot))),
  revoke: () => answer(list(nullable(verdict))),
  forget: () => answer(list(flag)),
};

export const WATCH_TOLD = {
  /** Every change, in order, after its commit. */
  events: heard(HEARD_ITEMS, usual(looksUsual, each(event))),
  /** Everything that is kept of a task. */
  snapshots: heard(HEARD_ITEMS, each(snapshot)),
};
