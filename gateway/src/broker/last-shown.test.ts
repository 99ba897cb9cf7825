import { expect, test } from 'vitest';
import { ENTRY_SIZE, LastShown } from './last-shown.ts';

test('is known by task and attempt, and told once where nobody has seen it', () => {
  const last = new LastShown();
  last.keep({ id: 'a', attempt: 1 }, ['P', '1'], true);
  expect(last.of({ id: 'a', attempt: 2 })).toBeUndefined();
  expect(last.takeUnseen({ id: 'a', attempt: 2 })).toBeUndefined();
  expect(last.takeUnseen({ id: 'a', attempt: 1 })).toEqual(['P', '1']);
  expect(last.takeUnseen({ id: 'a', attempt: 1 })).toBeUndefined();
  expect(last.of({ id: 'a', attempt: 1 })).toEqual(['P', '1']);
  last.keep({ id: 'a', attempt: 2 }, ['P', '2'], false);
  expect(last.takeUnseen({ id: 'a', attempt: 2 })).toBeUndefined();
  expect(last.of({ id: 'a', attempt: 1 })).toBeUndefined();
});

test('has a bound: the oldest go first', () => {
  const last = new LastShown(2 * ENTRY_SIZE + 10);
  const keep = (id: string, meta: string): void => last.keep({ id, attempt: 1 }, ['P', meta], false);
  const known = (): readonly string[] =>
    ['a', 'b', 'c'].filter((id) => last.of({ id, attempt: 1 }) !== undefined);
  keep('a', '123');
  keep('b', '123');
  expect(known()).toEqual(['a', 'b']);
  keep('a', '123');
  keep('c', '1');
  expect(known()).toEqual(['a', 'c']);
  keep('b', '1'.repeat(2 * ENTRY_SIZE));
  expect(known()).toEqual([]);
  keep('b', '1');
  expect(known()).toEqual(['b']);
});
