import { describe, expect, test } from 'vitest';
import { type Content, contentHash, sameContent } from './content.ts';

const CONTENT: Content = { name: 'add', args: '[2,2]', call: { queue: 'q', priority: 1 } };

test('equal calls are the same, and hash the same', () => {
  const other: Content = { ...CONTENT, call: { queue: 'q', priority: 1 } };
  expect(sameContent(CONTENT, other)).toBe(true);
  expect(contentHash(CONTENT)).toBe(contentHash(other));
});

describe('a call is another one', () => {
  test.each<[string, Content]>([
    ['by its name', { ...CONTENT, name: 'mul' }],
    ['by its arguments', { ...CONTENT, args: '[2, 2]' }],
    ['by its serializer', { ...CONTENT, args: ['text/x-mine', '[2,2]'] }],
    ['by its options', { ...CONTENT, call: { queue: 'q', priority: 2 } }],
    ['by having none', { ...CONTENT, call: null }],
    ['by a text that would run into its neighbour', { ...CONTENT, name: 'add"', args: '[2,2]' }],
  ])('%s', (_, other) => {
    expect(sameContent(CONTENT, other)).toBe(false);
    expect(contentHash(CONTENT)).not.toBe(contentHash(other));
  });
});
