/**
 * A task as the gateway knows it. Records are never changed: transitions.ts makes the next one from the last.
 */

import type { TaskState } from '@celeriac/protocol';
import type {
  CallOptions,
  ResolvedOptions,
  WireHistoryEntry,
  WirePayload,
} from '@celeriac/protocol/internal';

/**
 * Where a task is in the gateway's hands; users see {@link StoredTask.state} instead.
 *
 * - `unrouted`: nobody has defined its name yet. Moved by the router, when a worker advertises the name.
 * - `scheduled`: not due. Moved by the promoter.
 * - `ready`: may be claimed. Moved by the dispatcher.
 * - `blocked`: would be ready, but its gate (gate.ts) has no room. Moved by the engine, when one of its gate has left.
 * - `leased`: given to a worker session that has not reported a start. Moved by a report, or by losing the lease.
 * - `running`: its start was reported. Moved likewise.
 * - `ended`: terminal. Deleted by the pruner.
 *
 * Revoking and expiring may take it from any but `ended`.
 */
export const PHASES = ['unrouted', 'scheduled', 'ready', 'leased', 'running', 'ended', 'blocked'] as const;
export type TaskPhase = (typeof PHASES)[number];

/** The right to report on one attempt. */
export interface AttemptLease {
  readonly session: string;
  readonly worker: string;
  /** Random, so that an attempt number issued twice (after a power cut) is still told apart. */
  readonly nonce: string;
}

export interface Ancestry {
  readonly rootId: string;
  readonly parentId: string;
}

export interface History {
  readonly entries: readonly WireHistoryEntry[];
  /** Entries cut out after the first ten of a long history. */
  readonly omitted: number;
}

export interface StoredTask {
  /** The engine's key, in order of acceptance; 0 until inserted. */
  readonly key: number;
  readonly id: string;
  readonly name: string;
  /** Dropped, with the body, when the result expires or is forgotten. */
  readonly args: WirePayload;
  /** What stands before the arguments: results of the tasks before it. */
  readonly prepend: readonly WirePayload[];
  /** As the caller gave them. */
  readonly call: CallOptions | null;
  /** Of a call made by or linked to another task; `null` for the first of a family. */
  readonly lineage: Ancestry | null;
  /** The subject of the token that called it, which also owns its links and the calls of its body; `null` if unknown. */
  readonly subject: string | null;
  /** What it runs under; while unrouted only the queue counts, as the call names it: there it waits to be defined. */
  readonly options: ResolvedOptions;

  readonly phase: TaskPhase;
  /** Counts every write: a decision made on an older version is outdated. */
  readonly version: number;
  readonly dueAt: number | null;
  readonly expiresAt: number | null;
  /** The last attempt's lease: held while `leased` or `running`, remembered after to recognise a report sent twice. */
  readonly lease: AttemptLease | null;
  /** It stands trial, for so many milliseconds of its next run at most (suspicion.ts); `null`: it is no suspect. */
  readonly trialMs: number | null;

  readonly state: TaskState;
  readonly attempt: number;
  /** How often the function failed and was tried again. */
  readonly retries: number;
  /** How often a start was lost with its worker. */
  readonly deliveries: number;
  /** How often `Reject` asked for another run. */
  readonly requeues: number;
  /** Ids of tasks that its body called, or that were linked to it. */
  readonly children: readonly string[];
  /** How many chunks its last attempt gave, as far as that is known. */
  readonly chunks: number;
  readonly history: History;
  /** Result of a SUCCESS; error of a FAILURE, REVOKED or RETRY. */
  readonly body: WirePayload | null;
  readonly endedAt: number | null;
}

/** What says whose a task is and where it belongs, without anything in it that may be large. */
export type TaskOutline = Pick<
  StoredTask,
  'id' | 'subject' | 'lineage' | 'options' | 'phase' | 'attempt' | 'lease'
>;

export function outlineOf({ id, subject, lineage, options, phase, attempt, lease }: StoredTask): TaskOutline {
  return { id, subject, lineage, options, phase, attempt, lease };
}

/** When the call was accepted. */
export function acceptedAt({ history }: Pick<StoredTask, 'history'>): number {
  return history.entries[0]?.[2] ?? 0;
}

/** How many entries its history has had; the number that watchers count by. */
export function sequenceOf(record: Pick<StoredTask, 'history'>): number {
  return record.history.entries.length + record.history.omitted;
}

/**
 * Whether it was delivered before, since its call or its last retry (which is a call of its own): it was given back, lost
 * with its worker, or wished to come again.
 */
export function isRedelivered({ attempt, history }: Pick<StoredTask, 'attempt' | 'history'>): boolean {
  if (attempt < 2) return false;
  const [, , , retried = 0] = history.entries.findLast(([, reason]) => reason === 'retry') ?? [];
  return attempt - 1 > retried;
}

/** In a queue, or on its way to one. */
export function isWaiting({ phase }: Pick<StoredTask, 'phase'>): boolean {
  return phase === 'ready' || phase === 'scheduled' || phase === 'unrouted' || phase === 'blocked';
}

export function isHeld(record: Pick<StoredTask, 'phase'>): boolean {
  return record.phase === 'leased' || record.phase === 'running';
}
