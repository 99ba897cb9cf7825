/**
 * Feeds: what an operator, or a dashboard, sees of everything instead of single tasks. The client numbers its feeds; a number
 * is used once per session.
 *
 * Rows are coalesced: a client that reads slowly, or watches thousands of tasks a second, sees the latest of each row and no row
 * twice in one frame. Events are never merged; where the bound on what waits cut some, the frame says how many.
 */
import {
  EPOCH_LENGTH,
  FEED_ROWS,
  HEARD_ITEMS,
  LIST_ITEMS,
  OPEN_FEEDS,
  QUEUE_NAME_LENGTH,
  TASK_ID_LENGTH,
  TASK_NAME_LENGTH,
  WORKER_NAME_LENGTH,
} from '../limits.ts';
import { TASK_STATES } from '../state.ts';
import { each, type FrameScope, frame, heard, question } from './frame.ts';
import { MONITOR_EVENTS, type MonitorEventType } from './monitor-events.ts';
import { answer, type Refusal, readRefusal } from './refusal.ts';
import { anyRow, type FeedRow, taskRow } from './rows.ts';
import {
  count,
  type FrameReader,
  flag,
  integer,
  list,
  nullable,
  number,
  oneOf,
  optional,
  record,
  row,
  text,
  tuple,
  upTo,
  variant,
  word,
} from './shape.ts';

/** Names this run of the gateway, and counts its events: a restart begins anew. */
export type FeedPoint = readonly [epoch: string, sequence: number];

/** An event with Celery's fields, under Celery's names; fields that do not apply are absent. */
const readEvent = record({
  /** Celery's name for what happened. */
  // Told, and never decided upon: a later gateway may have more of these words.
  type: word as FrameReader<MonitorEventType>,
  /** Seconds since 1970, with a fraction, in gateway time. */
  timestamp: number,
  /** Counts this gateway's events from 1 without a hole. */
  clock: count,
  /** The worker. */
  hostname: optional(text),
  /** The task's id. */
  uuid: optional(text),
  /** The task's name. */
  name: optional(text),
  /** What may be shown of the arguments. */
  args: optional(text),
  /** Where it waited. */
  queue: optional(text),
  /** The first call of its chain of calls. */
  root_id: optional(text),
  /** The task that called it. */
  parent_id: optional(nullable(text)),
  /** How often it was tried again after a failure. */
  retries: optional(count),
  /** As ISO texts. */
  eta: optional(nullable(text)),
  /** As an ISO text. */
  expires: optional(nullable(text)),
  /** The beginning of what was written. */
  result: optional(text),
  /** Seconds from its start to its end. */
  runtime: optional(number),
  /** `TypeError: no such file`. */
  exception: optional(text),
  /** The stack of the error. */
  traceback: optional(text),
  /** It was rejected, and waits again. */
  requeue: optional(flag),
  /** Its body was ended. */
  terminated: optional(flag),
  /** Its time ran out before it began. */
  expired: optional(flag),
  /** Ours: why, in the words of histories. */
  reason: optional(text),
  /** The worker's process. */
  pid: optional(number),
  /** Seconds between two heartbeats. */
  freq: optional(number),
  /** The worker's software. */
  sw_ident: optional(text),
  /** The worker's version. */
  sw_ver: optional(text),
  /** Tasks that it runs, and outcomes it has reported. */
  active: optional(count),
  /** Outcomes that the worker has reported. */
  processed: optional(count),
});
/** An event with Celery's fields, under Celery's names; fields that do not apply are absent. */
export type MonitorEvent = ReturnType<typeof readEvent>;

export const readEvents = record({
  /** Of the last event given here, or before it. */
  point: tuple<FeedPoint>(word, count),
  /** How many were cut before these; `null`: some, how many is unknown (another run of the gateway). */
  missed: nullable(count),
  events: list(readEvent),
});

