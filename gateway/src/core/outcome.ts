/** What an outcome, or a loss, makes of a task. */
import { encodeFailure, type Outcome, type SettleVerdict, type WirePayload } from '@celeriac/protocol';
import type { TaskRecord } from './record.ts';
import { decideRetry } from './retry-decision.ts';
import { complete, fail, ignore, lose, release, requeue, retry, start } from './transitions.ts';

/** Runs that `Reject(…, { requeue: true })` may ask for before the task is given up. */
export const MAX_REQUEUES = 100;

/**
 * @param record held by the attempt that reports
 * @param random in [0, 1), for the jitter of a retry
 */
export function settle(record: TaskRecord, outcome: Outcome, now: number, random: number): TaskRecord {
  // A report of the start can be lost with a gateway; an outcome implies it.
  const running = record.phase === 'leased' ? start(record, now) : record;
  switch (outcome[0]) {
    case 'success':
      return complete(running, outcome[1], now);
    case 'failure':
      return fail(running, 'error', outcome[1], now);
    case 'retry': {
      const [, error, exhausted, countdownMs, maxRetries = 'task', args] = outcome;
      const request = { countdownMs, maxRetries: maxRetries === 'task' ? undefined : maxRetries };
      const decision = decideRetry(running.options, running.retries, request, random);
      return decision.again
        ? retry(running, error, now + decision.delayMs, now, args)
        : fail(running, 'error', exhausted, now);
    }
    case 'ignored':
      return ignore(running, now);
    case 'rejected': {
      const [, error, again] = outcome;
      return again && running.requeues < MAX_REQUEUES
        ? requeue(running, now)
        : fail(running, 'rejected', error, now);
    }
    default:
      return outcome satisfies never;
  }
}

/** The worker session that held the task is gone. Only a run that had begun is blamed for it. */
export function settleLoss(record: TaskRecord, now: number): TaskRecord {
  if (record.phase !== 'running') return release(record, now);
  const deliveries = record.deliveries + 1;
  if (!record.options.acksLate)
    return fail(record, 'worker-lost', lostError(record, 'it may run at most once'), now);
  if (!record.options.rejectOnWorkerLost)
    return fail(record, 'worker-lost', lostError(record, 'rejectOnWorkerLost is off'), now);
  if (deliveries < record.options.maxDeliveries) return lose(record, now);
  return fail(record, 'poisoned', lostError(record, `${deliveries} runs were lost with their workers`), now);
}

function lostError(record: TaskRecord, why: string): WirePayload {
  const worker = record.lease?.worker ?? 'unknown';
  const message = `worker ${worker} died while it ran ${record.name}[${record.id}]; not run again: ${why}`;
  return encodeFailure({ name: 'WorkerLostError', message, code: 'WORKER_LOST' });
}

/** What to answer a report whose attempt is not held: was it recorded before, or is it another's? */
export function lateVerdict(record: TaskRecord | undefined, attempt: number, nonce: string): SettleVerdict {
  if (record === undefined) return 'unknown';
  return record.lease?.nonce === nonce && record.attempt === attempt ? 'duplicate' : 'stale';
}
