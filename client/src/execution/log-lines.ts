/** What a task writes into the log of where it runs, and what is written there about how it ended. */
import { type Assignment, describeFailure } from '@celeriac/protocol/internal';
import type { TaskLog } from '../hosting.ts';
import type { ExecutionLog, LineFacts } from './execution-log.ts';
import type { AttemptVerdict } from './verdict.ts';

/** What a task sees of it. */
export function shownLog(log: ExecutionLog): TaskLog {
  return {
    info: (message, facts = {}) => log.info(facts, message),
    warn: (message, facts = {}) => log.warn(facts, message),
    error: (message, facts = {}) => log.error(facts, message),
  };
}

/** @returns a log whose lines name the task, as its caller wants it shown */
export function taskLog(log: ExecutionLog, [, id, , name, , context]: Assignment): ExecutionLog {
  return log.child({ task: context.shadow ?? name, id });
}

/**
 * Successes say nothing: there may be thousands in a second.
 * @param expected the error is no alarm: the task says that it throws it, or the attempt was asked to stop
 */
export function logEnd(
  log: ExecutionLog,
  assignment: Assignment,
  { outcome, value }: AttemptVerdict,
  expected: boolean,
): void {
  switch (outcome[0]) {
    case 'failure':
      if (expected) logQuietly(log, assignment, value, 'failed with an expected error');
      else taskLog(log, assignment).error({ ...shownArgs(assignment), ...describeError(value) }, 'failed');
      break;
    case 'retry':
      logQuietly(log, assignment, value, 'failed, will be retried');
      break;
    case 'ignored':
      logQuietly(log, assignment, value, 'ignored');
      break;
    case 'rejected':
      taskLog(log, assignment).warn({ error: nameError(value), requeue: outcome[2] }, 'rejected');
      break;
  }
}

/** Describing an error costs more than a short task: nothing is made that the log would throw away. */
function logQuietly(log: ExecutionLog, assignment: Assignment, error: unknown, message: string): void {
  if (log.isLevelEnabled('info')) taskLog(log, assignment).info({ error: nameError(error) }, message);
}

export function logHandlerError(
  log: ExecutionLog,
  assignment: Assignment,
  handler: string,
  error: unknown,
): void {
  taskLog(log, assignment).error({ handler, ...describeError(error) }, 'a handler failed');
}

/** @param handlers the one that has not ended, and those that come no more */
export function logHandlersStopped(
  log: ExecutionLog,
  assignment: Assignment,
  handlers: readonly string[],
  why: unknown,
): void {
  taskLog(log, assignment).error({ handlers, error: nameError(why) }, 'handlers did not end in time');
}

export function logSlowStart(log: ExecutionLog, assignment: Assignment, limitMs: number): void {
  taskLog(log, assignment).error(
    { handler: 'beforeStart', limitMs },
    'a handler did not end in time; the body starts without it',
  );
}

/** Arguments may be secrets: only what the caller has said of them is shown. */
function shownArgs([, , , , , { argsRepr }]: Assignment): LineFacts {
  return argsRepr === undefined ? {} : { args: argsRepr };
}

export function describeError(error: unknown): LineFacts {
  const { traceback } = describeFailure(error);
  return { error: nameError(error), ...(traceback === undefined ? {} : { traceback }) };
}

function nameError(error: unknown): string {
  const { name, message } = describeFailure(error);
  return `${name}: ${message}`;
}
