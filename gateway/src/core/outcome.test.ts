import { decodeFailure, MAX_REQUEUES, type Outcome } from '@celeriac/protocol/internal';
import { describe, expect, test } from 'vitest';
import { ERROR, LEASE, leased, NOW, running, submitted } from '../../test/records.ts';
import { lateVerdict, type RunLoss, settle, settleLoss } from './outcome.ts';
import type { StoredTask } from './record.ts';
import { trialAfter } from './suspicion.ts';

const LATER = NOW + 500;
const EXHAUSTED = '{"name":"TypeError","message":"the last one"}';

function statesOf(record: StoredTask): readonly string[] {
  return record.history.entries.map(([state, reason]) => `${state} ${reason}`);
}

describe('an outcome', () => {
  test.each<[Outcome, string, string | null]>([
    [['success', '4'], 'SUCCESS completed', '4'],
    [['failure', ERROR], 'FAILURE error', ERROR],
    [['retry', ERROR, EXHAUSTED, null], 'RETRY retry', ERROR],
    [['ignored'], 'IGNORED ignored', null],
    [['rejected', ERROR, false], 'FAILURE rejected', ERROR],
    [['rejected', ERROR, true], 'PENDING requeued', null],
    [['timed-out', ERROR], 'FAILURE timed-out', ERROR],
    [['lost', 'ended (SIGABRT)'], 'PENDING worker-lost', null],
  ])('%j of a running task is %s', (outcome, last, body) => {
    const after = settle(running(), outcome, LATER, 0.5);
    expect(statesOf(after)).toEqual(['PENDING submitted', 'STARTED started', last]);
    expect(after.body).toBe(body);
  });

  test.each<[Outcome]>([
    [['success', '4']],
    [['failure', ERROR]],
    [['ignored']],
    [['rejected', ERROR, true]],
  ])('%j of a task whose start was not reported implies the start', (outcome) => {
    const after = settle(leased(), outcome, LATER, 0.5);
    expect(statesOf(after).slice(0, 2)).toEqual(['PENDING submitted', 'STARTED started']);
    expect(after.history.entries).toHaveLength(3);
  });

  test('retry waits for as long as was decided', () => {
    const options = { retryBackoffMs: 1_000, retryJitter: true };
    expect(settle(running(options), ['retry', ERROR, EXHAUSTED, null], LATER, 0.999).dueAt).toBe(LATER + 999);
    expect(settle(running(options), ['retry', ERROR, EXHAUSTED, 20], LATER, 0.999).dueAt).toBe(LATER + 20);
  });

  test('retry without retries left fails with the last error', () => {
    const after = settle(running({ maxRetries: 0 }), ['retry', ERROR, EXHAUSTED, 0], LATER, 0.5);
    expect(after).toMatchObject({ state: 'FAILURE', body: EXHAUSTED });
    expect(statesOf(after).at(-1)).toBe('FAILURE error');
  });

  test('retry may bring its own limit', () => {
    const after = settle(running({ maxRetries: 0 }), ['retry', ERROR, EXHAUSTED, 0, null], LATER, 0.5);
    expect(after.state).toBe('RETRY');
  });

  test('requeue is granted a hundred times, then the task fails', () => {
    const last = { ...running(), requeues: MAX_REQUEUES - 1 };
    expect(settle(last, ['rejected', ERROR, true], LATER, 0.5)).toMatchObject({
      requeues: 100,
      state: 'PENDING',
    });
    const past = { ...running(), requeues: MAX_REQUEUES };
    expect(settle(past, ['rejected', ERROR, true], LATER, 0.5)).toMatchObject({
      state: 'FAILURE',
      body: ERROR,
    });
  });
});

const OWN: RunLoss = { blame: 'own', pool: 'inline', ranMs: 500 };
const SHARED: RunLoss = { ...OWN, blame: 'shared' };

