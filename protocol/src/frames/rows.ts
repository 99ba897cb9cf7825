/** Rows that monitors show. Times are gateway wall time in milliseconds. */
import type { Arity, Definition, WireTaskOptions } from '../definition.ts';
import type { Reason, TaskState, Waiting } from '../state.ts';
import {
  count,
  type FrameReader,
  flag,
  list,
  moment,
  nullable,
  number,
  one,
  optional,
  record,
  text,
  tuple,
  word,
} from './shape.ts';
import { name, reason, state, time, waiting } from './words.ts';

export const taskRow = tuple<
  readonly [
    id: string,
    name: string,
    state: TaskState,
    /** Why it is in that state. */
    reason: Reason,
    waiting: Waiting | null,
    /** `null` while the task is not defined. */
    queue: string | null,
    priority: number,
    worker: string | null,
    attempt: number,
    retries: number,
    submittedAt: number,
    /** Of the last run whose start is shown. */
    startedAt: number | null,
    endedAt: number | null,
    dueAt: number | null,
    expiresAt: number | null,
    /** The call's `argsRepr`, else the beginning of the arguments as they were sent. */
    args: string,
    /** Of a FAILURE, RETRY or REVOKED: `TypeError: no such file`. */
    error: string | null,
    shadow: string | null,
    rootId: string,
    parentId: string | null,
  ]
>(
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
export type WireTaskRow = ReturnType<typeof taskRow>;

const queueRow = tuple<
  readonly [
    queue: string,
    /** Tasks that wait: for a worker, for their turn, or until they are due. */
    depth: number,
    /** In workers' hands. */
    running: number,
    /** When the oldest task that might run now was submitted. */
    oldestAt: number | null,
    /** Tasks per second over the last minute, or since the gateway started. */
    inPerSecond: number,
    outPerSecond: number,
    paused: boolean,
    /** Connected workers that take from it. */
    workers: number,
  ]
>(word, count, count, time, number, number, flag, count);
export type WireQueueRow = ReturnType<typeof queueRow>;

/** online: takes work · draining: finishes what it has · away: its connection is gone, and it may come back. */
export type WorkerStanding = 'online' | 'draining' | 'away';

const words = list(word);
const running = tuple<readonly [id: string, name: string, startedAt: number | null]>(word, word, time);
const workerRow = tuple<
  readonly [
    session: string,
    name: string,
    host: string,
    pid: number,
    standing: WorkerStanding,
    pool: string,
    version: string,
    queues: readonly string[],
    /** Names of the tasks that it runs. */
    tasks: readonly string[],
    concurrency: number,
    /** How many tasks it holds. */
    held: number,
    capacity: number,
    /** The first of those whose start was reported. */
    running: readonly (readonly [id: string, name: string, startedAt: number | null])[],
    /** Outcomes it has reported since it joined. */
    processed: number,
    /** As its last heartbeat said: how late its event loop is, its memory, and its share of a processor; `null` before. */
    lagMs: number | null,
    rssBytes: number | null,
    cpuPercent: number | null,
    heardAt: number,
    startedAt: number | null,
  ]
>(
  word,
  word,
  text,
  count,
  word as FrameReader<WorkerStanding>,
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
export type WireWorkerRow = ReturnType<typeof workerRow>;

/** What monitors show of a definition; only workers and the gateway go by it. */
const plain = one<string>('a plain value', (value) => typeof value !== 'object' || value === null);
const options: FrameReader<WireTaskOptions> = (value) => {
  const found = one<object>('an object', (given) => typeof given === 'object' && given !== null)(value);
  for (const field of Object.values(found)) plain(field);
  return found;
};
const definitionRow = tuple<
  readonly [
    name: string,
    definition: Definition,
    /** Connected workers that run it. */
    workers: number,
  ]
>(
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
export type WireDefinitionRow = ReturnType<typeof definitionRow>;

export type FeedRow = WireTaskRow | WireQueueRow | WireWorkerRow | WireDefinitionRow;
/** Not read yet: whoever opened the feed knows their kind, and reads them with {@link FEED_ROWS_OF}. */
export const anyRow = one<WireTaskRow>(
  'a row',
  (value) => Array.isArray(value) && typeof value[0] === 'string',
);

/** Rows by the kind of their feed. */
export const FEED_ROWS_OF = {
  tasks: taskRow,
  queues: queueRow,
  workers: workerRow,
  definitions: definitionRow,
} as const;
