import { expect, test } from 'vitest';
import { codeText } from './code.ts';

test('what is copied has the numbers as they stand, and the remarks', () => {
  const field = { label: 'x', value: '42', min: 0, max: 99, change: () => {} };
  expect(codeText(['f(', field, '); ', { remark: 'so' }])).toBe('f(42); // so');
});
