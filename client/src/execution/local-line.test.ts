import { CHILDREN } from '@celeriac/protocol';
import { ManualClock } from '@celeriac/runtime';
import { expect, test } from 'vitest';
import { LocalBackend, type LocalTask } from './local-backend.ts';

const task = {} as LocalTask;

test('the oldest that have ended are forgotten beyond twice as many as a task may call', () => {
  const line = new LocalBackend(new ManualClock(), {} as never);
  line.began('runs', task);
  for (let number = 0; number < 3 * CHILDREN; number++) {
    line.began(`${number}`, task);
    line.ended(`${number}`);
  }
  expect([line.taskOf('runs'), line.taskOf('0'), line.taskOf(`${3 * CHILDREN - 1}`)]).toEqual([
    task,
    undefined,
    task,
  ]);
  const kept = Array.from({ length: 3 * CHILDREN }, (_, number) => line.taskOf(`${number}`)).filter(Boolean);
  expect(kept).toHaveLength(2 * CHILDREN - 1);
  line.ended('runs');
  expect(LocalBackend.of('runs')).toBeUndefined();
});
