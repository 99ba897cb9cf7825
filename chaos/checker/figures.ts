/** The numbers of a history, for a person to read and to keep an eye on. */
import { isTerminal } from '@celeriac/protocol';
import type { Fault } from '../history/entry.ts';
import { type Cause, causesOf } from './causes.ts';
import { acceptedAt, type Digest, type FaultFacts, isAccepted } from './digest.ts';
import { isKnown } from './ends.ts';
import { overlapsOf } from './overlaps.ts';
import { stalls } from './stalls.ts';

export interface Figures {
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
  /** From the fault to the next begin of what it struck. */
  readonly recovery: Readonly<Record<string, Spread>>;
  readonly faults: Counts;
}

export type Counts = Readonly<Record<string, number>>;

export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function figuresOf(history: Digest): Figures {
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
  const kept = asked.filter((task) => acceptedAt(task) !== undefined);
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
    recovery: recoveryOf(history),
    faults: count(history.faults.map(({ fault }) => fault)),
  };
}

function recoveryOf(history: Digest): Readonly<Record<string, Spread>> {
  const times = new Map<Fault, number[]>();
  for (const fault of history.faults) {
    const found = recoveryFrom(fault, history);
    if (found.length > 0) times.set(fault.fault, [...(times.get(fault.fault) ?? []), ...found]);
  }
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

/** Of a worker: each run that it cut, until the task runs again. Of the gateway: from its return to the next sign of life. */
function recoveryFrom(
  { fault, target, begin, end }: FaultFacts,
  { tasks, entries }: Digest,
): readonly number[] {
  if (fault === 'worker-kill' || fault === 'worker-stall' || fault === 'partition') {
    return [...tasks.values()].flatMap(({ runs }) => {
      const cut = runs.findIndex(
        (run) => run.by === target && run.begin.at <= begin && (run.end === undefined || run.end.at > begin),
      );
      const next = cut < 0 ? undefined : runs[cut + 1];
      return next === undefined ? [] : [next.begin.at - begin];
    });
  }
  if (fault !== 'gateway-kill' && fault !== 'gateway-stop') return [];
  const clients = new Map<string, number>();
  for (const { at, by, kind } of entries) {
    if (at < end || clients.has(by)) continue;
    if (kind === 'seen') clients.set(by, at - end);
  }
  return [...clients.values()];
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
