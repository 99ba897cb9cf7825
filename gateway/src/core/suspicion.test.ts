import { describe, expect, test } from 'vitest';
import { blameOf, isSuspect, type LostRun, sharedLimit, trialAfter } from './suspicion.ts';

const run = (order: number): LostRun => ({ onTrial: false, order });
const onTrial = (order: number): LostRun => ({ onTrial: true, order });

describe('the blame for a lost worker', () => {
  test.each<readonly [string, readonly LostRun[], readonly string[]]>([
    ['is of the only run', [run(5)], ['own']],
    ['is shared by all where none stands trial', [run(5), run(7)], ['shared', 'shared']],
    [
      'is of the one on trial, not of those that it joined',
      [run(1), onTrial(5), run(4)],
      ['none', 'own', 'none'],
    ],
    [
      'is shared with those that have joined it since',
      [run(1), onTrial(5), run(6), run(9)],
      ['none', 'shared', 'shared', 'shared'],
    ],
    [
      'is shared by all where several stand trial',
      [run(1), onTrial(5), onTrial(6)],
      ['shared', 'shared', 'shared'],
    ],
    ['is of nobody where nothing ran', [], []],
  ])('%s', (_, runs, blame) => {
    expect(blameOf(runs)).toEqual(blame);
  });
});

describe('a suspect', () => {
  test.each([
    ['inline', 3, 2],
    ['inline', 9, 2],
    ['inline', 2, 1],
    ['threads', 3, 3],
    ['processes', 3, 3],
  ] as const)('in %s with maxDeliveries %i is what was lost %i times', (pool, most, times) => {
    expect(isSuspect(times - 1, most, pool)).toBe(false);
    expect(isSuspect(times, most, pool)).toBe(true);
  });

  test('is on trial for a little longer than it ran before', () => {
    expect([0, 2_000, 8_000, 3_600_000].map(trialAfter)).toEqual([1_000, 3_000, 10_000, 3_610_000]);
  });

  test('is lost no more often than maxDeliveries allows where that is once', () => {
    expect([1, 2, 3].map(sharedLimit)).toEqual([1, 4, 6]);
  });
});
