import { expect, test } from 'vitest';
import { ASYNC_DISPOSE, DISPOSE } from './disposal.ts';

test('the keys are those of the language where it has them', () => {
  expect(ASYNC_DISPOSE).toBe(Symbol.asyncDispose);
  expect(DISPOSE).toBe(Symbol.dispose);
});
