/** What frames of clients and workers are made of. */
import { MAX_COUNT, QUEUE_NAME_LENGTH, TASK_ID_LENGTH, TASK_NAME_LENGTH, TOKEN_LENGTH } from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import { MAX_PER_HOUR, MIN_PER_HOUR } from '../rate.ts';
import { type Lack, type Reason, TASK_STATES, type TaskState, type Waiting } from '../state.ts';
import {
  count,
  type FrameReader,
  integer,
  maybe,
  moment,
  nullable,
  one,
  oneOf,
  record,
  text,
  tuple,
  upTo,
  word,
} from './shape.ts';

export const taskId = upTo(TASK_ID_LENGTH);
export const taskName = upTo(TASK_NAME_LENGTH);
export const queueName = upTo(QUEUE_NAME_LENGTH);
export const token = upTo(TOKEN_LENGTH);
export const perHour: FrameReader<number> = one(
  'a number of runs per hour',
  (value) => typeof value === 'number' && value >= MIN_PER_HOUR && value <= MAX_PER_HOUR,
);

export const state: FrameReader<TaskState> = oneOf(TASK_STATES);
// Told, and never decided upon: a later gateway may have more of these words.
export const reason = word as FrameReader<Reason>;
export const waiting = nullable(word) as FrameReader<Waiting | null>;
export const lack = word as FrameReader<Lack>;
/** Of a queue, a worker, a task: where there is one. */
export const name = nullable(text);
export const time = nullable(moment);

const labelled: FrameReader<readonly [contentType: string, body: string]> = tuple(word, text);
export const payload: FrameReader<WirePayload> = (value) =>
  typeof value === 'string' ? value : labelled(value);
export const body = nullable(payload);

const version = integer(0, MAX_COUNT);
export const readProtocolRange = record({ min: version, max: version });

export const TOKEN_END = {
  /** In how many milliseconds the token ends, and the connection with it unless it is refreshed; absent where it never does. */
  tokenExpiresInMs: maybe(count),
};
/** What a `refresh` is answered with where the new token has taken the old one's place. */
export const readTokenEnd = record(TOKEN_END);
export type TokenRefreshed = ReturnType<typeof readTokenEnd>;
