import type { MonitorEvent } from '@celeriac/client';
import { expect, test } from 'vitest';
import { eventLine } from './events.ts';

const AT = new Date(2026, 0, 31, 9, 5, 7, 42);
const ID = '0199f3a0-6f0e-7cc1-b4a7-1f2d3c4b5a69';

function event(type: MonitorEvent['type'], more: Partial<MonitorEvent> = {}): MonitorEvent {
  return { type, timestamp: AT.getTime() / 1_000, clock: 1, uuid: ID, name: 'add', ...more };
}

test('each column begins at the same place', () => {
  const lines = [
    eventLine(event('task-sent', { args: '[2,2]', queue: 'default' }), 200),
    eventLine(event('task-started', { hostname: 'w1' }), 200),
    eventLine(event('task-succeeded', { hostname: 'w1', result: '4', runtime: 0.012 }), 200),
    eventLine(event('task-failed', { hostname: 'w1', exception: 'RangeError: no' }), 200),
    eventLine(
      { type: 'worker-heartbeat', timestamp: AT.getTime() / 1_000, clock: 2, hostname: 'w1', active: 3 },
      200,
    ),
  ];
  expect(lines).toEqual([
    `09:05:07.042  task-sent         ${ID}  add                                 [2,2] to default`,
    `09:05:07.042  task-started      ${ID}  add               w1`,
    `09:05:07.042  task-succeeded    ${ID}  add               w1                4 in 0.012 s`,
    `09:05:07.042  task-failed       ${ID}  add               w1                RangeError: no`,
    `09:05:07.042  worker-heartbeat  ${' '.repeat(36)}                    w1                3 running`,
  ]);
});

test('a terminal cuts it, a pipe gets all of it with the date', () => {
  const long = event('task-failed', { exception: 'x'.repeat(500) });
  expect(eventLine(long, 80)).toHaveLength(80);
  expect(eventLine(long, undefined)).toMatch(new RegExp(`^${AT.toISOString()} .*x{500}$`));
});

test('no text moves the cursor', () => {
  expect(eventLine(event('task-sent', { name: 'a\u001b[2J\nb' }), undefined)).toContain('a?[2J?b');
});

test.each([
  [3, '(3 events are missing here)'],
  [null, '(some events are missing here)'],
])('a gap of %j is %s', (missed, text) => {
  expect(eventLine({ type: 'gap', missed }, 80)).toBe(text);
});
