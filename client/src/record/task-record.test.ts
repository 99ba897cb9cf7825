import fc from 'fast-check';
import { expect, test } from 'vitest';
import { progress, snapshot, transition } from '../test/fake-gateway.ts';
import type { RecordChange } from './changes.ts';
import { historyLines, omittedLines, shownState } from './facts.ts';
import { TaskRecord } from './task-record.ts';

const SESSION = { epoch: 'epoch-1' };

function accepted(): { record: TaskRecord; changes: RecordChange[]; held: () => number } {
  let held = 0;
  const hold = { acquire: () => void held++, release: () => void held-- };
  const record = new TaskRecord('a', 'add', 'unconfirmed', hold);
  const changes: RecordChange[] = [];
  record.subscribe((change) => changes.push(change));
  record.accept(['a', 1, 'default', true, 1_000], SESSION);
  return { record, changes, held: () => held };
}

const states = (record: TaskRecord): readonly string[] => historyLines(record.facts).map(([state]) => state);

test('the receipt is the first line of the history', () => {
  const { record, changes } = accepted();
  expect(historyLines(record.facts)).toEqual([['PENDING', 'submitted', 1_000, 0, null]]);
  expect(changes).toEqual(['accepted']);
  expect(record.facts).toMatchObject({ known: true, synced: true, queue: 'default' });
});

test('a snapshot goes on where the history ends, overlaps it, or replaces it', () => {
  const { record } = accepted();
  record.applyEvent(transition('a', 2, 'STARTED'), SESSION);
  const retry = ['RETRY', 'retry', 3_000, 1, 'w1'] as const;
  const started = ['STARTED', 'started', 2_000, 1, 'w1'] as const;
  record.applySnapshot(snapshot('a', { sequence: 3, state: 'RETRY', from: 2, history: [retry] }), SESSION);
  expect(states(record)).toEqual(['PENDING', 'STARTED', 'RETRY']);
  record.applySnapshot(
    snapshot('a', {
      sequence: 4,
      state: 'STARTED',
      from: 1,
      history: [started, retry, ['STARTED', 'started', 4_000, 2, 'w2']],
    }),
    SESSION,
  );
  expect(states(record)).toEqual(['PENDING', 'STARTED', 'RETRY', 'STARTED']);
  record.applySnapshot(
    snapshot('a', {
      sequence: 5,
      state: 'RETRY',
      omitted: 3,
      history: [['PENDING', 'submitted', 1_000, 0, null], retry],
    }),
    SESSION,
  );
  expect(states(record)).toEqual(['PENDING', 'RETRY']);
  expect(record.facts.omitted).toBe(3);
});

test('of a long history the first ten and the last five hundred lines are kept, as by a gateway', () => {
  const { record } = accepted();
  let most = 0;
  for (let sequence = 2; sequence <= 5_000; sequence++) {
    record.applyEvent(transition('a', sequence, sequence % 2 === 0 ? 'STARTED' : 'RETRY'), SESSION);
    most = Math.max(most, record.facts.lastLine?.count ?? 0);
    const shown = Math.min(sequence, 510);
    expect([historyLines(record.facts).length, omittedLines(record.facts)]).toEqual([
      shown,
      sequence - shown,
    ]);
  }
  expect(most).toBeLessThanOrEqual(1_010);
  expect(states(record).slice(0, 2)).toEqual(['PENDING', 'STARTED']);
  expect(states(record).at(-1)).toBe('STARTED');
});

test('a custom state covers the one beneath, also of a task whose start is not shown, until the next change', () => {
  const { record, changes } = accepted();
  record.applyEvent(progress('a', 1, 'UPLOADING', { done: 1 }), SESSION);
  expect(shownState(record.facts)).toBe('UPLOADING');
  expect(states(record)).toEqual(['PENDING']);
  record.applyEvent(transition('a', 2, 'SUCCESS', { body: '4' }), SESSION);
  expect(shownState(record.facts)).toBe('SUCCESS');
  expect(changes).toEqual(['accepted', 'progress', 'state']);
});

test('a snapshot tells what it changed: the state, the progress, or neither', () => {
  const { record, changes } = accepted();
  record.applySnapshot(snapshot('a', { waiting: 'worker' }), SESSION);
  record.applySnapshot(snapshot('a', { progress: ['UPLOADING', '1'] }), SESSION);
  record.applySnapshot(snapshot('a', { progress: ['UPLOADING', '1'] }), SESSION);
  record.applySnapshot(
    snapshot('a', { sequence: 2, state: 'STARTED', progress: ['UPLOADING', '2'] }),
    SESSION,
  );
  expect(changes).toEqual(['accepted', 'synced', 'progress', 'synced', 'state', 'progress']);
});

