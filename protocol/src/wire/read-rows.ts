/** Guards for the rows that monitors show, and for the words that they share with other frames; see monitor.ts. */
import type { Arity, Definition, TaskOptions } from '../definition.ts';
import { type Lack, type Reason, TASK_STATES, type TaskState, type Waiting } from '../state.ts';
import type {
  WireDefinitionRow,
  WireQueueRow,
  WireTaskRow,
  WireWorkerRow,
  WorkerStanding,
} from './monitor.ts';
import {
  count,
  flag,
  list,
  moment,
  nullable,
  number,
  one,
  oneOf,
  optional,
  type Reader,
  record,
  text,
  tuple,
  word,
} from './shape.ts';

export const state: Reader<TaskState> = oneOf(TASK_STATES);
// Told, and never decided upon: a later gateway may have more of these words.
export const reason = word as Reader<Reason>;
export const waiting = nullable(word) as Reader<Waiting | null>;
export const lack = word as Reader<Lack>;
export const name = nullable(text);
export const time = nullable(moment);
export const words = list(word);

export const taskRow: Reader<WireTaskRow> = tuple(
  word,
  word,
  state,
  reason,
  waiting,
  name,
  number,
  name,
  count,
  count,
  moment,
  time,
  time,
  time,
  time,
  text,
  name,
  name,
  word,
  name,
);
const queueRow: Reader<WireQueueRow> = tuple(word, count, count, time, number, number, flag, count);
const running: Reader<readonly [string, string, number | null]> = tuple(word, word, time);
const workerRow: Reader<WireWorkerRow> = tuple(
  word,
  word,
  text,
  count,
  word as Reader<WorkerStanding>,
  text,
  text,
  words,
  words,
  count,
  count,
  count,
  list(running),
  count,
  nullable(number),
  nullable(number),
  nullable(number),
  moment,
  time,
);
/** What monitors show of a definition; only workers and the gateway go by it. */
const plain = one<string>('a plain value', (value) => typeof value !== 'object' || value === null);
const options: Reader<TaskOptions> = (value) => {
  const found = one<object>('an object', (given) => typeof given === 'object' && given !== null)(value);
  for (const field of Object.values(found)) plain(field);
  return found;
};
const definitionRow: Reader<WireDefinitionRow> = tuple(
  word,
  record<Definition>({
    name: word,
    options,
    arity: nullable(record<Arity>({ min: count, max: nullable(count) })),
    params: nullable(list(text)),
    app: optional(options),
  }),
  count,
);

/** Rows by the kind of their feed. */
export const FEED_ROWS_OF = {
  tasks: taskRow,
  queues: queueRow,
  workers: workerRow,
  definitions: definitionRow,
} as const;
