/** I8: what kills its workers is given up, and whoever ran beside it is not blamed. */
import type { CallEntry, TaskLine } from '../history/entry.ts';
import { causesOf, isWish } from './causes.ts';
import { askedCall, type Digest, type RunFacts, type TaskDigest } from './digest.ts';
import { endReason, endsOf } from './ends.ts';

/** Losses before a task stands trial. */
const UNTRIED = 2;

export function poisonViolations(task: TaskDigest, history: Digest): readonly string[] {
  return [...limits(task, history), ...blame(task, history), ...trials(task, history)];
}

function limits(task: TaskDigest, history: Digest): readonly string[] {
  const call = askedCall(task);
  if (call === undefined) return [];
  const said: string[] = [];
  const poisoned = endReason(task) === 'poisoned';
  const blamed = lostLines(task).length + (poisoned ? 1 : 0);
  const struck = causesOf(task.runs, history).filter(
    (cause) => cause !== undefined && cause !== 'wish',
  ).length;
  // Looks at every task, which only few ask for.
  const limit =
    blamed > call.maxDeliveries || call.poison ? limitOf(task, call, history) : call.maxDeliveries;
  if (blamed > limit) said.push(`${task.id} was lost ${blamed} times, ${limit} are the limit`);
  const excused = struck + unbegun(task, history);
  if (!call.poison && poisoned && excused < call.maxDeliveries - UNTRIED)
    said.push(`${task.id} ended as poison, and ${excused} faults struck its runs`);
  if (call.poison && task.runs.length > limit + struck)
    said.push(`${task.id} is poison and ran ${task.runs.length} times`);
  if (call.poison && endsOf(task).some(({ state }) => state === 'SUCCESS'))
    said.push(`${task.id} is poison and succeeded`);
  return said;
}

/**
 * Attempts whose worker was struck when their start was told and their body had not begun: threads of a worker that has
 * just come up take a moment.
 */
function unbegun(task: TaskDigest, { faults }: Digest): number {
  if (!faults.some(({ fault }) => fault === 'worker-kill')) return 0;
  const begun = new Set(task.runs.map(({ attempt }) => attempt));
  const blamed = new Set(blamedLines(task).map(([, , , attempt]) => attempt));
  return [...blamed].filter((attempt) => !begun.has(attempt)).length;
}

/** Only a run that began may be blamed for the loss of its worker. */
function blame(task: TaskDigest, { faults }: Digest): readonly string[] {
  // What runs at most once is started before it is entered; and of those announced in one frame some are not entered
  // yet when the first one ends the process.
  if (askedCall(task)?.once === true || faults.some(({ fault }) => fault.startsWith('worker'))) return [];
  const begun = new Set(task.runs.map(({ attempt }) => attempt));
  return lostLines(task)
    .filter(([, , , attempt]) => !begun.has(attempt))
    .map(([, , , attempt]) => `${task.id} is blamed for attempt ${attempt}, which never began`);
}

/**
 * What poison is allowed, one more where it ran in a thread, which is not suspected before, and one for each loss with another one
 * whose body had not begun. What is no poison may also have been lost beside some, which is not counted.
 */
function limitOf(task: TaskDigest, { poison, maxDeliveries }: CallEntry, history: Digest): number {
  if (poison) {
    const threads = task.runs.some(({ by }) => history.threads.has(by)) ? 1 : 0;
    return maxDeliveries + threads + lossesWithOthers(task, history);
  }
  const tried = [...history.tasks.values()].filter((task) => endReason(task) === 'poisoned').length;
  return 2 * maxDeliveries + tried;
}

/**
 * A gateway judges all that a worker had in one moment. Another one whose start was told, and whose body had not begun, shares the
 * blame: the gateway cannot know that.
 */
function lossesWithOthers(task: TaskDigest, { tasks }: Digest): number {
  const moments = new Set(
    [...tasks.values()].flatMap((other) => {
      if (other === task) return [];
      const begun = new Set(other.runs.map(({ attempt }) => attempt));
      return blamedLines(other).flatMap(([, , at, attempt]) => (begun.has(attempt) ? [] : [at]));
    }),
  );
  return blamedLines(task).filter(([, , at]) => moments.has(at)).length;
}

/** Twice lost with its worker, it stands trial: beside another one that does it does not begin. */
function trials(task: TaskDigest, history: Digest): readonly string[] {
  return task.runs
    .filter((run) => trialMs(task, run, history) !== undefined)
    .flatMap((run) =>
      [...history.tasks.values()].flatMap((other) =>
        other.runs
          .filter(({ id }) => id !== run.id)
          .filter((before) => isTriedAt(before, run, trialMs(other, before, history), history))
          .map(
            (before) =>
              `${task.id} was lost twice, and began on ${run.by} at ${run.begin.at} beside ${before.id}, which stands trial`,
          ),
      ),
    );
}

/** Whether one run is under way, and has not been for as long as when it was lost, where another one begins. */
function isTriedAt(
  run: RunFacts,
  { by, begin }: RunFacts,
  ms: number | undefined,
  { faults }: Digest,
): boolean {
  if (ms === undefined || run.by !== by || run.end?.aborted === true) return false;
  const since = begin.at - run.begin.at;
  if (since < 0 || since >= ms || (run.end !== undefined && run.end.at <= begin.at)) return false;
  return !faults.some(
    ({ fault, target, begin: at }) =>
      (fault === 'worker-kill' || fault === 'worker-stop') &&
      target === by &&
      at >= run.begin.at &&
      at <= begin.at,
  );
}

/**
 * For how long a run surely stands trial: what ran so long before it was lost a second time runs for a little longer. Nothing
 * where that is not sure: other faults than the death of workers cost the gateway its knowledge or its time, and what was lost
 * beside another suspect may not count.
 */
function trialMs(task: TaskDigest, run: RunFacts, history: Digest): number | undefined {
  if (history.threads.size > 0 || history.faults.some(({ fault }) => fault !== 'worker-kill'))
    return undefined;
  const lost = new Set(lostLines(task).map(([, , , attempt]) => attempt));
  let losses: number[] = [];
  for (const before of task.runs) {
    if (before.attempt >= run.attempt) break;
    const death = history.faults.find(
      ({ target, begin }) => target === before.by && begin >= before.begin.at,
    );
    if (before.end !== undefined && isWish(before.end.outcome)) losses = [];
    else if (before.end === undefined && death !== undefined && lost.has(before.attempt)) {
      if (losses.length < UNTRIED && isAmongSuspects(before, history)) return undefined;
      losses.push(death.begin - before.begin.at);
    }
  }
  return losses.length < UNTRIED ? undefined : losses.at(-1);
}

function isAmongSuspects(run: RunFacts, { tasks }: Digest): boolean {
  return [...tasks.values()].some(
    (other) =>
      other.id !== run.id &&
      lostLines(other).length >= UNTRIED &&
      other.runs.some(({ by, attempt }) => by === run.by && attempt > UNTRIED),
  );
}

/** Each loss that its history shows, once. */
function lostLines(task: TaskDigest): readonly TaskLine[] {
  return linesOf(task, ['worker-lost']);
}

/** Those, and the one that was one too many. */
function blamedLines(task: TaskDigest): readonly TaskLine[] {
  return linesOf(task, ['worker-lost', 'poisoned']);
}

function linesOf({ seen }: TaskDigest, reasons: readonly TaskLine[1][]): readonly TaskLine[] {
  const lines = new Map<number, TaskLine>();
  for (const { from, lines: some } of seen) {
    for (const [position, line] of some.entries())
      if (reasons.includes(line[1])) lines.set(from + position, line);
  }
  return [...lines.values()];
}
