import { decodeFailure } from '@celeriac/protocol/internal';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERROR, LEASE, leased, NOW, running, submitted } from '../../test/records.ts';
import type { StoredTask } from './record.ts';
import {
  complete,
  failAttempt,
  forget,
  ignore,
  lease,
  lose,
  release,
  requeue,
  retry,
  revokeTask,
  route,
  start,
} from './transitions.ts';

const LATER = NOW + 500;

function lastEntry(record: StoredTask) {
  return record.history.entries.at(-1);
}

describe('a submit', () => {
  test('makes a ready PENDING task with one entry', () => {
    const record = submitted();
    expect(record).toMatchObject({
      phase: 'ready',
      state: 'PENDING',
      version: 1,
      attempt: 0,
      retries: 0,
      deliveries: 0,
      requeues: 0,
      lease: null,
      trialMs: null,
      body: null,
      endedAt: null,
    });
    expect(record.history).toEqual({ entries: [['PENDING', 'submitted', NOW, 0, null]], omitted: 0 });
  });

  test.each([
    [NOW + 1, 'scheduled'],
    [NOW, 'ready'],
    [NOW - 1, 'ready'],
    [null, 'ready'],
  ] as const)('due at %s is %s', (dueAt, phase) => {
    expect(submitted({}, { dueAt }).phase).toBe(phase);
  });

  test('of a name that nobody defined waits unrouted, due or not', () => {
    expect(submitted({}, { routed: false, dueAt: NOW + 1 }).phase).toBe('unrouted');
  });
});

describe('routing', () => {
  test('gives options, expiry and place, and shows nothing', () => {
    const before = submitted({}, { routed: false });
    const options = { ...before.options, queue: 'media' };
    const after = route(before, options, NOW + 9, LATER);
    expect(after).toMatchObject({ phase: 'ready', version: 2, options, expiresAt: NOW + 9 });
    expect(after.history).toBe(before.history);
  });

  test('of a task that is not due leaves it scheduled', () => {
    const before = submitted({}, { routed: false, dueAt: LATER + 1 });
    expect(route(before, before.options, null, LATER).phase).toBe('scheduled');
  });
});

describe('a lease', () => {
  test('counts an attempt and shows nothing', () => {
    const before = submitted();
    const after = lease(before, LEASE);
    expect(after).toMatchObject({ phase: 'leased', version: 2, lease: LEASE, attempt: 1, state: 'PENDING' });
    expect(after.history).toBe(before.history);
  });
});

describe('a start', () => {
  test('shows STARTED, with the attempt and its worker', () => {
    const after = start(leased(), LATER);
    expect(after).toMatchObject({ phase: 'running', version: 3, state: 'STARTED', lease: LEASE });
    expect(lastEntry(after)).toEqual(['STARTED', 'started', LATER, 1, 'w1']);
  });

  test('of an untracked task shows nothing', () => {
    const before = leased({ trackStarted: false });
    const after = start(before, LATER);
    expect(after).toMatchObject({ phase: 'running', version: 3, state: 'PENDING' });
    expect(after.history).toBe(before.history);
  });

  test('after a retry shows no error any more', () => {
    const again = lease(retry(running(), ERROR, LATER, LATER), { ...LEASE, nonce: 'n2' });
    expect(again).toMatchObject({ state: 'RETRY', body: ERROR });
    expect(start(again, LATER)).toMatchObject({ state: 'STARTED', body: null });
  });

  test('of an untracked task after a retry still shows RETRY and its error', () => {
    const again = lease(retry(running({ trackStarted: false }), ERROR, LATER, LATER), LEASE);
    expect(start(again, LATER)).toMatchObject({ state: 'RETRY', body: ERROR });
  });
});

describe('a release', () => {
  test('before the start shows nothing, and cuts the lease', () => {
    const before = leased();
    const after = release(before, LATER);
    expect(after).toMatchObject({ phase: 'ready', version: 3, lease: null, state: 'PENDING', attempt: 1 });
    expect(after.history).toBe(before.history);
  });

  test('after the start shows the return, and who gave it back', () => {
    const after = release(running(), LATER);
    expect(after).toMatchObject({ phase: 'ready', version: 4, lease: null, trialMs: null, deliveries: 0 });
    expect(lastEntry(after)).toEqual(['PENDING', 'released', LATER, 1, 'w1']);
  });
});

describe('a loss', () => {
  test('is counted, shown with the worker that died, and makes a suspect where it is told to', () => {
    const after = lose(running(), LATER, 5);
    expect(after).toMatchObject({ phase: 'ready', version: 4, lease: null, trialMs: 5, deliveries: 1 });
    expect(lastEntry(after)).toEqual(['PENDING', 'worker-lost', LATER, 1, 'w1']);
  });

  test('of an untracked run is shown as well', () => {
    expect(lastEntry(lose(running({ trackStarted: false }), LATER, null))).toEqual([
      'PENDING',
      'worker-lost',
      LATER,
      1,
      'w1',
    ]);
  });

  test('leaves nothing of an earlier error', () => {
    const again = start(lease(retry(running({ trackStarted: false }), ERROR, LATER, LATER), LEASE), LATER);
    expect(lose(again, LATER, null)).toMatchObject({ state: 'PENDING', body: null });
  });
});