const filter = record({
  /**
   * Those in one of these.
   * @default all
   */
  states: optional(list(oneOf(TASK_STATES), TASK_STATES.length)),
  /**
   * Those of this queue.
   * @default all
   */
  queue: optional(upTo(QUEUE_NAME_LENGTH)),
  /**
   * Those of this name.
   * @default all
   */
  name: optional(upTo(TASK_NAME_LENGTH)),
  /**
   * Those that this worker runs, or ran last.
   * @default all
   */
  worker: optional(upTo(WORKER_NAME_LENGTH)),
  /**
   * Those that have it somewhere in the id, the name, the shadow name or the shown arguments; upper and lower case are the same.
   * @default all
   */
  text: optional(upTo(TASK_ID_LENGTH)),
});
/** A task matches if all given fields match. */
export type TaskFilter = ReturnType<typeof filter>;
const rowCount = integer(1, FEED_ROWS);

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
export type FeedKind = OpenFeedItem[1];

const readOpenFeed = variant<OpenFeedItem>(1, {
  tasks: row(count, oneOf(['tasks'] as const), filter, rowCount),
  queues: row(count, oneOf(['queues'] as const)),
  workers: row(count, oneOf(['workers'] as const)),
  definitions: row(count, oneOf(['definitions'] as const)),
  events: row(
    count,
    oneOf(['events'] as const),
    nullable(list(oneOf(MONITOR_EVENTS), MONITOR_EVENTS.length)),
    nullable(row(upTo(EPOCH_LENGTH), count)),
  ),
});

/** What a token must allow for each kind. */
export const FEED_SCOPES: { readonly [Kind in FeedKind]: FrameScope } = {
  tasks: 'tasks',
  queues: 'admin',
  workers: 'admin',
  definitions: 'admin',
  events: 'admin',
};

/** What a feed of rows is kept in step with. The first element of a row is its key. */
const readRows = record({
  /** Forget all rows there were: these are all there are. */
  replaces: flag,
  /** False: the rest of this update is in the next frames. */
  last: flag,
  rows: list<FeedRow>(anyRow),
  /** Keys of rows that are no more. */
  gone: list(word),
  /** More match than the feed shows, or older ones were not looked at. */
  more: flag,
});
export type RowsUpdate = ReturnType<typeof readRows>;
export type EventsUpdate = ReturnType<typeof readEvents>;

export type FeedItem =
  | readonly [feed: number, kind: 'rows', update: RowsUpdate]
  | readonly [feed: number, kind: 'events', update: EventsUpdate]
  | readonly [feed: number, kind: 'refused', refusal: Refusal];

const readFeed: FrameReader<FeedItem> = variant<FeedItem>(1, {
  rows: tuple(count, oneOf(['rows'] as const), readRows),
  events: tuple(count, oneOf(['events'] as const), readEvents),
  refused: tuple(count, oneOf(['refused'] as const), readRefusal),
});

const readQuery = record({
  filter,
  /** The page before this place; `null` for the newest. */
  before: nullable(count),
  rows: rowCount,
});
export type ListQuery = ReturnType<typeof readQuery>;

/** May have fewer rows than asked for, or none, though there are more further on: a page looks at so many tasks and no more. */
const readPage = record({
  rows: list(taskRow),
  /** Where the next page begins; `null` when this was the last. */
  next: nullable(count),
});
export type ListPage = ReturnType<typeof readPage>;

export const FEED_FRAMES = {
  /** Opens feeds: first all rows, then their changes. */
  openFeeds: frame('tasks', OPEN_FEEDS, each(readOpenFeed)),
  /** Closes these feeds. */
  closeFeeds: frame('none', OPEN_FEEDS, each(count)),
  /** Pages of history, newest first. The answer may have only the first pages: ask again for the rest. */
  list: question('tasks', LIST_ITEMS, each(readQuery)),
};
export const FEED_ANSWERS = { list: () => answer(list(readPage)) };

export const FEED_TOLD = {
  /** Rows as they change, and events as they happen. */
  feeds: heard(HEARD_ITEMS, each(readFeed)),
};
