/** Many seeds, one after the other, and what they amount to. */
import { PROMISED_TIMES } from '../checker/promised-times.ts';
import type { Simulated } from './simulate.ts';

export interface Campaign {
  readonly from: number;
  readonly seeds: number;
  /** It ends early when this many seeds have failed. */
  readonly failures: number;
}

export interface CampaignTally {
  readonly seeds: number;
  readonly failed: readonly number[];
  readonly accepted: number;
  readonly executions: number;
  readonly faults: number;
  readonly explainedDuplicates: number;
  readonly staleReports: number;
  /** Simulated time, in milliseconds. */
  readonly simulatedMs: number;
  /** Of each promised time, how often it was measured, and the longest. */
  readonly recovery: ReadonlyMap<string, Longest>;
}

interface Longest {
  readonly count: number;
  readonly longestMs: number;
}

export async function runCampaign(
  { from, seeds, failures }: Campaign,
  simulate: (seed: number) => Promise<Simulated>,
  onFailed: (simulated: Simulated) => void,
): Promise<CampaignTally> {
  const failed: number[] = [];
  const recovery = new Map<string, Longest>();
  const sums = {
    accepted: 0,
    executions: 0,
    faults: 0,
    explainedDuplicates: 0,
    staleReports: 0,
    simulatedMs: 0,
  };
  let seed = from;
  for (; seed < from + seeds && failed.length < failures; seed++) {
    const simulated = await simulate(seed);
    const { figures, ms } = simulated;
    sums.accepted += figures.accepted;
    sums.executions += figures.executions;
    sums.faults += total(figures.faults);
    sums.explainedDuplicates += total(figures.explainedDuplicates);
    sums.staleReports += figures.stale;
    sums.simulatedMs += ms;
    for (const { what, spread } of PROMISED_TIMES) {
      const { count = 0, maxMs = 0 } = spread(figures) ?? {};
      const before = recovery.get(what) ?? { count: 0, longestMs: 0 };
      recovery.set(what, {
        count: before.count + count,
        longestMs: Math.max(before.longestMs, maxMs),
      });
    }
    if (!isBroken(simulated)) continue;
    failed.push(seed);
    onFailed(simulated);
  }
  return { seeds: seed - from, failed, ...sums, recovery };
}

export function isBroken({ violations, failures }: Simulated): boolean {
  return violations.length + failures.length > 0;
}

/** What is wrong with one seed, a line each, and how to see it again. */
export function describeBroken({ seed, violations, failures }: Simulated): string {
  return [
    `seed ${seed}:`,
    ...violations.map(({ invariant, what }) => `  ${invariant}: ${what}`),
    ...failures.map((failure) => `  failed inside: ${failure}`),
    `  again: npm run simulate -- --seed ${seed}`,
  ].join('\n');
}

/** @param ms how long it took */
export function describeTally(tally: CampaignTally, ms: number): string {
  const { seeds, failed, accepted, executions, faults, explainedDuplicates, staleReports, simulatedMs } =
    tally;
  return [
    `${seeds} seeds, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(', ')}` : ''}`,
    `${accepted} tasks accepted, ${executions} runs, ${explainedDuplicates} of them again for a fault`,
    `${faults} faults, ${staleReports} late reports refused, ${(simulatedMs / 3_600_000).toFixed(1)} hours simulated`,
    ...[...tally.recovery].map(
      ([what, { count, longestMs }]) => `${what}: ${count}, the longest after ${Math.round(longestMs)} ms`,
    ),
    `${Math.round((seeds / ms) * 60_000)} seeds a minute`,
  ].join('\n');
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
