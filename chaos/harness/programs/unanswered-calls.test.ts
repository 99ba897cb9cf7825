import { expect, test } from 'vitest';
import { appendLines, submitEntry } from '../test/journal-lines.ts';
import { unansweredCalls } from './unanswered-calls.ts';

test('calls without an answer are made again; those that were answered, or whose moment is over, are not', () => {
  const journal = appendLines([
    submitEntry(1, 'a', 'invoke'),
    submitEntry(2, 'b', 'invoke'),
    submitEntry(2, 'b', 'ok'),
    submitEntry(3, 'c', 'invoke', { dueAt: 5_000 }),
    submitEntry(4, 'd', 'invoke', { expiresAt: 5_000 }),
  ]);
  expect(unansweredCalls(`${journal}{"half a li`)).toEqual([['a', 'content of a']]);
});
