/**
 * Feeds: what an operator, or a dashboard, sees of the whole house instead of single tasks.
 *
 *   client                                   gateway
 *     │  openFeeds [feed, kind, …][]            │   the client numbers its feeds; a number is used once per session
 *     │ ◀────────────────────────────── feeds   │   first all rows, then what changed of them; see FeedItem
 *     │  closeFeeds feed[]                      │
 *     │  list ListQuery[]     (acknowledged)    │   a page of history, newest first
 *
 * Rows are coalesced: who reads slowly, or watches thousands of tasks a second, sees the latest of each row and no row
 * twice in one frame. Events are never merged; where the bound on what waits cut some, the frame says how many.
 */
import type { Definition } from '../definition.ts';
import type { Reason, TaskState, Waiting } from '../state.ts';
import type { Refusal } from './refusal.ts';

/** All that is given must hold. */
export interface TaskFilter {
  /**
   * Those in one of these.
   * @default all
   */
  readonly states?: readonly TaskState[];
  /**
   * Those of this queue.
   * @default all
   */
  readonly queue?: string;
  /**
   * Those of this name.
   * @default all
   */
  readonly name?: string;
  /**
   * Those that this worker runs, or ran last.
   * @default all
   */
  readonly worker?: string;
  /**
   * Those that have it somewhere in the id, the name, the shadow name or the shown arguments; upper and lower case are the same.
   * @default all
   */
  readonly text?: string;
}

/** Names this run of the gateway, and counts its events: a restart begins anew. */
export type FeedPoint = readonly [epoch: string, sequence: number];

export type OpenFeedItem =
  /** The newest tasks that match, `rows` of them. */
  | readonly [feed: number, kind: 'tasks', filter: TaskFilter, rows: number]
  | readonly [feed: number, kind: 'queues' | 'workers' | 'definitions']
  /** Of these types, `null` for all; from the one after `after` on, where that is still there, else from now on. */
  | readonly [
      feed: number,
      kind: 'events',
      types: readonly MonitorEventType[] | null,
      after: FeedPoint | null,
    ];

export type FeedItem =
  | readonly [feed: number, kind: 'rows', update: RowsUpdate]
  | readonly [feed: number, kind: 'events', update: EventsUpdate]
  | readonly [feed: number, kind: 'refused', refusal: Refusal];

/** What a feed of rows is kept in step with. The first element of a row is its key. */
export interface RowsUpdate {
  /** Forget all rows there were: these are all there are. */
  readonly replaces: boolean;
  /** False: the rest of this update is in the next frames. */
  readonly last: boolean;
  readonly rows: readonly FeedRow[];
  /** Keys of rows that are no more. */
  readonly gone: readonly string[];
  /** More match than the feed shows, or older ones were not looked at. */
  readonly more: boolean;
}

export interface EventsUpdate {
  /** Of the last event given here, or before it. */
  readonly point: FeedPoint;
  /** So many were cut before these; `null`: some, nobody knows how many (another run of the gateway). */
  readonly missed: number | null;
  readonly events: readonly MonitorEvent[];
}

export type FeedRow = WireTaskRow | WireQueueRow | WireWorkerRow | WireDefinitionRow;

/** Times are gateway wall time in milliseconds. */
export type WireTaskRow = readonly [
  id: string,
  name: string,
  state: TaskState,
  /** Why it is in that state. */
  reason: Reason,
  waiting: Waiting | null,
  /** `null` while nobody has defined the task. */
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
  /** What the caller says may be shown, else the beginning of what was written. */
  args: string,
  /** Of a FAILURE, RETRY or REVOKED: `TypeError: no such file`. */
  error: string | null,
  shadow: string | null,
  rootId: string,
  parentId: string | null,
];

export type WireQueueRow = readonly [
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
];

/** online: takes work · draining: finishes what it has · away: its connection is gone, and it may come back. */
export type WorkerStanding = 'online' | 'draining' | 'away';

export type WireWorkerRow = readonly [
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
  /** Tasks in its hands, and how many it takes at most. */
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
];

export type WireDefinitionRow = readonly [
  name: string,
  definition: Definition,
  /** Connected workers that run it. */
  workers: number,
];

/**
 * Celery's, except the last three, which Celery has no name for: a run that came to nothing, an end by `Ignore`, and a link that was
 * not made because its id is taken.
 */
export const MONITOR_EVENTS = [
  'task-sent',
  'task-received',
  'task-started',
  'task-succeeded',
  'task-failed',
  'task-retried',
  'task-revoked',
  'task-rejected',
  'worker-online',
  'worker-heartbeat',
  'worker-offline',
  'task-released',
  'task-ignored',
  'task-link-taken',
] as const;
/** Celery's names for what happens to tasks and workers. */
export type MonitorEventType = (typeof MONITOR_EVENTS)[number];

/** Celery's fields by Celery's names, as far as they mean something here; absent where they do not apply. */
export interface MonitorEvent {
  /** Celery's name for what happened. */
  readonly type: MonitorEventType;
  /** Seconds since 1970, with a fraction, in gateway time. */
  readonly timestamp: number;
  /** Counts this gateway's events from 1 without a hole. */
  readonly clock: number;
  /** The worker. */
  readonly hostname?: string;
  /** The task's id. */
  readonly uuid?: string;
  /** The task's name. */
  readonly name?: string;
  /** What may be shown of the arguments. */
  readonly args?: string;
  /** Where it waited. */
  readonly queue?: string;
  /** The first task of its family. */
  readonly root_id?: string;
  /** The task that called it. */
  readonly parent_id?: string | null;
  /** How often it was tried again after a failure. */
  readonly retries?: number;
  /** As ISO texts. */
  readonly eta?: string | null;
  /** As an ISO text. */
  readonly expires?: string | null;
  /** The beginning of what was written. */
  readonly result?: string;
  /** Seconds from its start to its end. */
  readonly runtime?: number;
  /** `TypeError: no such file`. */
  readonly exception?: string;
  /** The stack of the error. */
  readonly traceback?: string;
  /** It was rejected, and waits again. */
  readonly requeue?: boolean;
  /** Its body was ended. */
  readonly terminated?: boolean;
  /** Its time ran out before it began. */
  readonly expired?: boolean;
  /** Ours: why, in the words of histories. */
  readonly reason?: Reason | string;
  /** The worker's process. */
  readonly pid?: number;
  /** Seconds between two heartbeats. */
  readonly freq?: number;
  /** The worker's software. */
  readonly sw_ident?: string;
  /** The worker's version. */
  readonly sw_ver?: string;
  /** Tasks that it runs, and outcomes it has reported. */
  readonly active?: number;
  /** Outcomes that the worker has reported. */
  readonly processed?: number;
}

export interface ListQuery {
  readonly filter: TaskFilter;
  /** The page before this place; `null` for the newest. */
  readonly before: number | null;
  readonly rows: number;
}

/** May have fewer rows than asked for, or none, though there are more further on: a page looks at so many tasks and no more. */
export interface ListPage {
  readonly rows: readonly WireTaskRow[];
  /** Where the next page begins; `null` when this was the last. */
  readonly next: number | null;
}