test('nothing changes after the end', () => {
  const { record, changes } = accepted();
  record.applyEvent(transition('a', 2, 'SUCCESS', { body: '4' }), SESSION);
  record.applyEvent(transition('a', 3, 'FAILURE'), SESSION);
  record.break(new Error('late'));
  record.applySnapshot(snapshot('a', { sequence: 9, state: 'FAILURE' }), SESSION);
  expect(record.facts.state).toBe('SUCCESS');
  expect(changes).toEqual(['accepted', 'state']);
});

test('holds the process while somebody waits, and not after the end', () => {
  const { record, held } = accepted();
  expect(held()).toBe(1);
  const stop = record.subscribe(() => {});
  expect(held()).toBe(1);
  stop();
  stop();
  expect(held()).toBe(1);
  record.applyEvent(transition('a', 2, 'SUCCESS', { body: '4' }), SESSION);
  expect(held()).toBe(0);
});

test('what was shown last is told before an end that comes as a snapshot, once and under its own state', () => {
  const { record, changes } = accepted();
  const shown: string[] = [];
  record.subscribe((change) =>
    shown.push(`${change} ${shownState(record.facts)} ${record.facts.progress?.[1]}`),
  );
  record.applyEvent(transition('a', 2, 'STARTED'), SESSION);
  record.applyEvent(progress('a', 2, 'UPLOADING', 1), SESSION);
  record.applySnapshot(
    snapshot('a', { sequence: 3, state: 'SUCCESS', progress: ['UPLOADING', '300'] }),
    SESSION,
  );
  expect(shown.slice(1)).toEqual([
    'progress UPLOADING 1',
    'progress UPLOADING 300',
    'state SUCCESS undefined',
  ]);

  const other = accepted();
  other.record.applyEvent(transition('a', 2, 'STARTED'), SESSION);
  other.record.applyEvent(progress('a', 2, 'UPLOADING', 300), SESSION);
  const end = snapshot('a', { sequence: 3, state: 'SUCCESS', progress: ['UPLOADING', '300'] });
  other.record.applySnapshot(end, SESSION);
  expect(other.changes).toEqual(['accepted', 'state', 'progress', 'state']);
  expect(changes).toEqual(['accepted', 'state', 'progress', 'progress', 'state']);

  const foreign = new TaskRecord('a', null, 'foreign', { acquire: () => {}, release: () => {} });
  const heard: RecordChange[] = [];
  foreign.subscribe((change) => heard.push(change));
  foreign.applySnapshot(end, SESSION);
  expect([heard, foreign.facts.progress]).toEqual([['state'], null]);
});

test('finding 18: a snapshot of a task that is unknown and has ended all the same is told to those who wait', () => {
  const record = new TaskRecord('a', 'add', 'foreign', { acquire() {}, release() {} });
  const changes: RecordChange[] = [];
  record.subscribe((change) => changes.push(change));
  record.applySnapshot(snapshot('a', { known: false, state: 'FAILURE', progress: ['P', '1'] }), SESSION);
  expect(changes).toEqual(['synced']);
});

test('a record that everybody has left, or that has ended, holds no process', () => {
  const step = fc.oneof(
    fc.constant(['waits', 0] as const),
    fc.nat(8).map((which) => ['leaves', which] as const),
    fc.constantFrom('STARTED', 'SUCCESS', 'breaks', 'lost', 'unreachable').map((what) => [what, 0] as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let held = 0;
      const hold = { acquire: () => void held++, release: () => void held-- };
      const record = new TaskRecord('a', 'add', 'unconfirmed', hold);
      record.accept(['a', 1, 'default', true, 1_000], SESSION);
      const leave: (() => void)[] = [];
      for (const [what, which] of steps) {
        const { sequence } = record.facts;
        if (what === 'waits') leave.push(record.subscribe(() => leave[which % leave.length]?.()));
        else if (what === 'leaves') leave[which % Math.max(1, leave.length)]?.();
        else if (what === 'breaks') record.break(new Error('closed'));
        else if (what === 'lost') record.lose(new Error('lost'));
        else if (what === 'unreachable') record.unreachable();
        else if (what === 'STARTED' || what === 'SUCCESS')
          record.applyEvent(transition('a', sequence + 1, what), SESSION);
        expect(held).toBe(record.wanted ? 1 : 0);
        if (record.settled) expect(record.wanted).toBe(false);
      }
      for (const one of leave) one();
      expect([held, record.wanted]).toEqual([0, false]);
    }),
  );
});
