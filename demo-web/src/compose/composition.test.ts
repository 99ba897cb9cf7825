import { expect, test } from 'vitest';
import { argumentsOf, type Composition, labelOf, lineOfCall, optionsOf } from './composition.ts';

const add: Composition = {
  task: 'add',
  args: ['2', '3'],
  queue: '',
  countdown: '',
  priority: '',
  retries: '',
};

test('arguments are JSON where they parse as JSON, else texts', () => {
  const args = ['2', '"2"', 'two', '[1, 2]', '{"a": null}', ''];
  expect(argumentsOf({ ...add, args })).toEqual([2, '2', 'two', [1, 2], { a: null }]);
});

test('a gap before the last argument is an empty text, not a shift', () => {
  expect(argumentsOf({ ...add, args: ['', 'b', ''] })).toEqual(['', 'b']);
});

test('options that are not given are not there', () => {
  expect(optionsOf(add)).toEqual({});
  expect(optionsOf({ ...add, queue: 'lopri', countdown: '1.5', priority: '9', retries: '0' })).toEqual({
    queue: 'lopri',
    countdown: 1.5,
    priority: 9,
    retryPolicy: { maxRetries: 0 },
  });
});

test('the line is what a reader would write', () => {
  expect(lineOfCall(add)).toBe("const res = app.sendTask('add', [2, 3]);");
  expect(lineOfCall({ ...add, args: ["it's", '{"a-b": 1}'], queue: 'lopri', retries: '2' })).toBe(
    "const res = app.sendTask('add', ['it\\'s', { 'a-b': 1 }], { queue: 'lopri', retryPolicy: { maxRetries: 2 } });",
  );
  expect(labelOf(add)).toBe('add(2, 3)');
});
