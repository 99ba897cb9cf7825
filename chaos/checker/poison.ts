/** I8: what kills its workers is given up, and whoever ran beside it is not blamed. */
import type { Line } from '../history/entry.ts';
import { causesOf, isWish } from './causes.ts';
import { callOf, type Digest, type RunFacts, type TaskFacts } from './digest.ts';
import { endsOf, reasonOf } from './ends.ts';

export function poison(task: TaskFacts, history: Digest): readonly string[] {
  return [...limits(task, history), ...blame(task, history), ...alone(task, history)];
}

function limits(task: TaskFacts, history: Digest): readonly string[] {
  const call = callOf(task);
  if (call === undefined) return [];
  const said: string[] = [];
  const poisoned = reasonOf(task) === 'poisoned';
  const blamed = lostLines(task).length + (poisoned ? 1 : 0);
  const struck = causesOf(task.runs, history).filter(
    (cause) => cause !== undefined && cause !== 'wish',
  ).length;
  if (blamed > call.maxDeliveries)
    said.push(`${task.id} was lost ${blamed} times, ${call.maxDeliveries} are the limit`);
  const excused = struck + unbegun(task, history);
  if (!call.poison && poisoned && excused < call.maxDeliveries - 1)
    said.push(`${task.id} ended as poison, and ${excused} faults struck its runs`);
  if (call.poison && task.runs.length > call.maxDeliveries + struck)
    said.push(`${task.id} is poison and ran ${task.runs.length} times`);
  if (call.poison && endsOf(task).some(({ state }) => state === 'SUCCESS'))
    said.push(`${task.id} is poison and succeeded`);
  return said;
}

/**
 * Attempts whose worker was struck when their start was told and their body had not begun: threads of a worker that has
 * just come up take a moment.
 */
function unbegun(task: TaskFacts, { faults }: Digest): number {
  if (!faults.some(({ fault }) => fault === 'worker-kill')) return 0;
  const begun = new Set(task.runs.map(({ attempt }) => attempt));
  const blamed = new Set(blamedLines(task).map(([, , , attempt]) => attempt));
  return [...blamed].filter((attempt) => !begun.has(attempt)).length;
}

/** Only a run that began may be blamed for the loss of its worker. */
function blame(task: TaskFacts, { faults }: Digest): readonly string[] {
  // What runs at most once is started before it is entered; and of those announced in one frame some are not entered
  // yet when the first one ends the process.
  if (callOf(task)?.once === true || faults.some(({ fault }) => fault.startsWith('worker'))) return [];
  const begun = new Set(task.runs.map(({ attempt }) => attempt));
  return lostLines(task)
    .filter(([, , , attempt]) => !begun.has(attempt))
    .map(([, , , attempt]) => `${task.id} is blamed for attempt ${attempt}, which never began`);
}

/** Once lost with its worker, it runs on a worker that runs nothing else: so no neighbour is lost with it again. */
function alone(task: TaskFacts, history: Digest): readonly string[] {
  return suspectRuns(task, history).flatMap((run) =>
    [...history.tasks.values()].flatMap((other) =>
      other.runs
        .filter((beside) => beside.id !== run.id && isBeside(beside, run, history))
        .map((beside) => `${task.id} was lost, and ran on ${run.by} beside ${beside.id} at ${run.begin.at}`),
    ),
  );
}

function suspectRuns(task: TaskFacts, { faults }: Digest): readonly RunFacts[] {
  let suspect = false;
  const lost = new Set(lostLines(task).map(([, , , attempt]) => attempt));
  return task.runs.filter((run) => {
    const was = suspect;
    const killed = faults.some(
      ({ fault, target, begin }) => fault === 'worker-kill' && target === run.by && begin >= run.begin.at,
    );
    if (run.end === undefined && killed && lost.has(run.attempt)) suspect = true;
    else if (run.end !== undefined && isWish(run.end.outcome)) suspect = false;
    return was;
  });
}

/** A run that was told to stop is the worker's own affair: the gateway may know nothing of it any more. */
function isBeside(beside: RunFacts, { by, begin, end }: RunFacts, { faults, endAt }: Digest): boolean {
  if (beside.by !== by || beside.end?.aborted === true || end?.aborted === true) return false;
  const [from, until] = [begin.at, end?.at ?? endAt];
  const [since, to] = [beside.begin.at, beside.end?.at ?? endAt];
  const between = faults.some(
    ({ fault, target, begin: at }) =>
      (fault === 'worker-kill' || fault === 'worker-stop') &&
      target === by &&
      at >= Math.min(from, since) &&
      at <= Math.max(from, since),
  );
  return !between && since < until && from < to;
}

/** Each loss that its history shows, once. */
function lostLines(task: TaskFacts): readonly Line[] {
  return linesOf(task, ['worker-lost']);
}

/** Those, and the one that was one too many. */
function blamedLines(task: TaskFacts): readonly Line[] {
  return linesOf(task, ['worker-lost', 'poisoned']);
}

function linesOf({ seen }: TaskFacts, reasons: readonly Line[1][]): readonly Line[] {
  const lines = new Map<number, Line>();
  for (const { from, lines: some } of seen) {
    for (const [position, line] of some.entries())
      if (reasons.includes(line[1])) lines.set(from + position, line);
  }
  return [...lines.values()];
}
