import { expect, test } from 'vitest';
import { type Measured, medianOf, ratioOf, ratios, rounded, SPEED, table } from './table.ts';

const ours: Measured = {
  key: 'ours',
  name: 'ours',
  passes: [
    { p50Ms: 0.5, coldPerSecond: 20_000 },
    { p50Ms: 0.7, coldPerSecond: 10_000 },
    { p50Ms: 0.4, coldPerSecond: 30_000 },
  ],
};
const peer: Measured = {
  key: 'peer',
  name: 'peer',
  passes: [{ coldPerSecond: 10_000 }, { coldPerSecond: 5_000 }, { coldPerSecond: 10_000 }],
};
const absent: Measured = { key: 'absent', name: 'absent', passes: [{}, {}] };

test('a figure is the median of the passes that have it', () => {
  expect(medianOf(ours, 'p50Ms')).toBe(0.5);
  expect(medianOf({ ...ours, passes: [{}, { p50Ms: 2 }] }, 'p50Ms')).toBe(2);
  expect(medianOf(absent, 'p50Ms')).toBeNaN();
});

test('a ratio is the median of the ratios within each pass', () => {
  expect(ratioOf(ours, peer, 'coldPerSecond')).toBe(2);
  expect(ratioOf(ours, peer, 'p50Ms')).toBeNaN();
});

test('a rate keeps three digits', () => {
  expect([0.4, 12, 999, 12_345, 158_912].map(rounded)).toEqual(['0', '12', '999', '12,300', '159,000']);
  expect(rounded(Number.NaN)).toBe('–');
});

test('a table leaves out the columns and the rows in which nothing was measured', () => {
  expect(table([ours, peer, absent], SPEED)).toBe(
    [
      '|  | one call, awaited: p50 · p95 · p99 ms | a burst until the caller has all results, /s: cold · hot |',
      '| --- | --- | --- |',
      '| ours | 0.50 · – · – | 20,000 · – |',
      '| peer | – | 10,000 · – |',
    ].join('\n'),
  );
  expect(table([absent], SPEED)).toBe('');
});

test('ratios leave out a pair that has no figure in common', () => {
  expect(ratios([ours], [ours, peer, absent])).toBe(
    [
      '| ÷ | one call p50 | burst cold | burst hot | accepted |',
      '| --- | --- | --- | --- | --- |',
      '| ours ÷ peer | – | 2.00 | – | – |',
    ].join('\n'),
  );
});
