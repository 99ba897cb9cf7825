/** What simulations have found, by name: each failed once. */
import { describe, expect, test } from 'vitest';
import type { PlannedFault } from './fault-plan.ts';
import { simulate } from './simulate.ts';
import { type SimulationPlan, simulatedCall } from './simulated-workload.ts';

describe('a gateway that is killed while it commits a revocation', () => {
  const revokeAt = 1_000;
  const plan: SimulationPlan = {
    clients: 1,
    workers: 1,
    ms: revokeAt,
    calls: [simulatedCall({ id: 't0', at: 100, client: 0, name: 'work', options: null }, { ms: 5_000 })],
    acts: [{ at: revokeAt, client: 0, id: 't0', act: 'revoke' }],
  };
  const killedAt = (at: number): PlannedFault => ({
    at,
    fault: 'gateway-kill',
    target: 'gateway',
    ms: 500,
    towards: true,
    from: true,
    jumpMs: 0,
  });

  test('has stopped nothing that it forgets', async () => {
    for (let ms = 1; ms <= 15; ms++) {
      for (const seed of [1, 2, 3]) {
        const { violations } = await simulate(seed, { plan, faults: [killedAt(revokeAt + ms)] });
        expect(violations).toEqual([]);
      }
    }
  });
});

test.each([
  [6_994, 'nothing comes beside a suspect while its claim takes long'],
  [10_774, 'what ended while nobody looked is no stall'],
  [13_593, 'a revoked task that waits for leave to begin leaves its place free'],
])('seed %i: %s', async (seed) => {
  expect((await simulate(seed)).violations).toEqual([]);
});
