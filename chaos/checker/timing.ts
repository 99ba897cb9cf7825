/** I7: never early, never after it was prevented, never after it expired. */
import type { Digest, FaultFacts, TaskDigest } from './digest.ts';
import { endReason } from './ends.ts';

/** Monotonic and wall time are read one after the other, and are rounded. */
const ROUNDING_MS = 5;

export function timing(task: TaskDigest, history: Digest): readonly string[] {
  return [...early(task, history), ...prevented(task), ...expired(task)];
}

/** By the gateway's clock, which its own lines show, and by the clock of the worker that ran it first; unless some clock was set. */
function early(task: TaskDigest, history: Digest): readonly string[] {
  const dueAt = dueOf(task);
  if (dueAt === null) return [];
  const jumps = history.faults.filter(({ fault }) => fault === 'clock-jump');
  const firstMs = jumps.length === 0 ? firstShown(task) : firstSteady(task, jumps, history) + ROUNDING_MS;
  return firstMs < dueAt ? [`${task.id} began ${dueAt - firstMs} ms before its time`] : [];
}

/** Who calls once more, not knowing whether the first call was kept, asks for a later time than the task may have. */
function dueOf({ submits }: TaskDigest): number | null {
  const times = submits.flatMap(({ invoke, answer }) =>
    invoke.phase === 'invoke' && invoke.op === 'submit' && answer?.phase !== 'fail'
      ? [invoke.call.dueAt]
      : [],
  );
  const due = times.filter((time) => time !== null);
  return due.length > 0 && due.length === times.length ? Math.min(...due) : null;
}

function firstShown({ seen, runs }: TaskDigest): number {
  const starts = seen.flatMap(({ lines }) =>
    lines.flatMap(([state, , at]) => (state === 'STARTED' ? [at] : [])),
  );
  return Math.min(...starts, ...runs.map(({ begin }) => begin.wall));
}

/**
 * In wall time, by the clock that nothing strikes. The gateway keeps due times as its own wall time, so one that was set
 * between a call and its first run makes them mean something else; what a client's or a worker's shows must not matter.
 */
function firstSteady({ submits, runs }: TaskDigest, jumps: readonly FaultFacts[], { setup }: Digest): number {
  const called = Math.min(...submits.map(({ at }) => at));
  const begun = Math.min(...runs.map(({ begin }) => begin.at));
  const set = jumps
    .filter(({ target }) => target === 'gateway')
    .flatMap(({ begin, end }) => [begin, end])
    .some((at) => at >= called && at <= begun);
  return set ? Number.POSITIVE_INFINITY : begun - setup.at + setup.wall;
}

function prevented(task: TaskDigest): readonly string[] {
  return task.revokes.flatMap(({ answer }) => {
    if (answer?.phase !== 'ok' || answer.op !== 'revoke' || answer.verdict !== 'prevented') return [];
    const late = task.runs.find(({ begin }) => begin.at > answer.at);
    return late === undefined
      ? []
      : [`${task.id} began at ${late.begin.at}, and was prevented at ${answer.at}`];
  });
}

function expired(task: TaskDigest): readonly string[] {
  if (endReason(task) !== 'expired') return [];
  const lines = task.seen.flatMap(({ lines: all }) => all);
  const at = lines.find(([, reason]) => reason === 'expired')?.[3] ?? 0;
  const started = lines.some(([state, , , attempt]) => state === 'STARTED' && attempt === at);
  const released = lines.some(
    ([state, , , attempt]) => state !== 'STARTED' && state !== 'REVOKED' && attempt === at,
  );
  return started && !released ? [`${task.id} expired while attempt ${at} ran`] : [];
}
