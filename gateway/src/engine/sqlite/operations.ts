/** What the main thread and the storage thread say to each other. */
import type { TokenClaim } from '@celeriac/protocol/internal';
import type { HistoryQuery, Listing, Outdated, Pruned, QueuePause } from '../engine.ts';
import type {
  AskRow,
  ExistingRow,
  FreshRow,
  LaneRow,
  NewRow,
  OutlineRow,
  StoredRow,
  UpdateRow,
} from './layout.ts';

export type StoreOperation =
  /** `fresh`: whether the main thread keeps those of them at hand that may be. */
  | readonly [verb: 'insert', rows: readonly NewRow[], fresh: boolean]
  | readonly [verb: 'claim', asks: readonly AskRow[], now: number]
  | readonly [verb: 'advance', updates: readonly UpdateRow[], urgent: boolean]
  | readonly [verb: 'promoteDue', now: number, limit: number]
  | readonly [verb: 'expired', now: number, limit: number]
  | readonly [verb: 'unrouted', names: readonly string[], limit: number]
  | readonly [verb: 'get', ids: readonly string[]]
  | readonly [verb: 'outline', ids: readonly string[]]
  | readonly [verb: 'list', query: HistoryQuery]
  | readonly [verb: 'oldest', queues: readonly string[], lanes: number]
  | readonly [verb: 'ready', queues: readonly string[], names: readonly string[]]
  | readonly [verb: 'define', definitions: readonly (readonly [name: string, definition: string])[]]
  | readonly [verb: 'tune', settings: readonly SettingsRow[]]
  | readonly [verb: 'pause', queues: readonly QueuePause[]]
  | readonly [verb: 'revokeTokens', revoked: readonly RevokedTokenRow[], now: number]
  | readonly [verb: 'prune', outdated: Outdated, limit: number]
  | readonly [verb: 'commit']
  | readonly [verb: 'close'];

/** The position of the fence that matched, or -1; with the ids that it was to spawn and that were taken, if any were. */
export type UpdateResult = number | readonly [position: number, ...taken: string[]];

/** What each verb is answered with. */
export interface Results {
  /** The new key, or what has the id. */
  readonly insert: readonly (number | ExistingRow)[];
  readonly claim: readonly (readonly (StoredRow | FreshRow)[])[];
  readonly advance: readonly UpdateResult[];
  readonly promoteDue: readonly [lanes: readonly LaneCountRow[], nextDueAt: number | null];
  readonly expired: readonly [rows: readonly StoredRow[], nextExpiryAt: number | null];
  readonly unrouted: readonly StoredRow[];
  readonly get: readonly (StoredRow | null)[];
  readonly outline: readonly (OutlineRow | null)[];
  readonly list: Listing;
  /** With the queue of each lane that has a ready task. */
  readonly oldest: readonly (readonly [queue: string, acceptedAt: number])[];
  readonly ready: readonly LaneCountRow[];
  readonly define: null;
  readonly tune: null;
  readonly pause: null;
  readonly revokeTokens: null;
  readonly prune: Pruned;
  readonly commit: null;
  readonly close: null;
}
export type Result = Results[keyof Results];
/** Of the verbs that show what other verbs did, and so wait for its commit. */
export type ReadResult = Results['get'] | Results['outline'] | Results['list'];

export type LaneCountRow = readonly [...lane: LaneRow, count: number];

/** How many tasks wait in a queue. */
export type QueueCount = readonly [queue: string, count: number];

/** What was set for a task, as JSON; `null`: nothing any more. */
export type SettingsRow = readonly [name: string, settings: string | null];

export type RevokedTokenRow = readonly [by: TokenClaim, name: string, at: number, until: number];

export interface OpenedRows {
  readonly epoch: string;
  readonly held: readonly StoredRow[];
  readonly definitions: readonly string[];
  readonly settings: readonly SettingsRow[];
  readonly pausedQueues: readonly string[];
  readonly revokedTokens: readonly RevokedTokenRow[];
  readonly nextDueAt: number | null;
  readonly nextExpiryAt: number | null;
  readonly waiting: readonly QueueCount[];
  readonly lanes: number;
}

/** What the thread is started with. */
export interface StoreOptions {
  readonly file: string;
  /** Names the store if it is made now. */
  readonly epoch: string;
  /** Random: keys the hashes of a store that is made now, or that has no secret yet. */
  readonly secret: string;
  /** Bound on the file, in pages of 4 KiB; `null` is SQLite's own. */
  readonly maxPages: number | null;
  /** Bytes reserved beside it for a full disk; 0 is none. */
  readonly reserveBytes: number;
}

/** To the thread: the operations of one turn, in order. */
export type Request = readonly StoreOperation[];

/** To the thread, after it reported a shortage: check again. Not answered. */
export const RECOVER = 'recover';
/** To the thread: see that the store is still where it was. Not answered. */
export const LOOK = 'look';
export type Nudge = typeof RECOVER | typeof LOOK;
/** To the thread: copy the store into this file. Answered out of order. */
export interface BackupWanted {
  readonly backup: string;
}
/** What the thread is sent. */
export type Sent = Request | Nudge | BackupWanted;

/** From the thread. Requests are answered, and committed, in order. */
export type Reply =
  | readonly [kind: 'opened', rows: OpenedRows]
  /** The results of one request; of a read that waits for the commit, `null`. And how many tasks wait where that changed. */
  | readonly [
      kind: 'applied',
      results: readonly (Result | null)[],
      waiting: readonly QueueCount[],
      /** Which lanes got ready tasks of a gate. */
      unblocked: readonly LaneCountRow[],
      /** In how many lanes tasks wait. */
      lanes: number,
    ]
  /**
   * So many requests are committed; with what the reads among them, in order, were to wait for.
   * `wrote` is false when there was nothing to commit.
   */
  | readonly [kind: 'committed', requests: number, reads: readonly ReadResult[], wrote: boolean]
  /** There is no room for further tasks, or (`null`) there is again. */
  | readonly [kind: 'shortage', why: string | null]
  /** How many bytes the copy has; or why there is none. */
  | readonly [kind: 'copied', bytes: number]
  | readonly [kind: 'notCopied', message: string]
  | readonly [kind: 'closed']
  | readonly [kind: 'failed', message: string];
