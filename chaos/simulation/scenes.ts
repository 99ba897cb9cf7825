/** Work and faults that are planned by hand: what random ones come to too seldom. */
import type { PlannedFault } from './fault-plan.ts';
import { type PlannedCall, type SimulationPlan, simulatedCall } from './simulated-workload.ts';

export interface PlannedScene {
  readonly plan: SimulationPlan;
  readonly faults: readonly PlannedFault[];
}

export const SLOTS = 12;
const CALLED_AT = 100;
const QUICK_EVERY_MS = 250;
/** How long a worker is away that was killed. */
export const AWAY_MS = 500;

function call(id: string, script: Parameters<typeof simulatedCall>[1], at = CALLED_AT): PlannedCall {
  return simulatedCall({ id, at, client: 0, name: 'work', options: null }, script);
}

function naps(ms: number, count: number): readonly PlannedCall[] {
  return Array.from({ length: count }, (_, number) => call(`nap ${number}`, { ms }));
}

/** One worker, on which its slots are taken, and quick calls all the time. */
function scene(slow: readonly PlannedCall[], ms: number, kills: readonly number[]): PlannedScene {
  const quick = Array.from({ length: ms / QUICK_EVERY_MS }, (_, number) =>
    call(`quick ${number}`, { ms: 5 }, CALLED_AT + number * QUICK_EVERY_MS),
  );
  const faults = kills.map(
    (at): PlannedFault => ({
      at,
      fault: 'worker-kill',
      target: 'worker-1',
      ms: AWAY_MS,
      towards: true,
      from: true,
      jumpMs: 0,
    }),
  );
  return { plan: { clients: 1, workers: 1, ms, slots: SLOTS, acts: [], calls: [...slow, ...quick] }, faults };
}

export const SCENES = {
  'a full worker is killed': scene(naps(4_000, SLOTS), 20_000, [1_000]),
  'a full worker is killed twice': scene(naps(4_000, SLOTS), 20_000, [1_000, 9_000]),
  'a full worker is killed twice, and one of its tasks does not end': scene(
    [call('endless', { ms: 170_000 }), ...naps(4_000, SLOTS - 1)],
    30_000,
    [1_000, 7_500],
  ),
  'poison among neighbours': scene(
    [...naps(6_000, SLOTS - 1), call('bad', { poison: true }, 1_000)],
    10_000,
    [],
  ),
} as const satisfies Readonly<Record<string, PlannedScene>>;
