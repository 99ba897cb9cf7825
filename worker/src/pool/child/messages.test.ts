import { expect, test } from 'vitest';
import { isFromChild } from './messages.ts';

const MEMORY = { rss: 1, heap: 1 };

test.each([
  [['ready']],
  [['broken', 'why']],
  [['progress', 'P', '{}']],
  [['progress', 'P', ['text/x', 'body']]],
  [['chunk', '1']],
  [['waits', true]],
  [['settled', ['success', '1'], ['id'], MEMORY]],
  [['line', '{}']],
  [['ask', 1]],
  [['ended']],
])('%j is a message of ours', (message) => {
  expect(isFromChild(message)).toBe(true);
});

test.each([
  ['text'],
  [null],
  [{ cmd: 'ready' }],
  [[]],
  [['unknown']],
  [['constructor']],
  [['progress', 'P']],
  [['chunk', 1]],
  [['waits', 1]],
  [['settled', 'success', [], MEMORY]],
  [['settled', ['success', '1'], [1], MEMORY]],
  [['settled', ['success', '1'], []]],
  [['ask', '1']],
])('%j is none', (message) => {
  expect(isFromChild(message)).toBe(false);
});
