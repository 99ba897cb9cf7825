/**
 * The states a user sees, and which of them may follow which.
 *
 * The names are Celery's. The table below is the only place that says what is legal: the gateway
 * builds transitions from it, tests check every recorded history against it, and the diagram in
 * docs/states.md is generated from it.
 */

/** States that can be followed by another one. */
export const LIVE_STATES = ['PENDING', 'STARTED', 'RETRY'] as const;

/** States that never change once they are recorded. */
export const TERMINAL_STATES = ['SUCCESS', 'FAILURE', 'REVOKED', 'IGNORED'] as const;

export type LiveState = (typeof LIVE_STATES)[number];
export type TerminalState = (typeof TERMINAL_STATES)[number];
/** One of Celery's states; docs/states.md says which follows which. */
export type TaskState = LiveState | TerminalState;

export const TASK_STATES: readonly TaskState[] = [...LIVE_STATES, ...TERMINAL_STATES];

/** Why a state changed. One word each; every history entry carries one. */
export type Reason =
  | 'submitted'
  | 'started'
  | 'completed'
  | 'error'
  | 'retry'
  | 'released'
  | 'worker-lost'
  | 'timed-out'
  | 'revoked'
  | 'expired'
  | 'rejected'
  | 'requeued'
  | 'ignored'
  | 'poisoned';

/** Why a PENDING or RETRY task is not running right now. */
export type Waiting = 'due' | 'worker' | 'turn' | 'rate' | 'pause';

/**
 * Of a task that waits for a worker, what is missing. queue: no worker takes tasks from its queue · task: some do, and none
 * of them has the task; or its queue is not known, since no worker has ever had the task.
 */
export type Lack = 'queue' | 'task';

export interface LegalTransition {
  readonly reason: Reason;
  /** `null` is "no such task yet". */
  readonly from: readonly (LiveState | null)[];
  readonly to: TaskState;
}

/**
 * Every legal change. A task with `trackStarted: false` never shows STARTED, so what STARTED may become,
 * PENDING and RETRY may become as well. A return to PENDING is listed even from PENDING: a run that was
 * not shown can still be lost, and the history says so.
 */
export const TRANSITIONS: readonly LegalTransition[] = [
  { reason: 'submitted', from: [null], to: 'PENDING' },
  { reason: 'started', from: ['PENDING', 'RETRY'], to: 'STARTED' },
  { reason: 'completed', from: ['STARTED', 'PENDING', 'RETRY'], to: 'SUCCESS' },
  { reason: 'error', from: ['STARTED', 'PENDING', 'RETRY'], to: 'FAILURE' },
  { reason: 'retry', from: ['STARTED', 'PENDING', 'RETRY'], to: 'RETRY' },
  { reason: 'released', from: ['STARTED', 'PENDING', 'RETRY'], to: 'PENDING' },
  { reason: 'worker-lost', from: ['STARTED', 'PENDING', 'RETRY'], to: 'PENDING' },
  { reason: 'requeued', from: ['STARTED', 'PENDING', 'RETRY'], to: 'PENDING' },
  { reason: 'worker-lost', from: ['STARTED', 'PENDING', 'RETRY'], to: 'FAILURE' },
  { reason: 'poisoned', from: ['STARTED', 'PENDING', 'RETRY'], to: 'FAILURE' },
  { reason: 'timed-out', from: ['STARTED', 'PENDING', 'RETRY'], to: 'FAILURE' },
  { reason: 'rejected', from: ['STARTED', 'PENDING', 'RETRY'], to: 'FAILURE' },
  { reason: 'ignored', from: ['STARTED', 'PENDING', 'RETRY'], to: 'IGNORED' },
  { reason: 'expired', from: ['PENDING', 'RETRY'], to: 'REVOKED' },
  { reason: 'revoked', from: ['STARTED', 'PENDING', 'RETRY'], to: 'REVOKED' },
];

const TERMINAL: ReadonlySet<string> = new Set(TERMINAL_STATES);
const KNOWN: ReadonlySet<string> = new Set([...TASK_STATES, 'RECEIVED', 'REJECTED']);

export function isTerminal(state: TaskState): state is TerminalState {
  return TERMINAL.has(state);
}

/** Celery's own state names, which `updateState` refuses as custom states. */
export function isReservedState(name: string): boolean {
  return KNOWN.has(name);
}

export function isLegal(from: TaskState | null, reason: Reason, to: TaskState): boolean {
  return TRANSITIONS.some(
    (rule) => rule.reason === reason && rule.to === to && rule.from.some((legal) => legal === from),
  );
}

/** One line of a task's history. Times are gateway wall time in milliseconds. */
export interface HistoryStep {
  readonly state: TaskState;
  readonly reason: Reason;
  readonly at: number;
  /** Which try this belongs to: 0 before the first assignment, then 1, 2, … */
  readonly attempt: number;
  /** The worker's name; `null` if no worker was involved. */
  readonly worker: string | null;
}

/** How much of a long history is kept: the first entries, and the last. */
export const HISTORY_HEAD = 10;
export const HISTORY_TAIL = 500;

/**
 * Checks that a sequence of entries is a path of the table.
 * @returns the position of the first illegal step, or -1 when every step is legal
 */
export function firstIllegalStep(history: readonly Pick<HistoryStep, 'state' | 'reason'>[]): number {
  let from: TaskState | null = null;
  for (const [position, entry] of history.entries()) {
    if (!isLegal(from, entry.reason, entry.state)) return position;
    from = entry.state;
  }
  return -1;
}
