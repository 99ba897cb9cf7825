/** What the outcome of an attempt makes of a call that runs here: pure, and as a gateway decides. */

import type { Reason, TerminalState } from '@celeriac/protocol';
import type { Outcome, WirePayload } from '@celeriac/protocol/internal';
import { type AssignedTask, decideRetry, MAX_REQUEUES } from '@celeriac/protocol/internal';

export interface LocalState extends AssignedTask {
  readonly args: WirePayload;
  readonly requeues: number;
}

export type Again = 'retry' | 'requeued';

export type Decision =
  | {
      readonly state: TerminalState;
      readonly reason: Reason;
      readonly body: WirePayload | null;
      readonly next?: undefined;
    }
  | {
      readonly state: 'RETRY' | 'PENDING';
      readonly reason: Again;
      readonly body: WirePayload | null;
      /** What the next attempt begins with. */
      readonly next: LocalState;
    };

/** @param random in [0, 1), for the jitter of a retry */
export function decide(task: LocalState, outcome: Outcome, now: number, random: number): Decision {
  switch (outcome[0]) {
    case 'success':
      return { state: 'SUCCESS', reason: 'completed', body: outcome[1] };
    case 'failure':
      return { state: 'FAILURE', reason: 'error', body: outcome[1] };
    case 'retry':
      return decideOnRetry(task, outcome, now, random);
    case 'ignored':
      return { state: 'IGNORED', reason: 'ignored', body: null };
    case 'rejected': {
      const [, body, again] = outcome;
      if (!again || task.requeues >= MAX_REQUEUES) return { state: 'FAILURE', reason: 'rejected', body };
      const next = { ...task, requeues: task.requeues + 1 };
      return { state: 'PENDING', reason: 'requeued', body: null, next };
    }
    case 'timed-out':
      return { state: 'FAILURE', reason: 'timed-out', body: outcome[1] };
    case 'lost':
      throw new Error(`the attempt ${outcome[1]}`);
    default:
      return outcome satisfies never;
  }
}

function decideOnRetry(
  task: LocalState,
  [, error, exhausted, countdownMs, maxRetries = 'task', args]: Extract<
    Outcome,
    readonly ['retry', ...unknown[]]
  >,
  now: number,
  random: number,
): Decision {
  const request = { countdownMs, maxRetries: maxRetries === 'task' ? undefined : maxRetries };
  const decision = decideRetry(task.options, task.retries, request, random);
  if (!decision.again) return { state: 'FAILURE', reason: 'error', body: exhausted };
  const next: LocalState = {
    ...task,
    ...(args == null ? {} : { args, prepend: [] }),
    retries: task.retries + 1,
    // The earlier due time was not waited for.
    dueAt: Math.max(now, task.dueAt ?? 0) + decision.delayMs,
  };
  return { state: 'RETRY', reason: 'retry', body: error, next };
}
