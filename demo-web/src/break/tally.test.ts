import type { HistoryEntry, ResultView } from '@celeriac/client';
import { expect, test } from 'vitest';
import { tallyOf } from './tally.ts';

const at = new Date(0);
const entry = (state: HistoryEntry['state'], reason: HistoryEntry['reason']): HistoryEntry => ({
  state,
  reason,
  at,
  attempt: 1,
  worker: null,
});
const pending: ResultView = {
  id: 'a',
  name: 'step',
  state: 'PENDING',
  kind: 'pending',
  result: undefined,
  info: undefined,
  traceback: undefined,
  waiting: null,
  lacks: null,
  queue: 'default',
  worker: null,
  attempt: 0,
  retries: 0,
  rootId: null,
  parentId: null,
  children: [],
  moreChildren: false,
  history: [entry('PENDING', 'submitted')],
  omitted: 0,
  leftOut: [],
  known: true,
  synced: true,
  dateDone: null,
  trouble: null,
};
const ended = (result: number, ...history: readonly HistoryEntry[]): ResultView => ({
  ...pending,
  state: 'SUCCESS',
  kind: 'success',
  result,
  dateDone: at,
  history: [...pending.history, ...history, entry('SUCCESS', 'completed')],
});

test('counts what is right by its value, and what a lost worker gave back', () => {
  const views = [
    ended(0),
    ended(1, entry('STARTED', 'started'), entry('PENDING', 'worker-lost')),
    pending,
    { ...pending, known: false },
  ];
  expect(tallyOf(views)).toEqual({ sent: 4, accepted: 3, right: 2, wrong: 0, lost: 0, runAgain: 1 });
});

test('another value, two ends and no end are told apart', () => {
  const twice = ended(1, entry('SUCCESS', 'completed'));
  const lost = { ...pending, trouble: new Error('gone') };
  expect(tallyOf([ended(7), twice, lost])).toMatchObject({ right: 0, wrong: 2, lost: 1 });
});
