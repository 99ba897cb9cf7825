import { expect, test } from 'vitest';
import { SABOTAGES } from '../../simulation/sabotages.ts';
import { planSabotage } from './sabotage-runs.ts';

test.for(Object.entries(SABOTAGES))(
  '%s has a run that brings it out, within a minute',
  ([sabotage, { trips }]) => {
    const planned = planSabotage(sabotage, 1);
    expect(planned).toMatchObject({ sabotage, trips, settings: { sabotaged: { sabotage } } });
    expect(planned.settings.ms).toBeLessThanOrEqual(60_000);
    const times = planned.settings.strikes.map(({ at }) => at);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(times.at(-1) ?? 0).toBeLessThan(planned.settings.ms);
  },
);

test('an unknown sabotage is refused with the names of all', () => {
  expect(() => planSabotage('nothing', 1)).toThrow(
    /expected one of the sabotages ack before commit, .*, got: nothing/,
  );
});
