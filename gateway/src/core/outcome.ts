/** What an outcome, or a loss, makes of a task. */

import type { PoolKind } from '@celeriac/protocol';
import {
  decideRetry,
  encodeFailure,
  MAX_REQUEUES,
  type Outcome,
  type SettleVerdict,
  type WirePayload,
} from '@celeriac/protocol/internal';
import type { StoredTask } from './record.ts';
import { type Blame, isSuspect, sharedLimit, trialAfter } from './suspicion.ts';
import {
  complete,
  failAttempt,
  ignore,
  lose,
  loseAlone,
  release,
  requeue,
  retry,
  start,
} from './transitions.ts';

/**
 * @param record held by the attempt that reports
 * @param random in [0, 1), for the jitter of a retry
 */
export function settle(record: StoredTask, outcome: Outcome, now: number, random: number): StoredTask {
  // A report of the start can be lost with a gateway; an outcome implies it.
  const running = record.phase === 'leased' ? start(record, now) : record;
  switch (outcome[0]) {
    case 'success':
      return complete(running, outcome[1], now);
    case 'failure':
      return failAttempt(running, 'error', outcome[1], now);
    case 'retry': {
      const [, error, exhausted, countdownMs, maxRetries = 'task', args] = outcome;
      const request = { countdownMs, maxRetries: maxRetries === 'task' ? undefined : maxRetries };
      const decision = decideRetry(running.options, running.retries, request, random);
      return decision.again
        ? retry(running, error, now + decision.delayMs, now, args)
        : failAttempt(running, 'error', exhausted, now);
    }
    case 'ignored':
      return ignore(running, now);
    case 'rejected': {
      const [, error, again] = outcome;
      return again && running.requeues < MAX_REQUEUES
        ? requeue(running, now)
        : failAttempt(running, 'rejected', error, now);
    }
    case 'timed-out':
      return failAttempt(running, 'timed-out', outcome[1], now);
    case 'lost':
      return afterLoss(running, `a child of worker ${workerOf(running)} ${outcome[1]}`, 'own', now, () =>
        loseAlone(running, now),
      );
    default:
      return outcome satisfies never;
  }
}

/** How a run was lost with its worker. */
export interface RunLoss {
  readonly blame: Blame;
  readonly pool: PoolKind;
  /** How long it had run. */
  readonly ranMs: number;
}

/** The worker session that held the task is gone. Only a run that had begun is blamed for it. */
export function settleLoss(record: StoredTask, { blame, pool, ranMs }: RunLoss, now: number): StoredTask {
  if (record.phase !== 'running') return release(record, now);
  return afterLoss(record, `worker ${workerOf(record)} died`, blame, now, (deliveries) => {
    const suspect = blame !== 'none' && isSuspect(deliveries, record.options.maxDeliveries, pool);
    return lose(record, now, suspect ? trialAfter(ranMs) : null, blame !== 'none');
  });
}

/** @param again how it comes back where it may run once more */
function afterLoss(
  record: StoredTask,
  what: string,
  blame: Blame,
  now: number,
  again: (deliveries: number) => StoredTask,
): StoredTask {
  const { acksLate, rejectOnWorkerLost, maxDeliveries } = record.options;
  const deliveries = record.deliveries + 1;
  const giveUp = (reason: 'worker-lost' | 'poisoned', why: string): StoredTask =>
    failAttempt(record, reason, lostError(record, what, why), now);
  if (!acksLate) return giveUp('worker-lost', 'it may run at most once');
  if (!rejectOnWorkerLost) return giveUp('worker-lost', 'rejectOnWorkerLost is off');
  const limit = blame === 'own' ? maxDeliveries : sharedLimit(maxDeliveries);
  if (blame === 'none' || deliveries < limit) return again(deliveries);
  return giveUp('poisoned', `${deliveries} runs were lost with their workers`);
}

function workerOf(record: StoredTask): string {
  return record.lease?.worker ?? 'unknown';
}

function lostError(record: StoredTask, what: string, why: string): WirePayload {
  const message = `${what} while it ran ${record.name}[${record.id}]; not run again: ${why}`;
  return encodeFailure({ name: 'WorkerLostError', message, code: 'WORKER_LOST' });
}

/** What to answer a report whose attempt is not held: was it recorded before, or is it another's? */
export function lateVerdict(
  record: Pick<StoredTask, 'lease' | 'attempt'> | undefined,
  attempt: number,
  nonce: string,
): SettleVerdict {
  if (record === undefined) return 'unknown';
  return record.lease?.nonce === nonce && record.attempt === attempt ? 'duplicate' : 'stale';
}
