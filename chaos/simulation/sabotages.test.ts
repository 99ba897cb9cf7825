/** Each thing that is broken on purpose trips the invariant that is there for it. */
import { describe, expect, test } from 'vitest';
import { SABOTAGES } from './sabotages.ts';
import { simulate } from './simulate.ts';

/** Twice what the slowest to show itself needs. */
const SEEDS = 120;

describe('a system with', () => {
  test.each(Object.entries(SABOTAGES))(
    '%s is found out',

    async (_, { sabotage, trouble, trips }) => {
      const tripped = new Set<string>();
      for (let seed = 1; seed <= SEEDS && !tripped.has(trips); seed++) {
        const { violations } = await simulate(seed, { sabotage, trouble });
        for (const { invariant } of violations) tripped.add(invariant);
      }
      expect([...tripped]).toContain(trips);
    },
  );
});

test('and without it, the same troubles break nothing', async () => {
  for (const { trouble } of Object.values(SABOTAGES)) {
    for (let seed = 1; seed <= 5; seed++) expect((await simulate(seed, { trouble })).violations).toEqual([]);
  }
});
