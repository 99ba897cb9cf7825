import { expect, test } from 'vitest';
import { NO_OPTIONS } from '../options/options.ts';
import { argumentsOf, type Composition, labelOf, lineOfCall } from './composition.ts';

const add: Composition = { task: 'add', args: ['2', '3'], options: NO_OPTIONS };

test('arguments are JSON where they parse as JSON, else texts', () => {
  const args = ['2', '"2"', 'two', '[1, 2]', '{"a": null}', ''];
  expect(argumentsOf({ ...add, args })).toEqual([2, '2', 'two', [1, 2], { a: null }]);
});

test('a gap before the last argument is an empty text, not a shift', () => {
  expect(argumentsOf({ ...add, args: ['', 'b', ''] })).toEqual(['', 'b']);
});

test('the line is what a reader would write', () => {
  expect(lineOfCall(add)).toBe("const res = app.sendTask('add', [2, 3]);");
  expect(
    lineOfCall({
      ...add,
      args: ["it's", '{"a-b": 1}'],
      options: { ...NO_OPTIONS, queue: 'lopri', retries: '2' },
    }),
  ).toBe(
    "const res = app.sendTask('add', ['it\\'s', { 'a-b': 1 }], { queue: 'lopri', retryPolicy: { maxRetries: 2 } });",
  );
  expect(labelOf(add)).toBe('add(2, 3)');
});
