import { describe, expect, test } from 'vitest';
import { ERROR, leased, NOW, running, submitted } from '../../test/records.ts';
import { settle } from './outcome.ts';
import type { StoredTask } from './record.ts';
import {
  eventsBetween,
  isResultKept,
  type Outlook,
  type Retention,
  snapshotOf,
  unknownSnapshot,
} from './snapshot.ts';
import { complete, failAttempt, ignore, lease, retry, revokeTask, start } from './transitions.ts';

const KEPT: Retention = { keepResults: true, resultMs: 1_000 };
const PLAIN: Outlook = { waiting: null, progress: null, retention: KEPT, after: 0 };

function snapshot(record: StoredTask, outlook: Partial<Outlook> = {}, now = NOW) {
  return snapshotOf(record, { ...PLAIN, ...outlook }, now);
}

describe('a snapshot', () => {
  test('of a waiting task says all that is known', () => {
    expect(snapshot(submitted({ queue: 'media' }), { waiting: 'turn' })).toEqual({
      id: 't1',
      known: true,
      sequence: 1,
      state: 'PENDING',
      waiting: 'turn',
      name: 'add',
      queue: 'media',
      attempt: 0,
      retries: 0,
      worker: null,
      rootId: 't1',
      parentId: null,
      children: [],
      args: '[2,2]',
      progress: null,
      body: null,
      gone: false,
      kept: true,
      from: 0,
      history: [['PENDING', 'submitted', NOW, 0, null]],
      omitted: 0,
    });
  });

  test('of an unrouted task names no queue', () => {
    expect(snapshot(submitted({}, { routed: false })).queue).toBeNull();
  });

  test('of a running task names its worker and shows its progress', () => {
    const progress = ['PROGRESS', '{"done":1}'] as const;
    expect(snapshot(running(), { progress })).toMatchObject({ worker: 'w1', attempt: 1, progress });
  });

  test('of an ended task shows no progress', () => {
    expect(snapshot(complete(running(), '4', NOW), { progress: ['PROGRESS', '1'] }).progress).toBeNull();
  });

  test('of an unknown id is empty and PENDING', () => {
    expect(unknownSnapshot('x')).toMatchObject({
      id: 'x',
      known: false,
      state: 'PENDING',
      sequence: 0,
      history: [],
    });
  });

  test('for one who has the first entries gives only the rest', () => {
    expect(snapshot(running(), { after: 1 })).toMatchObject({
      from: 1,
      sequence: 2,
      history: [['STARTED', 'started', NOW + 1, 1, 'w1']],
      omitted: 0,
    });
  });

  test('for one who claims more than there is gives everything', () => {
    expect(snapshot(running(), { after: 9 })).toMatchObject({ from: 0, history: [{}, {}] });
  });

  test('for one whose missing entries were cut out gives everything, and says how many are missing', () => {
    let record = running({ maxRetries: null });
    for (let round = 0; round < 300; round++) {
      record = start(
        lease(retry(record, ERROR, NOW, NOW), { session: 's', worker: 'w', nonce: `${round}` }),
        NOW,
      );
    }
    const { from, omitted, sequence, history } = snapshot(record, { after: 11 });
    expect({ from, omitted, sequence, kept: history.length }).toEqual({
      from: 0,
      omitted: 92,
      sequence: 602,
      kept: 510,
    });
    expect(snapshot(record, { after: 600 })).toMatchObject({ from: 600, omitted: 0, history: [{}, {}] });
  });
});

describe('a result', () => {
  test.each([
    ['is shown while it is kept', {}, KEPT, NOW + 999, '4', false],
    ['is gone after its time', {}, KEPT, NOW + 1_000, null, true],
    ['is gone at once where the task keeps none', { ignoreResult: true }, KEPT, NOW, null, true],
    ['is gone at once where the gateway keeps none', {}, { ...KEPT, keepResults: false }, NOW, null, true],
  ] as const)('%s', (_, options, retention, now, body, gone) => {
    expect(snapshot(complete(running(options), '4', NOW), { retention }, now)).toMatchObject({ body, gone });
  });

  test('that was pruned is gone', () => {
    expect(snapshot({ ...complete(running(), '4', NOW), body: null }).gone).toBe(true);
  });

  test('that is undefined is there', () => {
    expect(snapshot(complete(running(), '', NOW))).toMatchObject({ body: '', gone: false });
  });

  test('of a failure goes like one of a success', () => {
    expect(snapshot(failAttempt(running(), 'error', ERROR, NOW), {}, NOW + 1_000)).toMatchObject({
      body: null,
      gone: true,
    });
  });

  test('of a revoked or ignored task is never gone: there was none', () => {
    expect(snapshot(revokeTask(submitted(), 'revoked', NOW), {}, NOW + 5_000).gone).toBe(false);
    expect(snapshot(ignore(running(), NOW), {}, NOW + 5_000).gone).toBe(false);
  });

  test('of a retry is its error, whatever is kept', () => {
    const waiting = retry(running({ ignoreResult: true }), ERROR, NOW + 9, NOW);
    expect(snapshot(waiting)).toMatchObject({ state: 'RETRY', body: ERROR, gone: false, kept: false });
  });

  test.each([
    [true, false, true],
    [true, true, false],
    [false, false, false],
  ])('with results %s and ignoreResult %s is kept: %s', (keepResults, ignoreResult, kept) => {
    expect(isResultKept(submitted({ ignoreResult }), { keepResults, resultMs: 1 })).toBe(kept);
  });
});

describe('events', () => {
  test('of a submit begin at one', () => {
    expect(eventsBetween(null, submitted())).toEqual([
      ['t1', 1, NOW, 'PENDING', 'submitted', 0, null, 0, null],
    ]);
  });

  test('of a change that users do not see are none', () => {
    expect(eventsBetween(submitted(), leased())).toEqual([]);
  });

  test('of an outcome that implies the start are both, the body with the last', () => {
    const before = leased();
    expect(eventsBetween(before, settle(before, ['success', '4'], NOW + 5, 0))).toEqual([
      ['t1', 2, NOW + 5, 'STARTED', 'started', 1, 'w1', 0, null],
      ['t1', 3, NOW + 5, 'SUCCESS', 'completed', 1, 'w1', 0, '4'],
    ]);
  });

  test('of a start after a retry bring no error', () => {
    const before = lease(retry(running(), ERROR, NOW, NOW), { session: 's', worker: 'w2', nonce: 'n2' });
    expect(eventsBetween(before, start(before, NOW + 2))).toEqual([
      ['t1', 4, NOW + 2, 'STARTED', 'started', 2, 'w2', 1, null],
    ]);
  });

  test('go on counting where a long history was cut', () => {
    let record = running({ maxRetries: null });
    for (let round = 0; round < 300; round++) {
      record = start(
        lease(retry(record, ERROR, NOW, NOW), { session: 's', worker: 'w', nonce: `${round}` }),
        NOW,
      );
    }
    expect(eventsBetween(record, complete(record, '4', NOW)).map(([, sequence]) => sequence)).toEqual([603]);
  });
});
