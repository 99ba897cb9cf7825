/**
 * The client link: what a client and the gateway say to each other over socket.io.
 *
 *   client                                   gateway
 *     │  connect { auth: ClientHello }          │   refused here: origin, token, protocol range
 *     │ ◀──────────────────────────── welcome   │   nothing is sent before it
 *     │  define  [name, options][]              │   once per name and session, before its first submit
 *     │  submit  SubmitItem[]                   │   the caller is watching from here on
 *     │ ◀─────────────────────────── receipts   │   after the commit
 *     │ ◀───────────────────────────── events   │   every transition, in order, after its commit
 *     │  watch   { epoch, tasks }               │   after a reconnect, or for other people's tasks
 *     │ ◀────────────────────────── snapshots   │
 *     │  unwatch id[]                           │
 *     │  get, revoke, forget   (acknowledged)   │
 *     │  control               (acknowledged)   │   what an operator changes; see control.ts
 *     │  openStreams [reader, id, …][]          │   once per reader and session, from where it stands
 *     │ ◀──────────────────────────── streams   │   chunks within the reader's credit, and what became of others
 *     │  tookChunks [reader, …][]               │   gives credit, as the consumer takes
 *     │  closeStreams reader[]                  │   not after an `end`
 *     │  refresh token         (acknowledged)   │   before the one that it came with ends
 *     │  openFeeds, closeFeeds, list            │   what an operator sees; see monitor.ts
 *     │ ◀────────────────────────────── feeds   │
 *
 * Every message is a batch, and every item a positional array: they encode and decode three times faster
 * than keyed objects, and a task is mostly envelope.
 */
import type { CallOptions, TaskOptions } from '../definition.ts';
import type { Limits } from '../limits.ts';
import type { WirePayload } from '../payload.ts';
import type { Lack, Reason, TaskState, Waiting } from '../state.ts';
import type { ProtocolRange } from '../version.ts';
import type { ControlItem, ControlReply } from './control.ts';
import type { FeedItem, ListPage, ListQuery, OpenFeedItem } from './monitor.ts';
import type { Answer, Refusal } from './refusal.ts';

/** Travels as socket.io's `auth`, anew on each connect. */
export interface ClientHello {
  readonly protocol: ProtocolRange;
  readonly token: string | null;
  /** The largest frame that it takes, in bytes: 4 MB, which absent means as well, or more. */
  readonly frameLimit?: number;
}

export interface ClientWelcome {
  readonly protocol: number;
  /** Names this store; another one means that accepted tasks may be gone. */
  readonly epoch: string;
  /** Gateway wall time in milliseconds. */
  readonly now: number;
  readonly limits: Limits;
  /** In how many milliseconds the token ends, and the connection with it unless it is refreshed; absent where it never does. */
  readonly tokenExpiresInMs?: number;
}

/** What a `refresh` is answered with where the new token has taken the old one's place. */
export interface TokenRefreshed {
  /** As in {@link ClientWelcome.tokenExpiresInMs}. */
  readonly tokenExpiresInMs?: number;
}

export type DefineItem = readonly [name: string, options: TaskOptions];

export type SubmitItem = readonly [
  id: string,
  name: string,
  args: WirePayload,
  /** As the caller gave them, so that a resend hashes the same; `null` when there are none. */
  options: CallOptions | null,
  /** Milliseconds since the call: countdowns and relative expiries count from there. */
  ageMs: number,
  /** Of a call made inside a task: the first task of its family, and the one that calls. */
  lineage?: readonly [rootId: string, parentId: string] | null,
  /** What the caller's route says, below the task's own options. */
  route?: TaskOptions | null,
];

export type Receipt = AcceptedReceipt | RefusedReceipt;
export type AcceptedReceipt = readonly [
  id: string,
  accepted: 1,
  /** The effective queue; `null` while nobody has defined the task. */
  queue: string | null,
  /** Whether the result will be kept. */
  kept: boolean,
  /** Gateway wall time of the PENDING entry. */
  at: number,
];
export type RefusedReceipt = readonly [
  id: string,
  accepted: 0,
  code: string,
  message: string,
  retryAfterMs: number | null,
];

/**
 * A transition. `sequence` counts a task's history entries from 1 without a hole; who misses one asks again.
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

/** A custom state set by the running task; `null` in the state's place tells it from a transition. */
export type ProgressEvent = readonly [
  id: string,
  sequence: number,
  at: number,
  state: null,
  customState: string,
  meta: WirePayload,
];

export type EventItem = TransitionEvent | ProgressEvent;

export interface WatchFrame {
  /** The store epoch that the sequences belong to; `null` when none is known. */
  readonly epoch: string | null;
  /** What the asker has of each: how many history entries, and the time of the last one, by which a restored store knows its own. */
  readonly tasks: readonly (readonly [id: string, sequence: number, at?: number])[];
}

export type WireHistoryEntry = readonly [
  state: TaskState,
  reason: Reason,
  at: number,
  attempt: number,
  worker: string | null,
];

/**
 * All that is known of a task. `history` starts after the sequence the watcher named when that is possible
 * (`from` says where: the number of entries before the first one given); otherwise it is whole.
 */
