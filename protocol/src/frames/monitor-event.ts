/** Celery's events, as feeds bring them. */
import {
  count,
  flag,
  list,
  nullable,
  number,
  optional,
  type Reader,
  record,
  text,
  tuple,
  word,
} from './shape.ts';

/** Names this run of the gateway, and counts its events: a restart begins anew. */
export type FeedPoint = readonly [epoch: string, sequence: number];

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
export type MonitorEventType = (typeof MONITOR_EVENTS)[number];

/** Celery's fields by Celery's names, as far as they mean something here; absent where they do not apply. */
const readEvent = record({
  // Told, and never decided upon: a later gateway may have more of these words.
  type: word as Reader<MonitorEventType>,
  /** Seconds since 1970, with a fraction, in gateway time. */
  timestamp: number,
  /** Counts this gateway's events from 1 without a hole. */
  clock: count,
  /** The worker. */
  hostname: optional(text),
  /** The task's id. */
  uuid: optional(text),
  name: optional(text),
  /** What may be shown of the arguments. */
  args: optional(text),
  queue: optional(text),
  root_id: optional(text),
  parent_id: optional(nullable(text)),
  retries: optional(count),
  /** As ISO texts. */
  eta: optional(nullable(text)),
  expires: optional(nullable(text)),
  /** The beginning of what was written. */
  result: optional(text),
  /** Seconds from its start to its end. */
  runtime: optional(number),
  /** `TypeError: no such file`. */
  exception: optional(text),
  traceback: optional(text),
  requeue: optional(flag),
  terminated: optional(flag),
  expired: optional(flag),
  /** Ours: why, in the words of histories. */
  reason: optional(text),
  pid: optional(number),
  freq: optional(number),
  sw_ident: optional(text),
  sw_ver: optional(text),
  /** Tasks that it runs, and outcomes it has reported. */
  active: optional(count),
  processed: optional(count),
});
export type MonitorEvent = ReturnType<typeof readEvent>;

export const readEvents = record({
  /** Of the last event given here, or before it. */
  point: tuple<FeedPoint>(word, count),
  /** So many were cut before these; `null`: some, nobody knows how many (another run of the gateway). */
  missed: nullable(count),
  events: list(readEvent),
});
