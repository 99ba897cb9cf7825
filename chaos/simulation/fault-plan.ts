/** What goes wrong in a simulation, and when. Planned ahead from the seed, so that it is the same again. */
import { FAULTS, type FaultKind } from '../history/entry.ts';
import type { Chance } from './chance.ts';
import type { SimulationPlan } from './simulated-workload.ts';

export interface PlannedFault {
  readonly at: number;
  readonly fault: FaultKind;
  /** The process it strikes: `worker-1`, `client-1`, `gateway`. */
  readonly target: string;
  /** Until it is mended: down time, pause, partition. */
  readonly ms: number;
  /** Which directions a partition holds up. */
  readonly towards: boolean;
  readonly from: boolean;
  /** Of a clock. */
  readonly jumpMs: number;
}

/** What a seed is about: one kind of trouble shows its bugs best alone, and the mix shows the rest. */
const TROUBLES: readonly (readonly [faults: readonly FaultKind[], weight: number])[] = [
  [[], 1],
  [['gateway-kill'], 4],
  [['gateway-stop'], 1],
  [['worker-kill'], 3],
  [['worker-stop'], 1],
  [['cut'], 3],
  [['partition'], 2],
  [['worker-stall'], 2],
  [['gateway-stall'], 2],
  [['gateway-stall', 'cut'], 2],
  [['gateway-kill', 'cut', 'slow-link'], 2],
  [['commit-error', 'commit-error-done', 'slow-disk', 'disk-full'], 2],
  [['clock-jump', 'gateway-kill'], 1],
  [['client-kill', 'client-stall', 'cut'], 2],
  [['gateway-kill', 'gateway-stop', 'worker-kill', 'worker-stop'], 2],
  [FAULTS, 6],
];

export function planTrouble(chance: Chance): FaultSettings {
  return { kinds: chance.weighted(TROUBLES) };
}

export interface FaultSettings {
  /** What may go wrong; nothing, where there is none. */
  readonly kinds: readonly FaultKind[];
  /** How long each lasts; left out, for as long as its kind may. */
  readonly ms?: number;
}

export function planFaults(
  chance: Chance,
  { kinds, ms: lengthMs }: FaultSettings,
  { clients, workers, ms }: Pick<SimulationPlan, 'clients' | 'workers' | 'ms'>,
): readonly PlannedFault[] {
  if (kinds.length === 0) return [];
  const faults: PlannedFault[] = [];
  const count = chance.between(1, 6);
  for (let number = 0; number < count; number++) {
    const fault = chance.oneOf(kinds);
    // A little before something has begun, and a little after all was called. Troubles come together.
    const last = faults.at(-1);
    const together = last !== undefined && chance.happens(0.5);
    const at = together ? last.at + chance.between(0, 300) : chance.between(0, ms + 3_000);
    const way = chance.between(0, 2);
    faults.push({
      at,
      fault,
      target: targetOf(fault, chance, clients, workers),
      ms: lengthMs ?? lengthOf(fault, chance),
      towards: way !== 1,
      from: way !== 0,
      jumpMs: chance.oneOf([-40_000, -5_000, 1_000, 5_000, 40_000, 3_600_000]),
    });
  }
  return faults.sort((one, other) => one.at - other.at);
}

function targetOf(fault: FaultKind, chance: Chance, clients: number, workers: number): string {
  const worker = `worker-${chance.between(1, workers)}`;
  const client = `client-${chance.between(1, clients)}`;
  if (fault.startsWith('worker')) return worker;
  if (fault.startsWith('client')) return client;
  if (fault === 'cut' || fault === 'partition' || fault === 'slow-link')
    return chance.happens(0.7) ? worker : client;
  if (fault === 'clock-jump') return chance.oneOf(['gateway', worker, client]);
  return 'gateway';
}

function lengthOf(fault: FaultKind, chance: Chance): number {
  switch (fault) {
    case 'gateway-kill':
    case 'gateway-stop':
    case 'commit-error':
    case 'commit-error-done':
      return chance.oneOf([10, 500, 3_000, 15_000]);
    case 'worker-kill':
    case 'worker-stop':
    case 'client-kill':
      return chance.oneOf([10, 1_000, 10_000]);
    case 'worker-stall':
    case 'gateway-stall':
    case 'client-stall':
    case 'partition':
      return chance.oneOf([100, 2_000, 7_000, 20_000, 40_000]);
    case 'slow-link':
    case 'slow-disk':
    case 'disk-full':
      return chance.between(1_000, 10_000);
    default:
      return 0;
  }
}