describe('a loss', () => {
  test('of a task that had not begun blames nobody', () => {
    const after = settleLoss(leased(), OWN, LATER);
    expect(after).toMatchObject({ phase: 'ready', deliveries: 0, trialMs: null });
    expect(statesOf(after)).toEqual(['PENDING submitted']);
  });

  test.each([OWN, SHARED])('of a running task sends it back, no suspect yet', (loss) => {
    expect(settleLoss(running(), loss, LATER)).toMatchObject({
      phase: 'ready',
      deliveries: 1,
      trialMs: null,
    });
  });

  test.each([OWN, SHARED])('for the second time makes it a suspect', (loss) => {
    const after = settleLoss({ ...running(), deliveries: 1 }, loss, LATER);
    expect(after).toMatchObject({ phase: 'ready', deliveries: 2, trialMs: trialAfter(500) });
  });

  test('that another task is to blame for does not count, and makes no suspect', () => {
    const after = settleLoss({ ...running(), deliveries: 2 }, { ...OWN, blame: 'none' }, LATER);
    expect(after).toMatchObject({ phase: 'ready', deliveries: 2, trialMs: null });
    expect(statesOf(after).at(-1)).toBe('PENDING worker-lost');
  });

  test('that others may be to blame for as well ends it after twice its limit', () => {
    const after = (deliveries: number) => settleLoss({ ...running(), deliveries }, SHARED, LATER);
    expect([2, 3, 4, 5].map((deliveries) => after(deliveries).state)).toEqual([
      'PENDING',
      'PENDING',
      'PENDING',
      'FAILURE',
    ]);
  });

  test.each(['threads', 'processes'] as const)('with bodies in %s makes a suspect at the limit', (pool) => {
    const after = (deliveries: number) =>
      settleLoss({ ...running(), deliveries }, { ...SHARED, pool }, LATER).trialMs;
    expect([0, 1, 2].map(after)).toEqual([null, null, trialAfter(500)]);
  });

  test('for the third time ends it as poisoned, with the history kept', () => {
    const after = settleLoss({ ...running(), deliveries: 2 }, OWN, LATER);
    expect(after).toMatchObject({ state: 'FAILURE', phase: 'ended' });
    expect(statesOf(after)).toEqual(['PENDING submitted', 'STARTED started', 'FAILURE poisoned']);
    expect(decodeFailure(after.body ?? '')).toMatchObject({
      name: 'WorkerLostError',
      code: 'WORKER_LOST',
      message: expect.stringMatching(/^worker w1 died while it ran add\[t1\].*3 runs were lost/),
    });
  });

  test('ends it at the limit that its options give', () => {
    expect(settleLoss(running({ maxDeliveries: 1 }), SHARED, LATER).state).toBe('FAILURE');
    expect(settleLoss({ ...running({ maxDeliveries: 5 }), deliveries: 3 }, OWN, LATER).state).toBe('PENDING');
  });

  test('of a task that may run only once ends it at once', () => {
    const after = settleLoss(running({ acksLate: false }), SHARED, LATER);
    expect(statesOf(after).at(-1)).toBe('FAILURE worker-lost');
    expect(decodeFailure(after.body ?? '')).toMatchObject({ name: 'WorkerLostError' });
  });

  test('of a task that may run only once, and has not begun, does not end it', () => {
    expect(settleLoss(leased({ acksLate: false }), OWN, LATER)).toMatchObject({
      phase: 'ready',
      state: 'PENDING',
    });
  });
});

describe('a run that was lost alone, its worker lives', () => {
  const LOST: Outcome = ['lost', 'ended (signal SIGABRT)'];

  test('counts as a delivery, and makes no suspect', () => {
    expect(settle(running(), LOST, LATER, 0.5)).toMatchObject({
      phase: 'ready',
      deliveries: 1,
      trialMs: null,
    });
    expect(settle({ ...running(), trialMs: 5 }, LOST, LATER, 0.5).trialMs).toBe(5);
  });

  test('for the third time is poisoned, and says how it died', () => {
    const after = settle({ ...running(), deliveries: 2 }, LOST, LATER, 0.5);
    expect(statesOf(after).at(-1)).toBe('FAILURE poisoned');
    expect(decodeFailure(after.body ?? '').message).toBe(
      'a child of worker w1 ended (signal SIGABRT) while it ran add[t1]; not run again: 3 runs were lost with their workers',
    );
  });

  test.each([{ acksLate: false }, { rejectOnWorkerLost: false }])('fails at once with %j', (options) => {
    const after = settle(running(options), LOST, LATER, 0.5);
    expect(statesOf(after).at(-1)).toBe('FAILURE worker-lost');
  });
});

describe('a late report', () => {
  test('of a task that nobody knows is unknown', () => {
    expect(lateVerdict(undefined, 1, 'n1')).toBe('unknown');
  });

  test.each<[Outcome]>([
    [['success', '4']],
    [['failure', ERROR]],
    [['retry', ERROR, EXHAUSTED, 1_000]],
    [['ignored']],
    [['rejected', ERROR, false]],
    [['rejected', ERROR, true]],
    [['timed-out', ERROR]],
    [['lost', 'ended (SIGABRT)']],
  ])('of the attempt that was recorded as %j is a duplicate', (outcome) => {
    expect(lateVerdict(settle(running(), outcome, LATER, 0.5), 1, LEASE.nonce)).toBe('duplicate');
  });

  test('of another attempt is stale, by number or by nonce', () => {
    const record = settle(running(), ['success', '4'], LATER, 0.5);
    expect(lateVerdict(record, 2, LEASE.nonce)).toBe('stale');
    expect(lateVerdict(record, 1, 'other')).toBe('stale');
  });

  test('of an attempt whose lease was cut is stale', () => {
    expect(lateVerdict(settleLoss(running(), OWN, LATER), 1, LEASE.nonce)).toBe('stale');
    expect(lateVerdict(submitted(), 1, LEASE.nonce)).toBe('stale');
  });
});
