import type { Snapshot } from '@celeriac/client';
import { ManualClock } from '@celeriac/runtime/testing';
import { describe, expect, test } from 'vitest';
import { taskLines } from './task.ts';

const clock = new ManualClock(Date.UTC(2026, 0, 1));
const STYLE = { clock, width: undefined };

const TASK: Snapshot = {
  id: 't1',
  name: 'add',
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
  rootId: 't1',
  parentId: null,
  children: [],
  moreChildren: false,
  history: [
    { state: 'PENDING', reason: 'submitted', at: new Date(clock.now() - 5_000), attempt: 0, worker: null },
  ],
  omitted: 0,
  leftOut: [],
  known: true,
  synced: true,
  dateDone: null,
};

test('all that is known of a task stands before its history', () => {
  expect(taskLines(TASK, [2, 'a'], STYLE)).toEqual([
    'task     add',
    'id       t1',
    'state    PENDING',
    'queue    default',
    'worker   -',
    'retries  0',
    'args     [2,"a"]',
    '',
    'AT                        AGE      STATE    REASON     ATTEMPT  WORKER',
    '2025-12-31T23:59:55.000Z  5 s ago  PENDING  submitted  0        -',
  ]);
});

describe('what is told of', () => {
  test.each<[string, Partial<Snapshot>, string]>([
    ['a result', { kind: 'success', state: 'SUCCESS', result: { n: 4 } }, 'result   {"n":4}'],
    [
      'an error',
      { kind: 'failure', state: 'FAILURE', result: new RangeError('too far') },
      'error    RangeError: too far',
    ],
    ['progress', { kind: 'running', state: 'PROGRESS', info: { done: 3 } }, 'info     {"done":3}'],
    ['one that is due later', { waiting: 'due' }, 'state    PENDING, waits until it is due'],
    ['one that nobody runs', { waiting: 'worker' }, 'state    PENDING, waits for a worker of its queue'],
    [
      'one of a queue that nobody serves',
      { waiting: 'worker', lacks: 'queue' },
      "state    PENDING, waits for a worker: none takes tasks from queue 'default'",
    ],
    [
      'one that no worker of its queue has',
      { waiting: 'worker', lacks: 'task' },
      "state    PENDING, waits for a worker: none of those that take from queue 'default' has the task 'add'",
    ],
    [
      'one that nobody has ever had',
      { waiting: 'worker', lacks: 'task', queue: null },
      "state    PENDING, waits for a worker: none has the task 'add'",
    ],
    ['one of a paused queue', { waiting: 'pause' }, 'state    PENDING, waits until its queue is resumed'],
  ])('%s', (_, more, line) => {
    expect(taskLines({ ...TASK, ...more } as Snapshot, undefined, STYLE)).toContain(line);
  });
});

test('a long value is cut, and none moves the cursor', () => {
  const lines = taskLines(
    { ...TASK, kind: 'success', result: `\u001b[2J${'x'.repeat(5_000)}` },
    undefined,
    STYLE,
  );
  const shown = lines.find((line) => line.startsWith('result'));
  expect(shown).toMatch(/^result {3}\?\[2Jx+…$/);
  expect(shown?.length).toBeLessThan(2_100);
});
