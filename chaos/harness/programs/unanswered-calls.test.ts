import { expect, test } from 'vitest';
import { appendLines, submit } from '../test/journal.ts';
import { unansweredCalls } from './unanswered-calls.ts';

test('calls without an answer are made again; those that were answered, or whose moment is over, are not', () => {
  const journal = appendLines([
    submit(1, 'a', 'invoke'),
    submit(2, 'b', 'invoke'),
    submit(2, 'b', 'ok'),
    submit(3, 'c', 'invoke', { dueAt: 5_000 }),
    submit(4, 'd', 'invoke', { expiresAt: 5_000 }),
  ]);
  expect(unansweredCalls(`${journal}{"half a li`)).toEqual([['a', 'content of a']]);
});
