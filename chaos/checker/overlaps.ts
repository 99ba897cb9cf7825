/** I11: where workers were only killed, two runs of one task never overlap. */
import type { FaultKind } from '../history/entry.ts';
import type { Digest, RunFacts, TaskDigest } from './digest.ts';

/** These end a process with its runs, or leave them alone; the others let a run outlive its lease. */
const HARMLESS: ReadonlySet<FaultKind> = new Set([
  'worker-kill',
  'client-kill',
  'client-stall',
  'cut',
  'slow-disk',
]);

export function overlaps(task: TaskDigest, history: Digest): readonly string[] {
  if (!history.faults.every(({ fault }) => HARMLESS.has(fault))) return [];
  return overlapsOf(task, history).map(
    (ms) => `${task.id} ran twice at once for ${ms} ms, and no fault lets a run outlive its lease`,
  );
}

/** How long each later run overlapped an earlier one, in milliseconds; those that did not are left out. */
export function overlapsOf({ runs }: TaskDigest, history: Digest): readonly number[] {
  return runs.flatMap((run, position) =>
    runs.slice(0, position).flatMap((earlier) => {
      const until = Math.min(endOf(earlier, history), endOf(run, history));
      return until > run.begin.at ? [until - run.begin.at] : [];
    }),
  );
}

function endOf(run: RunFacts, { faults, endAt }: Digest): number {
  const death = faults.find(
    ({ fault, target, begin }) =>
      (fault === 'worker-kill' || fault === 'worker-stop') && target === run.by && begin >= run.begin.at,
  );
  return Math.min(run.end?.at ?? endAt, death?.begin ?? endAt);
}
