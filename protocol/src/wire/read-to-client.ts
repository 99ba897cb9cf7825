import type { Limits } from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import { PROTOCOL } from '../version.ts';
import type {
  AcceptedReceipt,
  ClientFrames,
  ClientWelcome,
  EventItem,
  GatewayFrames,
  LeftOut,
  ProgressEvent,
  Receipt,
  RefusedReceipt,
  RevokeVerdict,
  StreamItem,
  TokenRefreshed,
  TransitionEvent,
  WireHistoryEntry,
  WireSnapshot,
} from './client-link.ts';
import type { BackupMade, ControlItem, ControlReplies, ControlReply, TaskLimits } from './control.ts';
import type {
  EventsUpdate,
  FeedItem,
  FeedPoint,
  ListPage,
  MonitorEvent,
  MonitorEventType,
  WireTaskRow,
} from './monitor.ts';
import { FEED_ROWS_OF, lack, name, reason, state, taskRow, waiting, words } from './read-rows.ts';
import type { Answer, Refusal } from './refusal.ts';
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
  variant,
  word,
} from './shape.ts';

/** Nobody is kept waiting longer by one word of the gateway. */
const LONGEST_PAUSE_MS = 60 * 60 * 1000;

const labelled: Reader<readonly [string, string]> = tuple(word, text);
const payload: Reader<WirePayload> = (value) => (typeof value === 'string' ? value : labelled(value));
const body = nullable(payload);

/** How long to stay away. One that is too long is a mistake, and is cut. */
export const readPauseMs: Reader<number> = (value) => Math.min(Math.max(number(value), 0), LONGEST_PAUSE_MS);
export const readRefusal: Reader<Refusal> = record<Refusal>({
  code: word,
  message: text,
  retryAfterMs: nullable(readPauseMs),
  ids: optional(words),
});