export interface WireSnapshot {
  readonly id: string;
  /** False: the gateway has no such task; all else is empty. */
  readonly known: boolean;
  readonly sequence: number;
  readonly state: TaskState;
  readonly waiting: Waiting | null;
  /** Where it waits for a worker. */
  readonly lacks?: Lack;
  readonly name: string | null;
  readonly queue: string | null;
  readonly attempt: number;
  readonly retries: number;
  readonly worker: string | null;
  readonly rootId: string | null;
  readonly parentId: string | null;
  /** Tasks that it called, or that were linked to it: the first 1,000, and one more where there were more. */
  readonly children: readonly string[];
  readonly args: WirePayload | null;
  /** The custom state and its meta, while one is set. */
  readonly progress: readonly [state: string, meta: WirePayload] | null;
  /** Result or error, as in {@link TransitionEvent}. */
  readonly body: WirePayload | null;
  /** The body of a task that ended is not kept (any more). */
  readonly gone: boolean;
  readonly kept: boolean;
  readonly from: number;
  readonly history: readonly WireHistoryEntry[];
  /** Entries that the bound on long histories cut out, after the first ten. */
  readonly omitted: number;
  /** What was too large to travel with the rest, and is empty therefore. */
  readonly leftOut?: readonly LeftOut[];
}

/** What was too large to travel with a snapshot. */
export type LeftOut = 'args' | 'progress' | 'children';

/**
 * A reader of one task's stream. The client numbers its readers; a number is used once per session.
 * A stream's chunks are counted from 0 within one attempt, its generation: another attempt begins anew.
 */
export type OpenStreamItem = readonly [
  reader: number,
  id: string,
  /** The generation that the reader is in; 0 joins the present one, from its start. */
  generation: number,
  /** The first chunk that it wants of that generation. */
  from: number,
];

/** What a reader's consumer has taken since the reader was opened in this session, in chunks and their size. */
export type TookItem = readonly [reader: number, chunks: number, size: number];

/** What a reader is told, in order. */
export type StreamItem =
  | readonly [
      reader: number,
      kind: 'chunks',
      generation: number,
      first: number,
      payloads: readonly WirePayload[],
    ]
  /** So many chunks, from this one on, are not kept any more. */
  | readonly [reader: number, kind: 'gap', generation: number, from: number, missed: number]
  /** Another attempt has begun: its chunks count from 0. `reason` is why the one before did not end the task. */
  | readonly [reader: number, kind: 'restart', generation: number, reason: Reason]
  /** The task has ended, and the reader with it: there are so many chunks in all. */
  | readonly [reader: number, kind: 'end', generation: number, count: number]
  | readonly [reader: number, kind: 'refused', refusal: Refusal];

export type RevokeItem = readonly [id: string, terminate: boolean, graceMs: number];
/** A queued task that never runs · a running one that was stopped · too late · no such task. */
export type RevokeVerdict = 'prevented' | 'revoked' | 'already-done' | 'unknown';

/** Client to gateway, by socket.io event name. */
export interface ClientFrames {
  define: (items: readonly DefineItem[]) => void;
  submit: (items: readonly SubmitItem[]) => void;
  watch: (frame: WatchFrame) => void;
  unwatch: (ids: readonly string[]) => void;
  /** Answered in order; `null` for what the token does not allow. May answer the first ones only: ask again for the rest. */
  get: (ids: readonly string[], answer: (answer: Answer<readonly (WireSnapshot | null)[]>) => void) => void;
  /** Answered in order; `null` for what the token does not allow. */
  revoke: (
    items: readonly RevokeItem[],
    answer: (answer: Answer<readonly (RevokeVerdict | null)[]>) => void,
  ) => void;
  /** Drops arguments and results of tasks that ended. Answers per id whether there was something to drop. */
  forget: (ids: readonly string[], answer: (answer: Answer<readonly boolean[]>) => void) => void;
  /** Answered in order, once what was changed is kept. */
  control: (items: readonly ControlItem[], answer: (answer: Answer<readonly ControlReply[]>) => void) => void;
  /**
   * Another token of the same subject. From its answer on the connection has the rights of this one; what it followed and may
   * read no more is refused. A token that is refused leaves the one before in force.
   */
  refresh: (token: string, answer: (answer: Answer<TokenRefreshed>) => void) => void;
  openStreams: (items: readonly OpenStreamItem[]) => void;
  tookChunks: (items: readonly TookItem[]) => void;
  closeStreams: (readers: readonly number[]) => void;
  openFeeds: (items: readonly OpenFeedItem[]) => void;
  closeFeeds: (feeds: readonly number[]) => void;
  /** Answered in order. May answer the first ones only: ask again for the rest. */
  list: (queries: readonly ListQuery[], answer: (answer: Answer<readonly ListPage[]>) => void) => void;
}

/** Gateway to client, by socket.io event name. */
export interface GatewayFrames {
  welcome: (welcome: ClientWelcome) => void;
  receipts: (receipts: readonly Receipt[]) => void;
  events: (events: readonly EventItem[]) => void;
  snapshots: (snapshots: readonly WireSnapshot[]) => void;
  streams: (items: readonly StreamItem[]) => void;
  feeds: (items: readonly FeedItem[]) => void;
  /** A frame of this client was refused; after a malformed one the connection is closed as well. */
  refused: (refusal: Refusal) => void;
  /** The gateway is going down; come back after so many milliseconds. */
  goaway: (afterMs: number) => void;
}
