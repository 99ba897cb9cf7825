import { expect, test } from 'vitest';
import { assignment } from '../../test/assignment.ts';
import { TestAttempts } from '../../test/test-attempts.ts';
import type { Attempt } from './attempt.ts';
import { WaitingLine } from './waiting-line.ts';

const tests = new TestAttempts();
const attempts = (count: number): readonly Attempt[] =>
  Array.from({ length: count }, () => tests.assign(assignment('work')));

test('gives what waits in order of arrival, and passes over what does not any more', () => {
  const line = new WaitingLine();
  const all = attempts(200);
  for (const attempt of all) line.add(attempt);
  const gone = all.filter((_, position) => position % 3 === 0);
  for (const attempt of gone) attempt.phase = 'gone';
  const taken = Array.from({ length: 100 }, () => line.take());
  const waiting = all.filter(({ phase }) => phase === 'waiting');
  expect(taken).toEqual(waiting.slice(0, 100));
  line.putBack([...waiting.slice(0, 2)]);
  const [late] = attempts(1);
  if (late !== undefined) line.add(late);
  const rest = Array.from({ length: 37 }, () => line.take());
  expect(rest).toEqual([...waiting.slice(0, 2), ...waiting.slice(100), late, undefined]);
  if (late !== undefined) line.add(late);
  expect([line.take(), line.take()]).toEqual([late, undefined]);
});
