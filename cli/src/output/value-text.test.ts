import { expect, test } from 'vitest';
import { jsonOrText, valueText } from './value-text.ts';

const cycle: { self?: unknown } = {};
cycle.self = cycle;

test.each([
  ['text', 'text'],
  [4, '4'],
  [{ a: [1, null] }, '{"a":[1,null]}'],
  [new Map([['a', new Date(0)]]), "Map(1) { 'a' => 1970-01-01T00:00:00.000Z }"],
  [Number.NaN, 'NaN'],
  [12n, '12n'],
  [cycle, '<ref *1> { self: [Circular *1] }'],
])('a value is one line: %#', (value, line) => {
  expect(valueText(value)).toBe(line);
});

test('what JSON tells stays data, the rest is text', () => {
  expect(jsonOrText({ a: 1 })).toEqual({ a: 1 });
  expect(jsonOrText(undefined)).toBeUndefined();
  expect(jsonOrText(new Set([1]))).toBe('Set(1) { 1 }');
});
