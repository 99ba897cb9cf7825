/**
 * The worker link: JSON text frames over one plain WebSocket at `/worker`.
 *
 *   worker                                   gateway
 *     │  knock                                  │   with the token; only where the hello is too long for a first frame
 *     │ ◀─────────────────────────── admitted   │   from here on it takes frames of its full limit
 *     │  definitions, held                      │   as many of them as the hello has no room for
 *     │  hello                                  │   with the session to resume and the attempts it holds
 *     │ ◀──────────────────────────── welcome   │   with the attempts it has lost
 *     │ ◀───────────────────────────── assign   │   never more than `capacity` unsettled
 *     │  started                                │   in the socket before the body is entered
 *     │ ◀──────────────────────── startedAcks   │   only for attempts that wait for it (at most once)
 *     │  progress                               │   latest per attempt
 *     │  chunks                                 │   kept by the worker until there is room, sent again after a reconnect
 *     │ ◀─────────────────────────────── room   │   the gateway has taken over all chunks before this one
 *     │  settled                                │   kept by the worker until acked, sent again after a reconnect
 *     │ ◀─────────────────────────────── acks   │   after the commit
 *     │ ◀────────────────────────────── abort   │   revoked, or the lease is lost
 *     │  release                                │   assigned, not started, given back
 *     │  capacity n                             │
 *     │ ◀────────────────────────────── order   │   drain, resume, resize, shut down; `capacity` and the next beat show it
 *     │  beat ─▶  ◀─ beat                       │   every `heartbeatMs`; both ends watch it; with how the worker does
 *     │  refresh ─▶  ◀─ refreshed               │   another token, before the one of the hello ends
 *     │  bye                                    │   the session ends now, not after the grace
 *
 * A frame is `[type, body]`. An attempt is named by its random nonce; number and task id travel with an
 * outcome as well, and all three are compared where it is recorded.
 */
import type { Definition, TaskOptions } from '../definition.ts';
import type { WirePayload } from '../payload.ts';
import type { ProtocolRange } from '../version.ts';
import type { TokenRefreshed } from './client-link.ts';
import type { Answer } from './refusal.ts';

/** Before a worker is admitted, it is heard for one short frame only. */
export interface WorkerKnock {
  readonly protocol: ProtocolRange;
  readonly token: string | null;
}

export interface WorkerHello extends WorkerKnock {
  /** Unique per start of a worker. */
  readonly bootId: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /** The same for processes that see each other's pids, and for no others; absent where that is not known. */
  readonly machine?: string;
  /** The session that has its name, as a refusal told: it has looked on its machine, and there is no such process any more. */
  readonly gone?: string;
  /** Of its package. */
  readonly version: string;
  /** How long it has been there, in milliseconds: its clock may be wrong. */
  readonly ageMs: number;
  readonly pool: PoolKind;
  /** Bodies that may run at the same time. */
  readonly concurrency: number;
  readonly queues: readonly string[];
  /** Of those queues that are to get another share of its room than 1. */
  readonly weights: readonly (readonly [queue: string, weight: number])[];
  readonly definitions: readonly Definition[];
  /** The app's own defaults, below every other source. */
  readonly appOptions: TaskOptions;
  /** How many unsettled attempts it takes: concurrency plus prefetch. */
  readonly capacity: number;
  readonly session: string | null;
  readonly held: readonly HeldAttempt[];
  /** The largest frame that it takes, in bytes; absent for 4 MB. */
  readonly frameLimit?: number;
}

/** Where a worker runs bodies. */
export type PoolKind = 'inline' | 'threads' | 'processes';

/** How a worker does. Said with each beat, and kept in the gateway's memory until the next. */
export interface WorkerVitals {
  /** Slots that are taken. */
  readonly running: number;
  /** Attempts that it holds and that have no slot yet. */
  readonly waiting: number;
  readonly concurrency: number;
  /** Whether it takes new tasks: not while it is drained, or stops. */
  readonly takes: boolean;
  /** For how long its event loop was held at most since the last beat. */
  readonly lagMs: number;
  /** Resident memory of its process, and of its children where they are processes. */
  readonly rssBytes: number;
  /** Processor time of its process since the last beat, for each 100 of time: 100 is one processor without a pause. */
  readonly cpuPercent: number;
}

/** The gateway answers with the same number. */
export interface WorkerBeat extends WorkerVitals {
  readonly count: number;
}

/** What the gateway may tell a worker to do. None has an answer of its own. */
export type WorkerOrder =
  /** Takes nothing new, gives back what has not started, and goes on with what runs. */
  | readonly ['drain']
  | readonly ['resume']
  /** As SIGTERM does: drains, and ends with its last body, or when its shutdown timeout is over. */
  | readonly ['shutdown']
  /** Runs so many bodies at the same time from now on; what runs beyond that goes on. */
  | readonly ['concurrency', number];

export type HeldAttempt = readonly [
  id: string,
  attempt: number,
  nonce: string,
  started: boolean,
  progress: readonly [state: string, meta: WirePayload] | null,
];

export interface WorkerWelcome {
  readonly protocol: number;
  readonly session: string;
  /** False: the session named in the hello is gone, and its attempts with it. */
  readonly resumed: boolean;
  readonly epoch: string;
  /** Nonces among the held ones that this worker has lost; their bodies must be aborted. */
  readonly lost: readonly string[];
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly payloadLimit: number;
  /**
   * Tasks, the first of them, whose definition the gateway keeps as it was: they belong to a queue that this worker's token
   * does not let it work on.
   */
  readonly refused?: readonly string[];
  /** In how many milliseconds the token ends, and the connection with it unless it is refreshed; absent where it never does. */
  readonly tokenExpiresInMs?: number;
  /** The largest frame that the gateway takes, in bytes; absent for 2 MB. */
  readonly frameLimit?: number;
}

