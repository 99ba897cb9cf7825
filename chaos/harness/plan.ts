/** What goes wrong in a run, and when: planned ahead from the seed, so that it is the same again. */
import type { FaultKind } from '../history/entry.ts';
import type { Chance } from '../simulation/chance.ts';

export const TROUBLES = ['kill', 'stop', 'net', 'disk', 'clock', 'roll', 'mix'] as const;
export type TroubleKind = (typeof TROUBLES)[number];

export interface PlannedStrike {
  /** Since the run began, in milliseconds. */
  readonly at: number;
  readonly fault: FaultKind;
  /** The process it strikes, or whose link. */
  readonly target: string;
  /** Until it is mended. */
  readonly ms: number;
  /** Which directions a partition holds up. */
  readonly towards: boolean;
  readonly from: boolean;
  /** Of a clock. A jump back is mended; one forward stays. */
  readonly jumpMs: number;
  /** Of a slow link; 0 leaves chunks whole. */
  readonly sliceBytes: number;
}

export interface Cast {
  readonly workers: readonly string[];
  readonly clients: readonly string[];
}

/** One trouble: its faults by weight, how long until the next one, and its share of the time. */
interface Chapter {
  readonly faults: readonly (readonly [fault: FaultKind, weight: number])[];
  readonly everyMs: readonly [low: number, high: number];
  readonly share: number;
  /** Strikes all workers at once, first: whatever they run is lost together, as in a power cut. */
  readonly opening?: FaultKind;
}

const CHAPTERS: Readonly<Record<TroubleKind, readonly Chapter[]>> = {
  // One after the other first: what follows from a worker's death alone is seen where nothing else dies.
  kill: [
    { faults: [['worker-kill', 1]], everyMs: [1_000, 3_000], share: 9, opening: 'worker-kill' },
    {
      faults: [
        ['worker-kill', 2],
        ['gateway-kill', 3],
        ['client-kill', 1],
      ],
      everyMs: [1_500, 3_500],
      share: 9,
    },
  ],
  stop: [
    {
      faults: [
        ['worker-stall', 4],
        ['gateway-stall', 1],
        ['client-stall', 1],
      ],
      everyMs: [2_500, 5_000],
      share: 18,
    },
  ],
  net: [
    {
      faults: [
        ['partition', 2],
        ['cut', 2],
        ['slow-link', 2],
      ],
      everyMs: [1_200, 3_200],
      share: 15,
    },
  ],
  disk: [
    {
      faults: [
        ['commit-error', 2],
        ['commit-error-done', 2],
        ['disk-full', 2],
        ['slow-disk', 1],
      ],
      everyMs: [3_500, 6_000],
      share: 12,
    },
  ],
  clock: [{ faults: [['clock-jump', 1]], everyMs: [2_000, 5_000], share: 7 }],
  roll: [
    {
      faults: [
        ['worker-stop', 2],
        ['gateway-stop', 1],
      ],
      everyMs: [2_000, 4_000],
      share: 8,
    },
  ],
  mix: [
    {
      faults: [
        ['worker-kill', 4],
        ['gateway-kill', 2],
        ['client-kill', 1],
        ['worker-stall', 2],
        ['gateway-stall', 1],
        ['client-stall', 1],
        ['partition', 2],
        ['cut', 2],
        ['slow-link', 2],
        ['slow-disk', 1],
        ['commit-error', 1],
        ['commit-error-done', 1],
        ['disk-full', 1],
        ['clock-jump', 1],
        ['worker-stop', 1],
        ['gateway-stop', 1],
      ],
      everyMs: [1_200, 3_200],
      share: 20,
    },
  ],
};

/** How long they are away then. */
const OPENING_MS = 500;
/** Of the whole, before the first fault: what a healthy system does. */
const PEACE = 0.04;
/** The longest that a process stands still. */
const LONGEST_STALL_MS = 40_000;

export function planStrikes(
  chance: Chance,
  troubles: readonly TroubleKind[],
  cast: Cast,
  ms: number,
): readonly PlannedStrike[] {
  const strikes: PlannedStrike[] = [];
  const chapters = troubles.flatMap((trouble) => CHAPTERS[trouble]);
  const shares = chapters.reduce((sum, { share }) => sum + share, 0);
  let begins = ms * PEACE;
  for (const { faults, everyMs, share, opening } of chapters) {
    if (opening !== undefined)
      for (const target of cast.workers)
        strikes.push(strikeOf(chance, opening, cast, Math.round(begins), { target, ms: OPENING_MS }));
    const ends = begins + (ms * (1 - PEACE) * share) / shares;
    for (let at = begins; at < ends; at += chance.between(...everyMs))
      strikes.push(shortened(strikeOf(chance, chance.weighted(faults), cast, Math.round(at)), ms));
    begins = ends;
  }
  return strikes;
}

/** A short run has no time for long faults. */
function shortened(strike: PlannedStrike, ms: number): PlannedStrike {
  return { ...strike, ms: Math.min(strike.ms, ms / 4) };
}

/** @param given what is not left to chance */
export function strikeOf(
  chance: Chance,
  fault: FaultKind,
  cast: Cast,
  at: number,
  given: Partial<PlannedStrike> = {},
): PlannedStrike {
  const way = chance.between(0, 2);
  return {
    at,
    fault,
    target: targetOf(fault, chance, cast),
    ms: lengthOf(fault, chance),
    towards: way !== 1,
    from: way !== 0,
    jumpMs: chance.oneOf([-3_600_000, -40_000, -5_000, 5_000, 40_000, 3_600_000]),
    sliceBytes: chance.oneOf([0, 16, 100]),
    ...given,
  };
}

function targetOf(fault: FaultKind, chance: Chance, { workers, clients }: Cast): string {
  if (fault.startsWith('worker')) return chance.oneOf(workers);
  if (fault.startsWith('client')) return chance.oneOf(clients);
  if (fault === 'cut' || fault === 'partition' || fault === 'slow-link')
    return chance.happens(0.7) ? chance.oneOf(workers) : chance.oneOf(clients);
  if (fault === 'clock-jump') return chance.oneOf(['gateway', ...workers, ...clients]);
  return 'gateway';
}

function lengthOf(fault: FaultKind, chance: Chance): number {
  switch (fault) {
    case 'worker-kill':
      // The last one is longer than the grace: its tasks are to begin elsewhere.
      return chance.oneOf([100, 500, 1_500, 9_000]);
    case 'client-kill':
      return chance.oneOf([100, 1_000, 4_000]);
    case 'gateway-kill':
      return chance.oneOf([0, 0, 500, 2_000]);
    case 'commit-error':
    case 'commit-error-done':
    case 'worker-stop':
    case 'gateway-stop':
      return chance.oneOf([0, 500]);
    case 'gateway-stall':
      return chance.oneOf([500, 2_000, 5_000, 15_000]);
    case 'worker-stall':
    case 'client-stall':
      return chance.oneOf([1_000, 4_000, 12_000, 34_000, LONGEST_STALL_MS]);
    case 'partition':
      return chance.oneOf([500, 3_000, 8_000, 16_000, 35_000]);
    case 'slow-link':
    case 'slow-disk':
      return chance.between(1_000, 6_000);
    case 'disk-full':
      return chance.between(2_000, 6_000);
    default:
      return chance.oneOf([1_000, 5_000]);
  }
}
