/** For each thing that the gateway may be broken in: what brings it out in real processes. */
import type { FaultKind } from '../../history/entry.ts';
import { Chance } from '../../simulation/chance.ts';
import { SABOTAGES } from '../../simulation/sabotages.ts';
import { CAST } from '../cluster.ts';
import type { RunSettings } from '../harness-run.ts';
import { type PlannedStrike, strikeOf } from '../plan.ts';

export interface SabotageRun {
  readonly sabotage: string;
  /** The invariant that it must break. */
  readonly trips: string;
  readonly settings: Omit<RunSettings, 'folder' | 'onProgress'>;
}

interface RunSetup {
  readonly seconds: number;
  readonly strikes?: (chance: Chance, ms: number) => readonly PlannedStrike[];
  readonly given?: Partial<RunSettings>;
}

/** Long enough that a kill finds something under way. */
const COMMIT_MS = 40;
const EVERY_MS = 2_500;
const RATE = 100;
/** Between two rounds, so that neither explains what comes of the other. */
const APART_MS = 18_000;
/** What is lost never ends; nobody waits long for it. */
const DRAIN_MS = 10_000;

const RUNS: Readonly<Record<string, RunSetup>> = {
  'ack before commit': { seconds: 20, strikes: repeated('gateway-kill') },
  'event before commit': { seconds: 20, strikes: repeated('gateway-kill') },
  'no fence': {
    seconds: 50,
    strikes: hungWorkers,
    given: { emphasis: 'stubborn', rate: 5, drainMs: 40_000 },
  },
  'dropped resend': { seconds: 20, strikes: repeated('gateway-kill') },
  'forgotten tombstones': { seconds: 12 },
  'reaping in a stall': { seconds: 40, strikes: cutThenStalled, given: { emphasis: 'stubborn', rate: 5 } },
  'attempt reset on restart': { seconds: 20, strikes: repeated('gateway-kill') },
  // A call is handed over without being woken for, a task whose time has come is not. Somebody else's call would wake
  // what slept over the last one, so they are rare.
  'lost wake-up': { seconds: 60, given: { rate: 1, stallMs: 500, emphasis: 'eta' } },
  'release without grace': { seconds: 15, strikes: repeated('cut') },
};

/** @throws Error for an unknown sabotage */
export function planSabotage(sabotage: string, seed: number): SabotageRun {
  const [named, setup] = [SABOTAGES[sabotage], RUNS[sabotage]];
  if (named === undefined || setup === undefined)
    throw new Error(`expected one of the sabotages ${Object.keys(RUNS).join(', ')}, got: ${sabotage}`);
  const ms = setup.seconds * 1_000;
  return {
    sabotage,
    trips: named.trips,
    settings: {
      seed,
      ms,
      strikes: setup.strikes?.(new Chance(seed, 'faults'), ms) ?? [],
      rate: RATE,
      callers: 20,
      drainMs: DRAIN_MS,
      sabotaged: { sabotage, commitMs: COMMIT_MS },
      emphasis: null,
      ...setup.given,
    },
  };
}

function repeated(fault: FaultKind): (chance: Chance, ms: number) => readonly PlannedStrike[] {
  return (chance, ms) => {
    const strikes: PlannedStrike[] = [];
    for (let at = EVERY_MS; at < ms; at += EVERY_MS)
      strikes.push(strikeOf(chance, fault, CAST, at, { ms: 0 }));
    return strikes;
  };
}

/** Two of four stand still for longer than a lease, and then report what others run by now. */
function hungWorkers(chance: Chance): readonly PlannedStrike[] {
  return CAST.workers
    .slice(0, 2)
    .map((target) => strikeOf(chance, 'worker-stall', CAST, 5_000, { target, ms: 36_000 }));
}

/** Workers that cannot come back before the gateway stands still, and are at its door when it goes on. */
function cutThenStalled(chance: Chance, ms: number): readonly PlannedStrike[] {
  const strikes: PlannedStrike[] = [];
  for (let at = 6_000; at + 9_000 < ms; at += APART_MS) {
    for (const target of CAST.workers) {
      strikes.push(strikeOf(chance, 'cut', CAST, at, { target }));
      strikes.push(
        strikeOf(chance, 'partition', CAST, at + 20, { target, ms: 1_500, towards: true, from: false }),
      );
    }
    strikes.push(strikeOf(chance, 'gateway-stall', CAST, at + 600, { ms: 7_000 }));
  }
  return strikes.sort((one, other) => one.at - other.at);
}
