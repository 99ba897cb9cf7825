import { expect, test } from 'vitest';
import { readFromChild } from './child-messages.ts';

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
  expect(readFromChild(message)).toEqual(message);
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
  // What the gateway could not read would cost the worker its connection, again and again.
  [['progress', '', '{}']],
  [['progress', 'x'.repeat(101), '{}']],
  [['progress', 'P', ['x'.repeat(101), 'body']]],
  [['chunk', ['', 'body']]],
  [['settled', ['success', ['x'.repeat(101), 'body']], [], MEMORY]],
  [['settled', ['success', '1'], ['x'.repeat(256)], MEMORY]],
  [['settled', ['success', '1'], Array.from({ length: 1_002 }, () => 'id'), MEMORY]],
  [['settled', ['retry', '', '', -1], [], MEMORY]],
  [['ready', { rss: '1', heap: 1 }]],
  [['followed', { rss: 1, heap: Number.NaN }]],
  [['followed', { rss: 1e308, heap: 1 }]],
])('%j is none', (message) => {
  expect(readFromChild(message)).toBeUndefined();
});

test('what stands behind a message of ours is left out', () => {
  const bare = ['settled', ['success', '1'], [], MEMORY] as const;
  const more = { rss: 1, heap: 1, big: 1n };
  expect(readFromChild(['settled', ['success', '1', 1n], [], more, true, 1n])).toEqual([...bare, true]);
  expect(readFromChild(['entered', 1n])).toEqual(['entered']);
});
