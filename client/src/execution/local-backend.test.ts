import { CHILDREN } from '@celeriac/protocol/internal';
import { ManualClock } from '@celeriac/runtime/testing';
import { expect, test } from 'vitest';
import { LocalBackend, type LocalTask } from './local-backend.ts';

const task = {} as LocalTask;

test('the oldest that have ended are forgotten beyond twice as many as a task may call', () => {
  const backend = new LocalBackend(new ManualClock(), {} as never);
  backend.began('runs', task);
  for (let number = 0; number < 3 * CHILDREN; number++) {
    backend.began(`${number}`, task);
    backend.ended(`${number}`);
  }
  expect([backend.taskOf('runs'), backend.taskOf('0'), backend.taskOf(`${3 * CHILDREN - 1}`)]).toEqual([
    task,
    undefined,
    task,
  ]);
  const kept = Array.from({ length: 3 * CHILDREN }, (_, number) => backend.taskOf(`${number}`)).filter(
    Boolean,
  );
  expect(kept).toHaveLength(2 * CHILDREN - 1);
  backend.ended('runs');
  expect(LocalBackend.of('runs')).toBeUndefined();
});
