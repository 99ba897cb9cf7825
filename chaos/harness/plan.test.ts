import { expect, test } from 'vitest';
import { Chance } from '../simulation/chance.ts';
import { planStrikes, TROUBLES, type TroubleKind } from './plan.ts';

const CAST = { workers: ['worker-1', 'worker-2'], clients: ['client-1'] };
const TEN_MINUTES = 600_000;

function plan(seed: number, troubles: readonly TroubleKind[] = TROUBLES, ms = TEN_MINUTES) {
  return planStrikes(new Chance(seed, 'faults'), troubles, CAST, ms);
}

test('the same seed plans the same faults, another one others', () => {
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
});

test('ten minutes have at least 150 faults, of every kind, in order and in time', () => {
  const strikes = plan(1);
  expect(strikes.length).toBeGreaterThan(150);
  expect(new Set(strikes.map(({ fault }) => fault)).size).toBe(16);
  const times = strikes.map(({ at }) => at);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  expect(times.at(-1)).toBeLessThan(TEN_MINUTES);
  expect(times[0]).toBeGreaterThan(10_000);
});

test('what kills begins with the death of all workers at once', () => {
  const first = plan(1, ['kill']).slice(0, CAST.workers.length);
  expect(first.map(({ fault, target }) => [fault, target])).toEqual(
    CAST.workers.map((worker) => ['worker-kill', worker]),
  );
  expect(new Set(first.map(({ at }) => at)).size).toBe(1);
});

test('only what was asked for happens', () => {
  const faults = new Set(plan(1, ['roll']).map(({ fault }) => fault));
  expect([...faults].sort()).toEqual(['gateway-stop', 'worker-stop']);
});

test('a fault strikes who can suffer it', () => {
  for (const { fault, target } of plan(1)) {
    if (/^(worker|client|gateway)-/.test(fault)) expect(target).toMatch(fault.split('-')[0] ?? '');
    if (fault.startsWith('commit') || fault.endsWith('disk')) expect(target).toBe('gateway');
    if (fault === 'cut' || fault === 'partition') expect(target).not.toBe('gateway');
  }
});

test('in a short run no fault takes more than a quarter of it', () => {
  expect(Math.max(...plan(1, TROUBLES, 40_000).map(({ ms }) => ms))).toBeLessThanOrEqual(10_000);
});
