import { expect, test } from 'vitest';
import { describeHeld } from './hello.ts';

test('progress that would make the hello too long is told after the welcome', () => {
  const large = `"${'x'.repeat(150_000)}"`;
  const { held, untold } = describeHeld(
    [
      ['i', 1, 'a', true, ['P', large]],
      ['j', 1, 'b', true, ['P', large]],
      ['k', 2, 'c', false, null],
    ],
    [['d', 'l', 3, ['ignored']]],
  );
  expect(
    held.map(([id, attempt, nonce, started, progress]) => [id, attempt, nonce, started, progress !== null]),
  ).toEqual([
    ['i', 1, 'a', true, true],
    ['j', 1, 'b', true, false],
    ['k', 2, 'c', false, false],
    ['l', 3, 'd', true, false],
  ]);
  expect(untold).toEqual([['b', 'P', large]]);
});