/** What opens a socket.io connection (https://socket.io/docs/v4/engine-io-protocol/). */
const interval: Reader<number> = one(
  `milliseconds from 1 to ${LONGEST_PAUSE_MS}`,
  (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= LONGEST_PAUSE_MS,
);
export const readHandshake = record<{
  readonly sid: string;
  readonly upgrades: readonly string[];
  readonly pingInterval: number;
  readonly pingTimeout: number;
}>({ sid: word, upgrades: list(text), pingInterval: interval, pingTimeout: interval });
/** What refuses one. The reasons are its `data`, a {@link Refusal} without the message. */
export const readTurnedAway = record<{ readonly message: string }>({ message: text });

const TOKEN_END = { tokenExpiresInMs: optional(count) };

const welcome: Reader<ClientWelcome> = record<ClientWelcome>({
  protocol: one(
    `a protocol from ${PROTOCOL.min} to ${PROTOCOL.max}`,
    (value) => Number.isInteger(value) && Number(value) >= PROTOCOL.min && Number(value) <= PROTOCOL.max,
  ),
  epoch: text,
  now: moment,
  limits: record<Limits>({
    payload: count,
    frame: count,
    call: optional(count),
    inFlightTasks: count,
    inFlightBytes: count,
  }),
  ...TOKEN_END,
});

const accepted: Reader<AcceptedReceipt> = tuple(word, oneOf([1] as const), name, flag, moment);
const refused: Reader<RefusedReceipt> = tuple(word, oneOf([0] as const), word, text, nullable(readPauseMs));
const receipt: Reader<Receipt> = (value) =>
  Array.isArray(value) && value[1] === 0 ? refused(value) : accepted(value);

const TRANSITION = [word, count, moment, state, reason, count, name, count, body] as const;
const transition: Reader<TransitionEvent> = tuple(...TRANSITION);
const lastTransition: Reader<TransitionEvent> = tuple(...TRANSITION, list(text));
const progress: Reader<ProgressEvent> = tuple(word, count, moment, oneOf([null]), word, payload);
const event: Reader<EventItem> = (value) => {
  if (!Array.isArray(value) || value[9] == null)
    return Array.isArray(value) && value[3] === null ? progress(value) : transition(value);
  return lastTransition(value);
};

const entry: Reader<WireHistoryEntry> = tuple(state, reason, moment, count, name);
const snapshot: Reader<WireSnapshot> = record<WireSnapshot>({
  id: word,
  known: flag,
  sequence: count,
  state,
  waiting,
  lacks: optional(lack),
  name,
  queue: name,
  attempt: count,
  retries: count,
  worker: name,
  rootId: name,
  parentId: name,
  children: list(text),
  args: body,
  progress: nullable(tuple(word, payload)),
  body,
  gone: flag,
  kept: flag,
  from: count,
  history: list(entry),
  omitted: count,
  leftOut: optional(list(word as Reader<LeftOut>)),
});

const stream: Reader<StreamItem> = variant<StreamItem>(1, {
  chunks: tuple(count, oneOf(['chunks'] as const), count, count, list(payload)),
  gap: tuple(count, oneOf(['gap'] as const), count, count, count),
  restart: tuple(count, oneOf(['restart'] as const), count, reason),
  end: tuple(count, oneOf(['end'] as const), count, count),
  refused: tuple(count, oneOf(['refused'] as const), readRefusal),
});

const point: Reader<FeedPoint> = tuple(word, count);
const happened: Reader<MonitorEvent> = record<MonitorEvent>({
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
  eta: optional(name),
  expires: optional(name),
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

/** Rows as they come: what kind they are is known to who opened the feed, and reads them with {@link FEED_ROWS_OF}. */
const row = one<WireTaskRow>('a row', (value) => Array.isArray(value) && typeof value[0] === 'string');
const feed: Reader<FeedItem> = variant<FeedItem>(1, {
  rows: tuple(
    count,
    oneOf(['rows'] as const),
    record({ replaces: flag, last: flag, rows: list(row), gone: words, more: flag }),
  ),
  events: tuple(
    count,
    oneOf(['events'] as const),
    record<EventsUpdate>({ point, missed: nullable(count), events: list(happened) }),
  ),
  refused: tuple(count, oneOf(['refused'] as const), readRefusal),
});

type Shapes = {
  readonly [Name in keyof GatewayFrames]: Reader<Parameters<GatewayFrames[Name]>[0]>;
};

/** What the gateway says unasked, by its name. */
export const GATEWAY_FRAMES: Shapes = {
  welcome,
  receipts: list(receipt),
  events: list(event),
  snapshots: list(snapshot),
  streams: list(stream),
  feeds: list(feed),
  refused: readRefusal,
  goaway: readPauseMs,
};

type Ok<Name extends keyof ClientFrames> =
  Parameters<ClientFrames[Name]> extends [unknown, (answer: Answer<infer Value>) => void] ? Value : never;

/** What the gateway answers, by what it was asked. */
export const GATEWAY_ANSWERS: {
  readonly [Name in 'get' | 'revoke' | 'forget' | 'list' | 'refresh']: Reader<Answer<Ok<Name>>>;
} = {
  get: answer(list(nullable(snapshot))),
  revoke: answer(list(nullable(oneOf<RevokeVerdict>(['prevented', 'revoked', 'already-done', 'unknown'])))),
  forget: answer(list(flag)),
  refresh: answer(record<TokenRefreshed>(TOKEN_END)),
  list: answer(list(record<ListPage>({ rows: list(taskRow), next: nullable(count) }))),
};

const setting = nullable(number);
const limits: Reader<TaskLimits> = record<TaskLimits>({
  ratePerHour: setting,
  taskLimit: setting,
  keyLimit: setting,
});
const CONTROL_REPLIES: { readonly [Command in ControlItem[0]]: Reader<ControlReplies[Command]> } = {
  rateLimit: limits,
  concurrencyLimit: limits,
  pauseQueue: count,
  resumeQueue: count,
  purge: count,
  retry: word,
  drain: count,
  resume: count,
  shutdown: count,
  concurrency: count,
  revokeToken: count,
  backup: record<BackupMade>({ path: text, bytes: count }),
};

/** Each command has its own kind of reply. */
export function controlAnswer(items: readonly ControlItem[]): Reader<Answer<readonly ControlReply[]>> {
  return answer(tuple(...items.map(([command]): Reader<ControlReply> => CONTROL_REPLIES[command])));
}

function answer<Value>(ok: Reader<Value>): Reader<Answer<Value>> {
  const refusal = record<{ readonly refused: Refusal }>({ refused: readRefusal });
  const good = record<{ readonly ok: Value }>({ ok } as never);
  return (value) =>
    typeof value === 'object' && value !== null && 'refused' in value ? refusal(value) : good(value);
}
