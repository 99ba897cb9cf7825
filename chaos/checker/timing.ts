/** I7: never early, never after it was prevented, never after it expired. */
import { callOf, type Digest, type TaskFacts } from './digest.ts';
import { reasonOf } from './ends.ts';

export function timing(task: TaskFacts, history: Digest): readonly string[] {
  return [...early(task, history), ...prevented(task), ...expired(task)];
}

/**
 * By the gateway's clock, which its own lines show, and by the clock of the worker that ran it first. One that was set
 * back meanwhile shows what was before.
 */
function early(task: TaskFacts, { faults }: Digest): readonly string[] {
  const dueAt = callOf(task)?.dueAt ?? null;
  if (dueAt === null || faults.some(({ fault }) => fault === 'clock-jump')) return [];
  const starts = [
    ...task.seen.flatMap(({ lines }) => lines.flatMap(([state, , at]) => (state === 'STARTED' ? [at] : []))),
    ...task.runs.map(({ begin }) => begin.wall),
  ];
  const first = Math.min(...starts);
  return first < dueAt ? [`${task.id} began ${dueAt - first} ms before its time`] : [];
}

function prevented(task: TaskFacts): readonly string[] {
  return task.revokes.flatMap(({ answer }) => {
    if (answer?.phase !== 'ok' || answer.op !== 'revoke' || answer.verdict !== 'prevented') return [];
    const late = task.runs.find(({ begin }) => begin.at > answer.at);
    return late === undefined
      ? []
      : [`${task.id} began at ${late.begin.at}, and was prevented at ${answer.at}`];
  });
}

function expired(task: TaskFacts): readonly string[] {
  if (reasonOf(task) !== 'expired') return [];
  const lines = task.seen.flatMap(({ lines: all }) => all);
  const at = lines.find(([, reason]) => reason === 'expired')?.[3] ?? 0;
  const started = lines.some(([state, , , attempt]) => state === 'STARTED' && attempt === at);
  const released = lines.some(
    ([state, , , attempt]) => state !== 'STARTED' && state !== 'REVOKED' && attempt === at,
  );
  return started && !released ? [`${task.id} expired while attempt ${at} ran`] : [];
}
