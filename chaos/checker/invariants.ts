/** What must hold of every history, whatever was done to the system. */
import { firstIllegalStep, isTerminal } from '@celeriac/protocol/internal';
import type { EntryOf, TaskLine } from '../history/entry.ts';
import { causesOf } from './causes.ts';
import { type Asked, acceptanceOf, askedCall, type Digest, isAccepted, type TaskDigest } from './digest.ts';
import { endsOf, isKnown } from './ends.ts';
import type { Invariant } from './invariant.ts';
import { bornOf, outcomes } from './outcomes.ts';
import { overlaps } from './overlaps.ts';
import { poisonViolations } from './poison.ts';
import { stalls } from './stalls.ts';
import { timing } from './timing.ts';

const each =
  (check: (task: TaskDigest, history: Digest) => readonly string[]) =>
  (history: Digest): readonly string[] =>
    [...history.tasks.values()].flatMap((task) => check(task, history));

/** Accepted by a receipt, or made by the end of the task that links to it. */
export function isAcceptedKept(task: TaskDigest, history: Digest): boolean {
  return acceptanceOf(task) !== undefined || bornOf(task, history);
}

function lost(task: TaskDigest, history: Digest): readonly string[] {
  if (!history.drained) return [];
  const final = task.reads.filter((read) => read.final);
  const ended = final.some(({ known, state }) => known && isTerminal(state));
  if (isAcceptedKept(task, history)) {
    if (final.length === 0) return [`${task.id} was accepted and never read back`];
    if (ended) return [];
    const { known, state } = final[0] ?? { known: false, state: 'PENDING' };
    return [`${task.id} was accepted and ${known ? `is ${state}` : 'is gone'}`];
  }
  const stuck = final.some(({ known, state }) => known && !isTerminal(state));
  return stuck ? [`${task.id} was taken, though nobody was told, and has not ended`] : [];
}

function unexpected(task: TaskDigest, history: Digest): readonly string[] {
  if (task.submits.length > 0) return [];
  const parent = task.linkedFrom === undefined ? undefined : history.tasks.get(task.linkedFrom);
  if (task.runs.length === 0 && !isKnown(task)) return [];
  if (parent === undefined) return [`${task.id} was never asked for`];
  const states = new Set(endsOf(parent).map(({ state }) => state));
  if (states.size === 0 || states.has('SUCCESS')) return [];
  return [`${task.id} came after ${parent.id}, which ended ${[...states].join(' and ')}`];
}

/** One id is one task: who comes with other content is told so, and who comes with the same never is. */
function merged({ id, submits }: TaskDigest): readonly string[] {
  const contents = (taken: (submit: Asked) => boolean): ReadonlySet<string> =>
    new Set(submits.filter(taken).flatMap(({ invoke }) => ('call' in invoke ? [invoke.call.content] : [])));
  const accepted = contents(isAccepted);
  if (accepted.size > 1) return [`${id} was accepted for ${[...accepted].join(' and for ')}`];
  const conflicts = submits.filter(({ answer }) => answer?.phase === 'fail' && answer.code === 'ID_CONFLICT');
  return conflicts.length > 0 && contents(() => true).size === 1
    ? [`${id} was refused as another call's, and every call of it was the same`]
    : [];
}

function ends(task: TaskDigest): readonly string[] {
  const [first, ...rest] = endsOf(task);
  if (first === undefined) return [];
  const bodies = new Set([first, ...rest].flatMap(({ body }) => (body === null ? [] : [body])));
  const other = rest.find(({ state, attempt }) => state !== first.state || attempt !== first.attempt);
  const said: string[] = [];
  if (other !== undefined) {
    said.push(
      `${task.id} ended ${first.state} in attempt ${first.attempt} for ${first.by}, ${other.state} in ${other.attempt} for ${other.by}`,
    );
  } else if (bodies.size > 1) said.push(`${task.id} ended with ${[...bodies].join(' and with ')}`);
  // A read on its way when the end was seen may show what was before; a final one may not.
  const reopened = task.reads.find(
    ({ at, known, state, final }) => final && at > first.at && !(known && isTerminal(state)),
  );
  if (reopened !== undefined) said.push(`${task.id} had ended ${first.state}, and is ${reopened.state}`);
  return said;
}

