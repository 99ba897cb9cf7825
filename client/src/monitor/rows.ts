/** What the monitor's tables show, with dates for times. */
import type { Arity, Reason, TaskState, Waiting, WorkerStanding } from '@celeriac/protocol';
import type {
  WireDefinitionRow,
  WireQueueRow,
  WireTaskRow,
  WireWorkerRow,
} from '@celeriac/protocol/internal';

/** One task in a list; `app.AsyncResult(id)` has everything about it. */
export interface TaskRow {
  /** Its id. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** One of Celery's states. */
  readonly state: TaskState;
  /** Why it is in that state. */
  readonly reason: Reason;
  /** Why it is not running, while it may still run. */
  readonly waiting: Waiting | null;
  /** `null` while the task is not defined. */
  readonly queue: string | null;
  /** From 0 to 9, the highest. */
  readonly priority: number;
  /** The one that runs it, or ran it last. */
  readonly worker: string | null;
  /** Which try it is in: 0 before the first assignment, then 1, 2, … */
  readonly attempt: number;
  /** How often it was tried again after a failure. */
  readonly retries: number;
  /** When it was called, in gateway time. */
  readonly submittedAt: Date;
  /** Of the last run; `null` as well where starts are not tracked. */
  readonly startedAt: Date | null;
  /** When it ended; `null` before that. */
  readonly endedAt: Date | null;
  /** It does not start before this time; `null` is at once. */
  readonly eta: Date | null;
  /** It does not start after this time; `null` is never. */
  readonly expires: Date | null;
  /** The call's `argsRepr`, else the beginning of the arguments as they were sent. */
  readonly args: string;
  /** Of a FAILURE, RETRY or REVOKED: `TypeError: no such file`. */
  readonly error: string | null;
  /** The name to show instead; `null` if the caller gave none. */
  readonly shadow: string | null;
  /** The first call of its chain of calls. */
  readonly rootId: string;
  /** The task that called it; `null` if none did. */
  readonly parentId: string | null;
}

/** A queue, as the monitor shows it. */
export interface QueueRow {
  /** Its name. */
  readonly name: string;
  /** Tasks that wait: for a worker, for their turn, or until they are due. */
  readonly depth: number;
  /** Tasks held by workers. */
  readonly running: number;
  /** When the oldest task that might run now was submitted. */
  readonly oldest: Date | null;
  /** Tasks per second over the last minute, or since the gateway started. */
  readonly inPerSecond: number;
  /** Tasks that were handed to workers, as `inPerSecond`. */
  readonly outPerSecond: number;
  /** Its tasks wait until it is resumed. */
  readonly paused: boolean;
  /** Connected workers that take from it. */
  readonly workers: number;
}

/** A worker, as the monitor shows it. */
export interface WorkerRow {
  /** Its session: unique, where two processes have one name for a moment. */
  readonly id: string;
  /** Its name, as in orders of operators. */
  readonly name: string;
  /** The machine that it runs on. */
  readonly host: string;
  /** Its process's id there. */
  readonly pid: number;
  /** online: takes work · draining: finishes what it has · away: its connection is gone, and it may come back. */
  readonly state: WorkerStanding;
  /** Where bodies run: `inline`, `threads` or `processes`. */
  readonly pool: string;
  /** That of its `@celeriac/worker`. */
  readonly version: string;
  /** Queues that it takes from. */
  readonly queues: readonly string[];
  /** Names of the tasks that it runs. */
  readonly tasks: readonly string[];
  /** Bodies that may run at the same time. */
  readonly concurrency: number;
  /** How many tasks it holds. */
  readonly held: number;
  /** How many tasks it can hold. */
  readonly capacity: number;
  /** The first hundred of those that have begun. */
  readonly running: readonly RunningTask[];
  /** Outcomes that it has reported. */
  readonly processed: number;
  /** The share of its slots that is taken, from 0 to 1. */
  readonly load: number;
  /** How late its event loop was at most, in milliseconds; this and the next two `null` before its first heartbeat. */
  readonly lagMs: number | null;
  /** Memory of its process and those of its pool. */
  readonly rssBytes: number | null;
  /** Of one processor. */
  readonly cpuPercent: number | null;
  /** When its last heartbeat arrived. */
  readonly lastHeartbeat: Date;
  /** When its process started; `null` while it has not come back after a restart of the gateway. */
  readonly startedAt: Date | null;
}

/** A task that a worker runs. */
export interface RunningTask {
  /** Its id. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** When its body began; `null` where starts are not tracked. */
  readonly startedAt: Date | null;
}

/** The definition of a task, as its worker sent it. */
export interface DefinitionRow {
  /** Its name. */
  readonly name: string;
  /** Names of its parameters, where its source shows them. */
  readonly params: readonly string[] | null;
  /** How many arguments it takes; `null` where that is unknown. */
  readonly arity: Arity | null;
  /** As they travel: durations in milliseconds, and named so, such as `timeLimitMs`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Connected workers that run it. */
  readonly workers: number;
}

export function toTaskRow(row: WireTaskRow): TaskRow {
  return {
    id: row[0],
    name: row[1],
    state: row[2],
    reason: row[3],
    waiting: row[4],
    queue: row[5],
    priority: row[6],
    worker: row[7],
    attempt: row[8],
    retries: row[9],
    submittedAt: new Date(row[10]),
    startedAt: dateOf(row[11]),
    endedAt: dateOf(row[12]),
    eta: dateOf(row[13]),
    expires: dateOf(row[14]),
    args: row[15],
    error: row[16],
    shadow: row[17],
    rootId: row[18],
    parentId: row[19],
  };
}

export function toQueueRow(row: WireQueueRow): QueueRow {
  const [name, depth, running, oldestAt, inPerSecond, outPerSecond, paused, workers] = row;
  return { name, depth, running, oldest: dateOf(oldestAt), inPerSecond, outPerSecond, paused, workers };
}

export function toWorkerRow(row: WireWorkerRow): WorkerRow {
  const [id, name, host, pid, state, pool, version, queues, tasks, concurrency, held, capacity, ...rest] =
    row;
  const [running, processed, lagMs, rssBytes, cpuPercent, heardAt, startedAt] = rest;
  return {
    id,
    name,
    host,
    pid,
    state,
    pool,
    version,
    queues,
    tasks,
    concurrency,
    held,
    capacity,
    running: running.map(([task, called, at]) => ({ id: task, name: called, startedAt: dateOf(at) })),
    processed,
    load: concurrency === 0 ? 0 : Math.min(1, held / concurrency),
    lagMs,
    rssBytes,
    cpuPercent,
    lastHeartbeat: new Date(heardAt),
    startedAt: dateOf(startedAt),
  };
}

export function toDefinitionRow([name, definition, workers]: WireDefinitionRow): DefinitionRow {
  const { params, arity, options, app } = definition;
  return { name, params, arity, options: { ...app, ...options }, workers };
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}
