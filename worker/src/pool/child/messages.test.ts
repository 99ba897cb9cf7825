import { expect, test } from 'vitest';
import { isFromChild } from './child-messages.ts';

const MEMORY = { rss: 1, heap: 1 };

test.each([
  [['ready', MEMORY]],
  [['broken', 'why']],
  [['broken', 'why', true]],
  [['progress', 'P', '{}']],
  [['progress', 'P', ['text/x', 'body']]],
  [['chunk', '1']],
  [['waits', true]],
  [['entered']],
  [['settled', ['success', '1'], ['id'], MEMORY]],
  [['settled', ['success', '1'], ['id'], MEMORY, true]],
  [['followed', MEMORY]],
  [['line', '{}']],
  [['call', ['open', 1]]],
  [['call', ['send', 1, 'submit', []]]],
  [['call', ['ask', 1, 'get', ['id'], 7]]],
  [['call', ['close', 1]]],
  [['ended']],
])('%j is a message of ours', (message) => {
  expect(isFromChild(message)).toBe(true);
});

test.each([
  ['text'],
  [null],
  [{ cmd: 'ready' }],
  [[]],
  [['ready']],
  [['unknown']],
  [['broken', 'why', 1]],
  [['constructor']],
  [['progress', 'P']],
  [['chunk', 1]],
  [['waits', 1]],
  [['settled', 'success', [], MEMORY]],
  [['settled', ['success', '1'], [1], MEMORY]],
  [['settled', ['success', '1'], []]],
  [['settled', ['won', '1'], [], MEMORY]],
  [['settled', ['success', 5], [], MEMORY]],
  [['settled', ['success', '1'], [], MEMORY, 'yes']],
  [['followed']],
  [['call', ['open']]],
  [['call', ['send', 1, 'reboot', []]]],
  [['call', ['send', 1, 'get', []]]],
  [['call', ['ask', 1, 'get', []]]],
  [['call', ['ask', 1, 'submit', [], 7]]],
  [['call', ['ask', 1, 'constructor', [], 7]]],
  // Extensions may not send frames about the connection itself.
  [['call', ['ask', 1, 'refresh', 'x', 7]]],
  [['call', null]],
])('%j is none', (message) => {
  expect(isFromChild(message)).toBe(false);
});
