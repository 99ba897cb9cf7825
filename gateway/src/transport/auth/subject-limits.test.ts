import { expect, test } from 'vitest';
import { lowerLimits, NO_LIMITS, readClaimedLimits } from './subject-limits.ts';

test.each([
  [undefined, {}],
  [null, {}],
  [{}, {}],
  [{ callsPerSecond: 0.5 }, { callsPerSecond: 0.5 }],
  [
    { callsInFlight: 10, connections: 2, watches: 0, callsPerSecond: null },
    { callsInFlight: 10, connections: 2, watches: 0 },
  ],
])('a claim is read: %j', (claim, limits) => {
  expect(readClaimedLimits(claim)).toEqual({ ...NO_LIMITS, ...limits });
});

test.each([
  [5, 'expected its limits to be an object, got: 5'],
  [[1], 'expected its limits to be an object'],
  [
    { callPerSecond: 5 },
    "expected its limits to be of callsPerSecond, callsInFlight, connections, watches, got: 'callPerSecond'",
  ],
  [JSON.parse('{"__proto__": 5}'), 'expected its limits to be of callsPerSecond'],
  [{ connections: 1.5 }, 'expected its limits.connections to be a number of at least 0, got: 1.5'],
  [{ connections: -1 }, 'expected its limits.connections to be a number of at least 0'],
  [{ callsPerSecond: '5' }, 'expected its limits.callsPerSecond to be a number of at least 0'],
  [
    { callsPerSecond: Number.POSITIVE_INFINITY },
    'expected its limits.callsPerSecond to be a number of at least 0',
  ],
])('a claim that is none is refused: %j', (claim, message) => {
  expect(() => readClaimedLimits(claim)).toThrow(message);
});

test('the lower limit holds, and one that is none is the highest', () => {
  const one = { callsPerSecond: 5, callsInFlight: null, connections: 1, watches: null };
  const other = { callsPerSecond: 3, callsInFlight: 2, connections: 4, watches: null };
  expect(lowerLimits(one, other)).toEqual({
    callsPerSecond: 3,
    callsInFlight: 2,
    connections: 1,
    watches: null,
  });
});
