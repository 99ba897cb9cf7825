/** What the outcome of an attempt makes of a call that runs here: pure, and as a gateway decides. */

import { type Reason, RefusedError, type TerminalState } from '@celeriac/protocol';
import {
  type AssignedTask,
  CALL_FAULTS,
  decideRetry,
  isSoftAboveHard,
  keylessName,
  LINKED_CALLS,
  MAX_REQUEUES,
  type Outcome,
  repeatedId,
  type WirePayload,
  type WireTaskOptions,
} from '@celeriac/protocol/internal';

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

/**
 * @param taskOptions of the tasks that are linked to it
 * @returns why no gateway would take the call, if so
 */
export function judgeCall(
  id: string,
  name: string,
  { call, options }: LocalState,
  taskOptions: (name: string) => WireTaskOptions | undefined,
): RefusedError | undefined {
  const repeated = call === null ? undefined : repeatedId(id, call);
  if (repeated !== undefined) return new RefusedError('BAD_OPTIONS', CALL_FAULTS.repeatedLink(repeated));
  if (isSoftAboveHard(options)) return new RefusedError('BAD_OPTIONS', CALL_FAULTS.softAboveHard(options));
  const keyless = keylessName(name, call, options, taskOptions, LINKED_CALLS);
  return keyless === undefined
    ? undefined
    : new RefusedError('KEY_REQUIRED', CALL_FAULTS.keyRequired(keyless));
}

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
