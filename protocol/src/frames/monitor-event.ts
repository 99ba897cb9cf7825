/** Celery's events, as feeds bring them. */
import type { Reason } from '../state.ts';
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
export interface MonitorEvent {
  readonly type: MonitorEventType;
  /** Seconds since 1970, with a fraction, in gateway time. */
  readonly timestamp: number;
  /** Counts this gateway's events from 1 without a hole. */
  readonly clock: number;
  /** The worker. */
  readonly hostname?: string;
  /** The task's id. */
  readonly uuid?: string;
  readonly name?: string;
  /** What may be shown of the arguments. */
  readonly args?: string;
  readonly queue?: string;
  readonly root_id?: string;
  readonly parent_id?: string | null;
  readonly retries?: number;
  /** As ISO texts. */
  readonly eta?: string | null;
  readonly expires?: string | null;
  /** The beginning of what was written. */
  readonly result?: string;
  /** Seconds from its start to its end. */
  readonly runtime?: number;
  /** `TypeError: no such file`. */
  readonly exception?: string;
  readonly traceback?: string;
  readonly requeue?: boolean;
  readonly terminated?: boolean;
  readonly expired?: boolean;
  /** Ours: why, in the words of histories. */
  readonly reason?: Reason | string;
  readonly pid?: number;
  readonly freq?: number;
  readonly sw_ident?: string;
  readonly sw_ver?: string;
  /** Tasks that it runs, and outcomes it has reported. */
  readonly active?: number;
  readonly processed?: number;
}

const readEvent: Reader<MonitorEvent> = record<MonitorEvent>({
  // Told, and never decided upon: a later gateway may have more of these words.
  type: word as Reader<MonitorEventType>,
  timestamp: number,
  clock: count,
  hostname: optional(text),
  uuid: optional(text),
  name: optional(text),
  args: optional(text),
  queue: optional(text),
  root_id: optional(text),
  parent_id: optional(nullable(text)),
  retries: optional(count),
  eta: optional(nullable(text)),
  expires: optional(nullable(text)),
  result: optional(text),
  runtime: optional(number),
  exception: optional(text),
  traceback: optional(text),
  requeue: optional(flag),
  terminated: optional(flag),
  expired: optional(flag),
  reason: optional(text),
  pid: optional(number),
  freq: optional(number),
  sw_ident: optional(text),
  sw_ver: optional(text),
  active: optional(count),
  processed: optional(count),
});

export const readEvents = record({
  /** Of the last event given here, or before it. */
  point: tuple<FeedPoint>(word, count),
  /** So many were cut before these; `null`: some, nobody knows how many (another run of the gateway). */
  missed: nullable(count),
  events: list(readEvent),
});