describe('a requeue', () => {
  test('is counted and shown, and remembers the lease to recognise a report sent twice', () => {
    const after = requeue(running(), LATER);
    expect(after).toMatchObject({ phase: 'ready', version: 4, requeues: 1, deliveries: 0, lease: LEASE });
    expect(lastEntry(after)).toEqual(['PENDING', 'requeued', LATER, 1, 'w1']);
  });
});

describe('a retry', () => {
  test('waits until it is due, shows its error, and remembers the lease', () => {
    const after = retry(running(), ERROR, LATER + 100, LATER);
    expect(after).toMatchObject({
      phase: 'scheduled',
      dueAt: LATER + 100,
      version: 4,
      retries: 1,
      state: 'RETRY',
      body: ERROR,
      lease: LEASE,
    });
    expect(lastEntry(after)).toEqual(['RETRY', 'retry', LATER, 1, 'w1']);
  });

  test('without a wait is ready at once', () => {
    expect(retry(running(), ERROR, LATER, LATER).phase).toBe('ready');
  });

  test('is no suspect: its worker lived', () => {
    expect(retry({ ...running(), trialMs: 5 }, ERROR, LATER, LATER).trialMs).toBeNull();
    expect(requeue({ ...running(), trialMs: 5 }, LATER).trialMs).toBeNull();
  });
});

describe('an end', () => {
  test.each([
    ['SUCCESS', 'completed', '4', (record: StoredTask) => complete(record, '4', LATER)],
    ['FAILURE', 'error', ERROR, (record: StoredTask) => failAttempt(record, 'error', ERROR, LATER)],
    ['FAILURE', 'rejected', ERROR, (record: StoredTask) => failAttempt(record, 'rejected', ERROR, LATER)],
    ['FAILURE', 'timed-out', ERROR, (record: StoredTask) => failAttempt(record, 'timed-out', ERROR, LATER)],
    ['FAILURE', 'poisoned', ERROR, (record: StoredTask) => failAttempt(record, 'poisoned', ERROR, LATER)],
    [
      'FAILURE',
      'worker-lost',
      ERROR,
      (record: StoredTask) => failAttempt(record, 'worker-lost', ERROR, LATER),
    ],
    ['IGNORED', 'ignored', null, (record: StoredTask) => ignore(record, LATER)],
  ] as const)('as %s (%s) keeps its body and its lease', (state, reason, body, endIt) => {
    const after = endIt(running());
    expect(after).toMatchObject({ phase: 'ended', version: 4, state, body, endedAt: LATER, lease: LEASE });
    expect(lastEntry(after)).toEqual([state, reason, LATER, 1, 'w1']);
  });

  test.each([
    ['unrouted', () => submitted({}, { routed: false }), null],
    ['scheduled', () => submitted({}, { dueAt: LATER }), null],
    ['ready', () => submitted(), null],
    ['leased', () => leased(), 'w1'],
    ['running', () => running(), 'w1'],
    ['waiting for a retry', () => retry(running(), ERROR, LATER + 1, NOW + 2), null],
    ['waiting after a requeue', () => requeue(running(), NOW + 2), null],
  ] as const)('by revoking one that is %s cuts the lease and says who had it', (_, make, worker) => {
    const before = make();
    const after = revokeTask(before, 'revoked', LATER);
    expect(after).toMatchObject({
      phase: 'ended',
      version: before.version + 1,
      state: 'REVOKED',
      lease: null,
    });
    expect(lastEntry(after)).toEqual(['REVOKED', 'revoked', LATER, before.attempt, worker]);
    expect(decodeFailure(after.body ?? '')).toMatchObject({ code: 'TASK_REVOKED', message: 'revoked' });
  });

  test('by expiry says so', () => {
    expect(lastEntry(revokeTask(submitted(), 'expired', LATER))).toEqual([
      'REVOKED',
      'expired',
      LATER,
      0,
      null,
    ]);
  });
});

describe('a change that the table does not know', () => {
  test.each([
    ['completing what has ended', (record: StoredTask) => complete(complete(record, '4', LATER), '5', LATER)],
    [
      'revoking what has ended',
      (record: StoredTask) => revokeTask(complete(record, '4', LATER), 'revoked', LATER),
    ],
    ['expiring what has started', (record: StoredTask) => revokeTask(record, 'expired', LATER)],
    ['losing what has ended', (record: StoredTask) => lose(ignore(record, LATER), LATER, null)],
  ])('cannot be made: %s', (_, change) => {
    expect(() => change(running())).toThrow(/^illegal transition of task t1/);
  });
});

describe('records', () => {
  const blamed = (record: StoredTask, now: number): StoredTask => lose(record, now, null);

  test('are never changed', () => {
    const before = running();
    const copy = structuredClone(before);
    for (const change of [release, blamed, requeue, ignore]) change(before, LATER);
    retry(before, ERROR, LATER, LATER);
    complete(before, '4', LATER);
    revokeTask(before, 'revoked', LATER);
    expect(before).toEqual(copy);
  });

  test('count one version for each change', () => {
    const changes = fc.constantFrom(release, blamed, requeue, ignore);
    fc.assert(
      fc.property(changes, (change) => {
        expect(change(running(), LATER).version).toBe(running().version + 1);
      }),
    );
  });
});

test('of a task that is forgotten nothing of other tasks stays either', () => {
  const ended = complete({ ...running(), prepend: ['"of another"'] }, '"secret"', NOW + 2);
  expect(forget(ended)).toMatchObject({ args: '', prepend: [], body: null, version: ended.version + 1 });
});
