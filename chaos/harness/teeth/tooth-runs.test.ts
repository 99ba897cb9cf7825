import { expect, test } from 'vitest';
import { TEETH } from '../../simulation/teeth.ts';
import { planTooth } from './tooth-runs.ts';

test.for(Object.entries(TEETH))('%s has a run that brings it out, within a minute', ([tooth, { trips }]) => {
  const planned = planTooth(tooth, 1);
  expect(planned).toMatchObject({ tooth, trips, settings: { broken: { tooth } } });
  expect(planned.settings.ms).toBeLessThanOrEqual(60_000);
  const times = planned.settings.strikes.map(({ at }) => at);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  expect(times.at(-1) ?? 0).toBeLessThan(planned.settings.ms);
});

test('a tooth that nobody knows is named, with those that are', () => {
  expect(() => planTooth('wisdom', 1)).toThrow(/expected a tooth of ack before commit, .*, got: wisdom/);
});
