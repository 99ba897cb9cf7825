/** The numbers of a history, for a person to read and to keep an eye on. */
import { isTerminal } from '@celeriac/protocol/internal';
import { type Cause, causesOf } from './causes.ts';
import { acceptanceOf, type Digest, isAccepted } from './digest.ts';
import { isKnown } from './ends.ts';
import { overlapsOf } from './overlaps.ts';
import { recoveryOf, type Times } from './recovery.ts';
import { stalls } from './stalls.ts';

export interface RunFigures {
  readonly seed: number;
  /** Submits, without those of an id that was submitted before. */
  readonly attempted: number;
  readonly accepted: number;
  /** By code. */
  readonly refused: Counts;
  /** Submits that nobody got an answer to; and how many of their tasks turned out to be there. */
  readonly indeterminate: number;
  readonly recovered: number;
  readonly executions: number;
  readonly lost: number;
  readonly unexpected: number;
  readonly unexplainedDuplicates: number;
  /** By the fault that explains them. */
  readonly explainedDuplicates: Counts;
  readonly overlapMs: number;
  /** Reports that were refused as another attempt's. */
  readonly stale: number;
  readonly eventGaps: number;
  readonly handlesPending: number;
  readonly longestStallMs: number;
  readonly p99StallMs: number;
  /** By fault: until what it cut short runs again; is free to; runs again where a worker was idle; and until clients are back. */
  readonly restarted: Readonly<Record<string, Spread>>;
  readonly elsewhere: Readonly<Record<string, Spread>>;
  readonly released: Readonly<Record<string, Spread>>;
  readonly resumed: Readonly<Record<string, Spread>>;
  readonly faults: Counts;
}

export type Counts = Readonly<Record<string, number>>;

export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function figuresOf(history: Digest): RunFigures {
  const tasks = [...history.tasks.values()];
  const asked = tasks.filter(({ submits }) => submits.length > 0);
  const open = asked.filter(
    ({ submits }) => !submits.some(isAccepted) && submits.some(({ answer }) => answer?.phase !== 'fail'),
  );
  const refusals = history.asked.flatMap(({ op, answer }) =>
    op === 'submit' && answer?.phase === 'fail' ? [answer.code] : [],
  );
  const causes: (Cause | undefined)[] = tasks.flatMap(({ runs }) => causesOf(runs, history));
  const { waits } = stalls(history);
  const recovery = recoveryOf(history);
  const kept = asked.filter((task) => acceptanceOf(task) !== undefined);
  return {
    seed: history.setup.seed,
    attempted: asked.length,
    accepted: kept.length,
    refused: count(refusals),
    indeterminate: open.length,
    recovered: open.filter(isKnown).length,
    executions: tasks.reduce((sum, { runs }) => sum + runs.length, 0),
    lost: kept.filter(
      ({ reads }) => !reads.some(({ final, known, state }) => final && known && isTerminal(state)),
    ).length,
    unexpected: tasks.filter(
      (task) =>
        task.submits.length === 0 && task.linkedFrom === undefined && (task.runs.length > 0 || isKnown(task)),
    ).length,
    unexplainedDuplicates: causes.filter((cause) => cause === undefined).length,
    explainedDuplicates: count(causes.filter((cause) => cause !== undefined && cause !== 'wish')),
    overlapMs: tasks.flatMap((task) => overlapsOf(task, history)).reduce((sum, ms) => sum + ms, 0),
    stale: tasks.reduce(
      (sum, { verdicts }) => sum + [...verdicts.values()].filter((one) => one === 'stale').length,
      0,
    ),
    eventGaps: history.gaps.length,
    handlesPending: history.asked.filter(
      ({ op, answer, abandoned }) => op === 'follow' && answer === undefined && !abandoned,
    ).length,
    longestStallMs: Math.max(0, ...waits),
    p99StallMs: quantile(waits, 0.99),
    restarted: spreads(recovery.restarted),
    released: spreads(recovery.released),
    elsewhere: spreads(recovery.elsewhere),
    resumed: spreads(recovery.resumed),
    faults: count(history.faults.map(({ fault }) => fault)),
  };
}

function spreads(times: Times): Readonly<Record<string, Spread>> {
  return Object.fromEntries(
    [...times].map(([fault, all]) => [
      fault,
      {
        count: all.length,
        p50Ms: quantile(all, 0.5),
        p99Ms: quantile(all, 0.99),
        maxMs: Math.max(...all),
      },
    ]),
  );
}

function count(names: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