export type Assignment = readonly [
  nonce: string,
  id: string,
  attempt: number,
  name: string,
  args: WirePayload,
  context: AssignmentContext,
];

/** What `self.request` is made of, and what the executor must know. */
export interface AssignmentContext {
  readonly queue: string;
  readonly priority: number;
  readonly retries: number;
  readonly maxRetries: number | null;
  readonly redelivered: boolean;
  /** The body may start only when the start is committed and acked. */
  readonly awaitStart: boolean;
  readonly etaAt: number | null;
  readonly expiresAt: number | null;
  /** What stands before the arguments: results of other tasks, in order. Absent where there are none. */
  readonly prepend?: readonly WirePayload[];
  readonly rootId?: string;
  readonly parentId?: string;
  readonly headers?: string;
  readonly shadow?: string;
  readonly argsRepr?: string;
  readonly timeLimitMs?: number;
  readonly softTimeLimitMs?: number;
}

export type Outcome =
  | readonly [kind: 'success', result: WirePayload]
  | readonly [kind: 'failure', error: WirePayload]
  | readonly [
      kind: 'retry',
      /** What RETRY shows. */
      error: WirePayload,
      /** What the task fails with when no retries are left. */
      exhausted: WirePayload,
      /** `null`: by the task's options. */
      countdownMs: number | null,
      /** Overrides the task's maxRetries for this decision; `'task'` leaves it, as its absence does, `null` is without end. */
      maxRetries?: number | null | 'task',
      /** Arguments of the next run instead of the present ones. */
      args?: WirePayload | null,
    ]
  | readonly [kind: 'ignored']
  | readonly [kind: 'rejected', error: WirePayload, requeue: boolean]
  /** Its hard time limit is over; the body has no say. */
  | readonly [kind: 'timed-out', error: WirePayload]
  /** Only this run died, with the thread or process it ran in; the worker lives on. `why` completes "it". */
  | readonly [kind: 'lost', why: string];

export type SettledItem = readonly [
  nonce: string,
  id: string,
  attempt: number,
  outcome: Outcome,
  /** Ids of the tasks that the body called, and `''` where there was no room for more of them; absent where it called none. */
  children?: readonly string[],
  /** How many chunks the attempt gave, all sent before this report; absent where it gave none. */
  chunks?: number,
];

/**
 * Chunks of an attempt, counted from 0. After a reconnect all that wait are sent again; with none, it only says that the
 * attempt has given `first` chunks.
 */
export type ChunksItem = readonly [nonce: string, first: number, payloads: readonly WirePayload[]];
/** The worker may forget the chunks before this one, and the body give as many more. `null`: the attempt is another's. */
export type RoomItem = readonly [nonce: string, upTo: number | null];

/** applied: recorded now · duplicate: was recorded before · stale: the attempt is another's · unknown: no such task. */
export type SettleVerdict = 'applied' | 'duplicate' | 'stale' | 'unknown';
export type SettledAck = readonly [nonce: string, verdict: SettleVerdict];

/** ok: the body may run · stale: it must not. */
export type StartedAck = readonly [nonce: string, verdict: 'ok' | 'stale'];

export type AbortReason = 'revoked' | 'lease-lost';
export type AbortItem = readonly [nonce: string, reason: AbortReason, terminate: boolean, graceMs: number];
export type ProgressItem = readonly [nonce: string, state: string, meta: WirePayload];

export type WorkerFrame =
  | readonly ['knock', WorkerKnock]
  | readonly ['definitions', readonly Definition[]]
  /** Without progress, which follows the welcome. */
  | readonly ['held', readonly HeldAttempt[]]
  | readonly ['hello', WorkerHello]
  | readonly ['started', readonly string[]]
  | readonly ['progress', readonly ProgressItem[]]
  | readonly ['chunks', readonly ChunksItem[]]
  | readonly ['settled', readonly SettledItem[]]
  | readonly ['release', readonly string[]]
  | readonly ['capacity', number]
  | readonly ['beat', WorkerBeat]
  | readonly ['refresh', string]
  | readonly ['bye', null];

export type GatewayWorkerFrame =
  | readonly ['admitted', { readonly frameLimit: number }]
  | readonly ['welcome', WorkerWelcome]
  | readonly ['assign', readonly Assignment[]]
  | readonly ['acks', readonly SettledAck[]]
  | readonly ['startedAcks', readonly StartedAck[]]
  | readonly ['abort', readonly AbortItem[]]
  | readonly ['room', readonly RoomItem[]]
  | readonly ['order', WorkerOrder]
  | readonly ['beat', number]
  | readonly ['refreshed', Answer<TokenRefreshed>]
  | readonly ['refused', WorkerRefusal];

/** The last word before a connection is closed. */
export interface WorkerRefusal {
  readonly code: string;
  readonly message: string;
  /** With `NAME_TAKEN`: the session that has the name may be gone by then. Absent, it is alive. */
  readonly retryAfterMs?: number;
  /** With `NAME_TAKEN`: that session's process, where it is on the worker's machine. */
  readonly holder?: { readonly session: string; readonly pid: number };
}

/** WebSocket close codes of the worker link, in the range that RFC 6455 leaves to applications. */
export const CLOSE = {
  badFrame: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  replaced: 4409,
  nameTaken: 4410,
  unsupportedProtocol: 4426,
  slowReader: 4429,
  heartbeatMissed: 4408,
  shuttingDown: 4503,
} as const;
