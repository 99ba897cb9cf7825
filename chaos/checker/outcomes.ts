/** I4: what is recorded as an outcome is the report of the attempt that held the lease. */
import type { Digest, RunFacts, TaskDigest } from './digest.ts';
import { askedCall } from './digest.ts';
import { endReason, endsOf, type SeenEnd } from './ends.ts';

const REPORTED: Readonly<Record<string, readonly string[]>> = {
  completed: ['success'],
  error: ['failure', 'retry'],
  ignored: ['ignored'],
  rejected: ['rejected', 'requeue'],
};

export function outcomes(task: TaskDigest): readonly string[] {
  const [end] = endsOf(task);
  if (end === undefined) return forgotten(task);
  const reason = endReason(task) ?? (end.state === 'SUCCESS' ? 'completed' : undefined);
  const kinds = reason === undefined ? undefined : REPORTED[reason];
  const said = kinds === undefined ? [] : recorded(task, end, kinds);
  return [...said, ...refused(task, end)];
}

function recorded(task: TaskDigest, end: SeenEnd, kinds: readonly string[]): readonly string[] {
  const reports = task.runs.filter(
    (run) => run.attempt === end.attempt && kinds.includes(run.end?.outcome ?? ''),
  );
  const mine = reports.filter(
    (run) => end.body === null || kinds[0] !== 'success' || run.end?.body === end.body,
  );
  if (mine.length === 0)
    return [
      `${task.id} ended ${end.state} with ${end.body}, which no run of attempt ${end.attempt} reported`,
    ];
  // A run that did not heed it and succeeded all the same has done its work; one that failed for it has not failed.
  if (end.state === 'FAILURE' && mine.every((run) => run.end?.aborted === true))
    return [`${task.id} ended FAILURE because a run was told to stop`];
  const late = mine.every((run) => isRefused(task, run));
  return late ? [`${task.id} ended ${end.state} by a report that was refused`] : [];
}

function isRefused({ verdicts }: TaskDigest, { nonce }: RunFacts): boolean {
  const verdict = verdicts.get(nonce);
  return verdict === 'stale' || verdict === 'unknown';
}

/** A report that was confirmed as the end must be the end. */
function refused(task: TaskDigest, end: SeenEnd): readonly string[] {
  return confirmed(task)
    .filter(
      (run) => run.attempt !== end.attempt || (run.end?.outcome === 'success') !== (end.state === 'SUCCESS'),
    )
    .map(
      (run) =>
        `${task.id}: attempt ${run.attempt} was told that its ${run.end?.outcome} is recorded, and it ended ${end.state} in attempt ${end.attempt}`,
    );
}

function forgotten(task: TaskDigest): readonly string[] {
  return confirmed(task).length > 0 && task.reads.some(({ final }) => final)
    ? [`${task.id}: its outcome was confirmed, and it has none`]
    : [];
}

function confirmed({ runs, verdicts }: TaskDigest): readonly RunFacts[] {
  return runs.filter(
    ({ nonce, end }) =>
      // One that failed because it was told to stop is reported lost, and that is no end.
      verdicts.get(nonce) === 'applied' &&
      (end?.outcome === 'success' || (end?.outcome === 'failure' && !end.aborted)),
  );
}

/** Whether its parent's end made it. */
export function bornOf(task: TaskDigest, { tasks }: Digest): boolean {
  const parent = task.linkedFrom === undefined ? undefined : tasks.get(task.linkedFrom);
  if (parent === undefined || askedCall(parent)?.links.includes(task.id) !== true) return false;
  return endsOf(parent).some(({ state }) => state === 'SUCCESS');
}
