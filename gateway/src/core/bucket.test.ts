import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { giveBack, isUsedUp, LATE_MS, nextTokenAt, spacingOf, take, tokensAt } from './bucket.ts';

/** Takes whatever there is each time it is woken, which is late by as much as `late` says. */
function runsWithin(perHour: number, lengthMs: number, late: () => number): number {
  const spacing = spacingOf(perHour);
  let dueAt = Number.NEGATIVE_INFINITY;
  let runs = 0;
  for (let now = 0; now < lengthMs; now = Math.max(now, nextTokenAt(dueAt)) + late()) {
    const tokens = tokensAt(dueAt, spacing, now);
    dueAt = take(dueAt, spacing, tokens, now);
    runs += tokens;
  }
  return runs;
}

describe('a bucket', () => {
  test('holds one token, and a tenth of a second of them', () => {
    expect(tokensAt(Number.NEGATIVE_INFINITY, spacingOf(5), 0)).toBe(1);
    expect(tokensAt(0, spacingOf(3_600), 1e9)).toBe(1);
    expect(tokensAt(0, spacingOf(50 * 3_600), 1e9)).toBe(6);
  });

  test('has a token again when it says, and not before', () => {
    const spacing = spacingOf(10 * 3_600);
    const dueAt = take(0, spacing, tokensAt(0, spacing, 1_000), 1_000);
    const next = nextTokenAt(dueAt);
    expect([tokensAt(dueAt, spacing, next - 1), tokensAt(dueAt, spacing, next)]).toEqual([0, 1]);
    expect(next).toBeGreaterThan(1_000);
    expect(next).toBeLessThanOrEqual(1_000 + spacing + LATE_MS);
  });

  test('is used up while every token is taken as it comes, also in the moment before that', () => {
    const spacing = spacingOf(50 * 3_600);
    expect(isUsedUp(Number.NEGATIVE_INFINITY, spacing, 0)).toBe(false);
    let dueAt = take(Number.NEGATIVE_INFINITY, spacing, tokensAt(Number.NEGATIVE_INFINITY, spacing, 0), 0);
    for (let now = nextTokenAt(dueAt); now < 1_000; now = nextTokenAt(dueAt)) {
      expect(tokensAt(dueAt, spacing, now)).toBe(1);
      expect(isUsedUp(dueAt, spacing, now)).toBe(true);
      dueAt = take(dueAt, spacing, 1, now);
      expect(isUsedUp(dueAt, spacing, now)).toBe(true);
    }
    expect(isUsedUp(dueAt, spacing, dueAt)).toBe(false);
    expect(isUsedUp(dueAt, spacingOf(5), dueAt - 1)).toBe(true);
  });

  test('is as full as before when what was taken is given back', () => {
    const spacing = spacingOf(50 * 3_600);
    const dueAt = take(7, spacing, 4, 1_000);
    expect(tokensAt(giveBack(dueAt, spacing, 4), spacing, 1_000)).toBe(6);
    expect(tokensAt(giveBack(dueAt, spacing, 1), spacing, 1_000)).toBe(3);
  });

  test('keeps a rate within 5 % over five seconds, though its keeper is late each time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 5_000 }),
        fc.array(fc.double({ min: 0.1, max: 8, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (perSecond, delays) => {
          let turn = 0;
          const runs = runsWithin(perSecond * 3_600, 5_000, () => delays[turn++ % delays.length] ?? 1);
          expect(Math.abs(runs / (5 * perSecond) - 1)).toBeLessThanOrEqual(0.05);
        },
      ),
    );
  });
});
