import type { TaskRow } from '@celeriac/client';
import { expect, test } from 'vitest';
import { soonestFirst } from './read-history.ts';

function row(id: string, waiting: TaskRow['waiting'], dueInMs: number): TaskRow {
  const at = new Date(1_000);
  const facts = {
    id,
    name: 'add',
    state: 'PENDING',
    reason: 'submitted',
    waiting,
    queue: 'default',
  } as const;
  const figures = { priority: 0, attempt: 0, retries: 0, submittedAt: at, eta: new Date(1_000 + dueInMs) };
  const nothing = { worker: null, startedAt: null, endedAt: null, expires: null, error: null, shadow: null };
  return { ...facts, ...figures, ...nothing, args: '[]', rootId: id, parentId: null };
}

test('what waits for its time is ordered by it, and what waits for anything else is left out', () => {
  const rows = [
    row('late', 'due', 9),
    row('ready', 'worker', 1),
    row('soon', 'due', 2),
    row('held', 'pause', 3),
  ];
  expect(soonestFirst(rows).map(({ id }) => id)).toEqual(['soon', 'late']);
});
