import { expect, test } from 'vitest';
import { readTaskArgument } from './task-argument.ts';

test.each([
  ['2', 2],
  ['-2.5', -2.5],
  ['true', true],
  ['null', null],
  ['"2"', '2'],
  ['[1,"a"]', [1, 'a']],
  ['{"a":1}', { a: 1 }],
  ['a.mov', 'a.mov'],
  ['', ''],
  ['NaN', 'NaN'],
  ['{a:1}', '{a:1}'],
])('%s is %j', (text, value) => {
  expect(readTaskArgument(text)).toEqual(value);
});