function runs(task: TaskDigest, history: Digest): readonly string[] {
  const once = askedCall(task)?.once === true;
  return causesOf(task.runs, history).flatMap((cause, position) => {
    if (cause !== undefined && (!once || cause === 'wish')) return [];
    const run = task.runs[position + 1];
    const why = cause === undefined ? 'nothing explains it' : `it runs at most once (${cause})`;
    return [`${task.id} began again at ${run?.begin.at} on ${run?.by} as attempt ${run?.attempt}: ${why}`];
  });
}

function order(task: TaskDigest): readonly string[] {
  const whole: (TaskLine | undefined)[] = [];
  const said: string[] = [];
  const known = new Map<string, number>();
  for (const { by, watcher, from, lines, sequence, at } of task.seen) {
    const who = `${by}/${watcher}`;
    const before = known.get(who) ?? 0;
    if (from > before) said.push(`${task.id}: ${who} has lines up to ${before} and then from ${from}`);
    if (sequence < before) said.push(`${task.id}: ${who} went back from ${before} to ${sequence}`);
    if (sequence !== from + lines.length) said.push(`${task.id}: ${who} has not all ${sequence} lines`);
    known.set(who, sequence);
    for (const [position, line] of lines.entries()) {
      const present = whole[from + position];
      if (present === undefined) whole[from + position] = line;
      else if (String(present) !== String(line))
        said.push(`${task.id}: line ${from + position + 1} is ${present}, and at ${at} for ${who} ${line}`);
    }
  }
  const lines = whole.filter((line) => line !== undefined);
  const illegal = firstIllegalStep(lines.map(([state, reason]) => ({ state, reason })));
  if (lines.length === whole.length && illegal >= 0)
    said.push(`${task.id}: line ${illegal + 1} is no legal step: ${lines.map(([state]) => state).join(' ')}`);
  const back = lines.findIndex(([, , , attempt], position) => attempt < (lines[position - 1]?.[3] ?? 0));
  if (back >= 0) said.push(`${task.id}: attempt ${lines[back - 1]?.[3]} was followed by ${lines[back]?.[3]}`);
  return said;
}

function memory({ samples, setup }: Digest): readonly string[] {
  return samples.flatMap(({ at, memory: used, residue }) => [
    ...(used !== null && setup.memoryLimit !== null && used > setup.memoryLimit
      ? [`the gateway had ${used} bytes at ${at}, ${setup.memoryLimit} are the limit`]
      : []),
    ...Object.entries(residue).flatMap(([what, count]) =>
      count > 0 ? [`${count} ${what} are left at ${at}`] : [],
    ),
  ]);
}

function gap({ id, expected, got, by }: EntryOf<'gap'>): string {
  return `${by} got line ${got} of ${id} where ${expected} was to come`;
}

/** Handles that wait after everything has ended hang for a reason that nobody knows. */
function hanging({ asked, drained, tasks }: Digest): readonly string[] {
  if (!drained) return [];
  return asked
    .filter(({ op, answer, abandoned, id }) => {
      if (op !== 'follow' || answer !== undefined || abandoned) return false;
      const task = tasks.get(id);
      // What nobody accepted may be unknown for ever; the client says so by itself where it can.
      return task !== undefined && (task.submits.some(isAccepted) || isKnown(task));
    })
    .map(({ by, id }) => `a handle of ${by} still waits for ${id}`);
}

export const INVARIANTS: readonly Invariant[] = [
  {
    name: 'I1',
    says: 'what was accepted ends, and is read back; no handle waits for ever',
    check: (history) => [...each(lost)(history), ...hanging(history)],
  },
  {
    name: 'I2',
    says: 'nothing runs or is known that was never asked for, and no two calls are taken under one id',
    check: each((task, history) => [...unexpected(task, history), ...merged(task)]),
  },
  { name: 'I3', says: 'one end per task, the same for everybody', check: each(ends) },
  { name: 'I4', says: 'the recorded outcome is that of the attempt that was current', check: each(outcomes) },
  { name: 'I5', says: 'no run without a cause', check: each(runs) },
  {
    name: 'I6',
    says: 'every line, in order, without a gap, the same for everybody',
    check: (history) => [...each(order)(history), ...history.gaps.map(gap)],
  },
  {
    name: 'I7',
    says: 'nothing begins early, after it was prevented, or after it expired',
    check: each(timing),
  },
  { name: 'I8', says: 'poison stops, and nothing else is blamed', check: each(poisonViolations) },
  { name: 'I9', says: 'what can run is run', check: (history) => stalls(history).violations },
  { name: 'I10', says: 'memory is bounded, and nothing is left over', check: memory },
  { name: 'I11', says: 'no two runs of a task at once where workers only died', check: each(overlaps) },
];
