/** Each thing that is broken on purpose trips the invariant that is there for it. */
import { describe, expect, test } from 'vitest';
import { simulate } from './simulate.ts';
import { TEETH } from './teeth.ts';

/** Twice what the slowest to show itself needs. */
const SEEDS = 120;

describe('a system with', () => {
  test.each(Object.entries(TEETH))(
    '%s is found out',

    async (_, { tooth, trouble, trips }) => {
      const tripped = new Set<string>();
      for (let seed = 1; seed <= SEEDS && !tripped.has(trips); seed++) {
        const { violations } = await simulate(seed, { tooth, trouble });
        for (const { invariant } of violations) tripped.add(invariant);
      }
      expect([...tripped]).toContain(trips);
    },
  );
});

test('and without it, the same troubles break nothing', async () => {
  for (const { trouble } of Object.values(TEETH)) {
    for (let seed = 1; seed <= 5; seed++) expect((await simulate(seed, { trouble })).violations).toEqual([]);
  }
});
