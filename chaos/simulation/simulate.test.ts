import { expect, test } from 'vitest';
import { PROMISED_TIMES } from '../checker/promised-times.ts';
import type { Entry } from '../history/entry.ts';
import { describeBroken, isBroken, runCampaign } from './campaign.ts';
import { simulate } from './simulate.ts';

/** More by `npm run simulate`. */
const SEEDS = 250;

test(`no fault of ${SEEDS} seeds loses, repeats or hides anything`, { timeout: 180_000 }, async () => {
  const broken: string[] = [];
  const tally = await runCampaign({ from: 1, seeds: SEEDS, failures: 3 }, simulate, (simulated) => {
    broken.push(describeBroken(simulated));
  });
  expect(broken).toEqual([]);
  // Seeds in which nothing happens prove nothing.
  expect(tally.accepted).toBeGreaterThan(5 * SEEDS);
  expect(tally.faults).toBeGreaterThan(2 * SEEDS);
  expect(tally.explainedDuplicates).toBeGreaterThan(SEEDS / 4);
  expect(tally.staleReports).toBeGreaterThan(SEEDS / 10);
  for (const { what, limitMs } of PROMISED_TIMES) {
    const { count = 0, longestMs = Number.NaN } = tally.recovery.get(what) ?? {};
    expect(count, what).toBeGreaterThan(0);
    expect(longestMs, what).toBeLessThan(2 * limitMs);
  }
});

test('a seed is the same again, to the last entry', async () => {
  for (const seed of [3, 17, 40]) {
    const [first, second] = [await simulate(seed), await simulate(seed)];
    expect(renamed(second.history)).toEqual(renamed(first.history));
    expect(first.history.length).toBeGreaterThan(50);
  }
});

/** Nonces are drawn by the library that makes them, and decide nothing: each becomes its place in the history. */
function renamed(history: readonly Entry[]): string {
  const nonces = new Set(history.flatMap((entry) => ('nonce' in entry ? [entry.nonce] : [])));
  let text = JSON.stringify(history);
  for (const [place, nonce] of [...nonces].entries()) text = text.replaceAll(nonce, `nonce ${place}`);
  return text;
}

test('a campaign ends early when enough has failed, and says how to see it again', async () => {
  const told: string[] = [];
  const sick = async (seed: number): ReturnType<typeof simulate> => ({
    ...(await simulate(1)),
    seed,
    violations: [{ invariant: 'I1', what: 't1 was accepted and is gone' }],
  });
  const tally = await runCampaign({ from: 7, seeds: 100, failures: 2 }, sick, (simulated) => {
    expect(isBroken(simulated)).toBe(true);
    told.push(describeBroken(simulated));
  });
  expect(tally).toMatchObject({ seeds: 2, failed: [7, 8] });
  expect(told[0]).toBe('seed 7:\n  I1: t1 was accepted and is gone\n  again: npm run simulate -- --seed 7');
});
