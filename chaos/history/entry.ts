/**
 * What a process under test writes down, one line of JSON per entry: what it asked for, what it was told, what it did.
 * The checker knows nothing else, so a simulation and real processes are judged alike.
 *
 * Never guess: what is not known to have happened or not is `info`.
 */
import type { Reason, TaskState } from '@celeriac/protocol';
import type { SettleVerdict } from '@celeriac/protocol/internal';

/** What every entry has. */
export interface Stamp {
  /** Milliseconds on a clock that all processes of one history share and that only goes forward. */
  readonly at: number;
  /** Wall time in milliseconds, as this process sees it. */
  readonly wall: number;
  /** Which process says it: `client-1`, `worker-2`, `gateway`, `nemesis`. */
  readonly by: string;
}

/** First of each history: what the system under test was told. Durations are milliseconds. */
export interface Setup {
  readonly kind: 'setup';
  readonly seed: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly heartbeatMs: number;
  /** How long a lease may stay uncommitted: a gateway that dies sooner forgets that it gave it. */
  readonly lazyMs: number;
  /** How long nothing may begin although something could: without faults, and while there are some. */
  readonly stallMs: number;
  readonly faultyStallMs: number;
  /** What the gateway's memory may grow to, in bytes; `null` where it is not measured. */
  readonly memoryLimit: number | null;
}

/** What a call is made for; the checker's expectations hang on it. */
export interface CallEntry {
  readonly name: string;
  /** Stands for name, arguments and options: two calls of one id with other content are a conflict. */
  readonly content: string;
  /** Gateway wall time before which it must not begin, and after which it must not. */
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  /** Runs at most once (`acksLate: false`). */
  readonly once: boolean;
  readonly maxDeliveries: number;
  /** It kills whoever runs it. */
  readonly poison: boolean;
  /** Ids of the calls that follow its SUCCESS. */
  readonly links: readonly string[];
}

export type OperationEntry = { readonly kind: 'operation'; readonly number: number; readonly id: string } & (
  | ({ readonly phase: 'invoke' } & (
      | { readonly op: 'submit'; readonly call: CallEntry }
      | { readonly op: 'revoke' | 'follow' }
      /** The last reads, when nothing is on its way any more, are `final`. */
      | { readonly op: 'read'; readonly final: boolean }
    ))
  | ({ readonly phase: 'ok' } & (
      | { readonly op: 'submit' }
      | { readonly op: 'revoke'; readonly verdict: 'prevented' | 'revoked' | 'already-done' | 'unknown' }
      | ({ readonly op: 'read' } & ReadState)
      /** A handle has settled: its task ended. */
      | { readonly op: 'follow'; readonly state: TaskState }
    ))
  /** Surely not done, or `info`: nobody knows. */
  | { readonly phase: 'fail' | 'info'; readonly op: OperationName; readonly code: string }
);
export type OperationName = 'submit' | 'revoke' | 'read' | 'follow';

/** Where a task stands, as one read shows it. */
export interface ReadState {
  readonly known: boolean;
  readonly state: TaskState;
  readonly sequence: number;
  readonly attempt: number;
  readonly body: string | null;
}

/** One line of a task's history: as the protocol's, without what does not matter here. */
export type TaskLine = readonly [state: TaskState, reason: Reason, at: number, attempt: number];

/** A handle has learned more. Counted per watcher, which is one handle of one process. */
export interface SeenEntry {
  readonly kind: 'seen';
  readonly watcher: string;
  readonly id: string;
  /** How many lines came before `lines`. */
  readonly from: number;
  readonly lines: readonly TaskLine[];
  readonly sequence: number;
  readonly body: string | null;
}

/** An event came whose predecessor did not, within one session and without a snapshot. */
export interface Gap {
  readonly kind: 'gap';
  readonly id: string;
  readonly expected: number;
  readonly got: number;
}

/** A body, written down by the process that runs it. */
export type RunEntry = {
  readonly kind: 'run';
  readonly id: string;
  readonly attempt: number;
  readonly nonce: string;
} & (
  | { readonly phase: 'begin' | 'effect' }
  | {
      readonly phase: 'end';
      readonly outcome: 'success' | 'failure' | 'retry' | 'requeue' | 'ignored' | 'rejected';
      /** The payload that it reports; `null` where there is none. */
      readonly body: string | null;
      /** It was told to stop before it ended by itself. */
      readonly aborted: boolean;
    }
);

/** What a worker was told of its report. */
export interface VerdictEntry {
  readonly kind: 'verdict';
  readonly id: string;
  readonly nonce: string;
  readonly verdict: SettleVerdict;
}

/** A worker is welcomed, or is gone for whatever reason. */
export interface WorkerLife {
  readonly kind: 'worker';
  readonly phase: 'up' | 'down';
  readonly pool: 'inline' | 'threads';
  readonly concurrency: number;
  /** How many tasks it may hold beside those that it runs. */
  readonly prefetch: number;
}

/** A client is welcomed, or has lost its gateway. */
export interface ClientLife {
  readonly kind: 'client';
  readonly phase: 'up' | 'down';
}

export const FAULTS = [
  'worker-kill',
  'worker-stop',
  'worker-stall',
  'gateway-kill',
  'gateway-stop',
  'gateway-stall',
  'client-kill',
  'client-stall',
  'cut',
  'partition',
  'slow-link',
  'slow-disk',
  'commit-error',
  'commit-error-done',
  'disk-full',
  'clock-jump',
] as const;
export type FaultKind = (typeof FAULTS)[number];

/**
 * What the nemesis does. `target` is a process; a link is named by its client's or worker's end. A fault of a moment
 * has an end all the same: when what it struck was there again.
 */
export interface Strike {
  readonly kind: 'fault';
  readonly phase: 'begin' | 'end';
  readonly number: number;
  readonly fault: FaultKind;
  readonly target: string;
}

/** A measurement of the gateway. `residue`: what should be nothing when nothing is going on, by its name. */
export interface SampleEntry {
  readonly kind: 'sample';
  readonly memory: number | null;
  readonly residue: Readonly<Record<string, number>>;
}

/** `healed`: no fault from here on. `drained`: all that was accepted should have ended. */
export interface Milestone {
  readonly kind: 'milestone';
  readonly name: 'healed' | 'drained';
}

export type Entry = Stamp &
  (
    | Setup
    | OperationEntry
    | SeenEntry
    | Gap
    | RunEntry
    | VerdictEntry
    | WorkerLife
    | ClientLife
    | Strike
    | SampleEntry
    | Milestone
  );
export type EntryOf<Kind extends Entry['kind']> = Extract<Entry, { readonly kind: Kind }>;
