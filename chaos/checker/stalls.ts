/** I9: while a worker is healthy and has room, and a task could run, something begins. */
import { isTerminal } from '@celeriac/protocol/internal';
import type { Entry, FaultKind, WorkerLife } from '../history/entry.ts';
import { isWish } from './causes.ts';
import { askedCall, type Digest, type TaskDigest } from './digest.ts';
import { endsOf } from './ends.ts';

export interface Stalls {
  /** How long each wait was, in milliseconds. */
  readonly waits: readonly number[];
  readonly violations: readonly string[];
}

/** A worker struck by one of these is not healthy. */
const STRIKES: ReadonlySet<FaultKind> = new Set(['worker-kill', 'worker-stop', 'worker-stall', 'partition']);
/** The gateway looks for lost workers twice as often. */
const LOOK_MS = 1_000;
/** Without a gateway nothing can begin. */
const OUTAGES: ReadonlySet<FaultKind> = new Set([
  'gateway-kill',
  'gateway-stop',
  'gateway-stall',
  'commit-error',
  'commit-error-done',
  'disk-full',
  'slow-disk',
]);

type Moment = readonly [at: number, happen: (now: Watching) => void];

export function stalls(history: Digest): Stalls {
  const watching = new Watching(history);
  const moments: Moment[] = [
    ...history.entries.flatMap((entry) => workOf(entry, history)),
    ...history.faults.flatMap(({ fault, target, begin, end }): Moment[] => {
      if (STRIKES.has(fault)) {
        const deadly = fault === 'worker-kill' || fault === 'worker-stop';
        return [
          [begin, (now) => now.strike(target, 1)],
          [end, (now) => now.strike(target, -1)],
          ...(deadly ? [[begin, (now: Watching) => now.dies(target)] as const] : []),
        ];
      }
      return OUTAGES.has(fault)
        ? [
            [begin, (now) => now.out(1)],
            [end, (now) => now.out(-1)],
          ]
        : [];
    }),
    ...[...history.tasks.values()].flatMap((task) => waitsOf(task, history)),
  ];
  moments.sort(([one], [other]) => one - other);
  for (const [at, happen] of moments) watching.pass(at, happen);
  return watching.finish(history.endAt);
}

function workOf(entry: Entry, history: Digest): readonly Moment[] {
  if (entry.kind === 'worker')
    return [[entry.at, (now) => now.room(entry.by, entry.phase === 'up' ? entry : undefined)]];
  if (entry.kind !== 'run') return [];
  if (entry.phase === 'begin') {
    const suspect = mayBeSuspect(entry.id, entry.attempt, history);
    return [[entry.at, (now) => now.begin(entry.at, entry.by, entry.nonce, suspect)]];
  }
  return entry.phase === 'end' ? [[entry.at, (now) => now.end(entry.by, entry.nonce)]] : [];
}

/**
 * One that was lost with its worker twice stands trial, and a worker runs one of those at a time. Who runs for a third time
 * without having wished so may have been lost, seen or not.
 */
function mayBeSuspect(id: string, attempt: number, { tasks }: Digest): boolean {
  const wishes = tasks.get(id)?.runs.filter(({ end }) => end?.aborted === false && isWish(end.outcome)) ?? [];
  return attempt - 1 - wishes.length >= 2;
}

/** When it could run and did not yet: from its acceptance and its time, and from each return to its queue. */
function waitsOf(task: TaskDigest, history: Digest): readonly Moment[] {
  const { endAt } = history;
  const call = askedCall(task);
  if (call === undefined) return [];
  const stops = [
    ...task.revokes.map(({ at }) => at),
    ...task.seen.flatMap(({ at, lines }) => (lines.some(([state]) => isTerminal(state)) ? [at] : [])),
  ];
  const moments: Moment[] = [];
  // Its caller died, and what may run only once can end without having run: nobody knows since when.
  const unseen = endsOf(task).length > 0 && endsOf(task).every(({ line }) => line === undefined);
  const wait = (from: number, until: number, suspect = false): void => {
    const end = Math.min(until, ...stops, endAt);
    if (unseen && end === endAt) return;
    if (end > from)
      moments.push([from, (now) => now.wait(1, suspect)], [end, (now) => now.wait(-1, suspect)]);
  };
  const accepted = task.submits.flatMap(({ answer }) => (answer?.phase === 'ok' ? [answer] : []));
  const first = accepted.sort((one, other) => one.at - other.at)[0];
  // What expires may end without being run, and a retry waits for a time that only the gateway knows.
  const { setup, faults } = history;
  // With a wall clock that jumps nobody can say when a task is due.
  const timed = call.dueAt !== null && faults.some(({ fault }) => fault === 'clock-jump');
  if (first !== undefined && call.expiresAt === null && !timed) {
    const due = call.dueAt === null ? first.at : Math.max(first.at, call.dueAt - setup.wall + setup.at);
    wait(due, task.runs[0]?.begin.at ?? endAt);
  }
  const returns = new Map<number, number>();
  for (const { at, lines } of task.seen)
    for (const [state, , , attempt] of lines)
      if (state === 'PENDING' && attempt > 0 && !returns.has(attempt)) returns.set(attempt, at);
  for (const [attempt, at] of returns) {
    const next = task.runs.filter((run) => run.attempt > attempt).map(({ begin }) => begin.at);
    wait(at, Math.min(endAt, ...next), mayBeSuspect(task.id, attempt + 1, history));
  }
  return moments;
}

class Watching {
  readonly waits: number[] = [];
  readonly violations: string[] = [];
  readonly #history: Digest;
  readonly #rooms = new Map<string, Pick<WorkerLife, 'concurrency' | 'prefetch'>>();
  readonly #running = new Map<string, Set<string>>();
  readonly #struck = new Map<string, number>();
  #outages = 0;
  /** Those that surely stand no trial. */
  #waiting = 0;
  /** Of those that wait, how many may have to stand trial. */
  #suspects = 0;
  /** By worker, its runs that may. */
  readonly #tried = new Map<string, Set<string>>();
  /** Since when something could begin and nothing did. */
  #since: number | undefined;

  constructor(history: Digest) {
    this.#history = history;
  }

  pass(at: number, happen: (now: Watching) => void): void {
    happen(this);
    if (!this.#could) this.#stop(at);
    else this.#since ??= at;
  }

  /** Ends the wait that is under way; another may begin at once. */
  begin(at: number, worker: string, nonce: string, suspect: boolean): void {
    this.#stop(at);
    for (const runs of suspect ? [this.#running, this.#tried] : [this.#running]) {
      const of = runs.get(worker);
      if (of === undefined) runs.set(worker, new Set([nonce]));
      else of.add(nonce);
    }
  }

  end(worker: string, nonce: string): void {
    this.#running.get(worker)?.delete(nonce);
    this.#tried.get(worker)?.delete(nonce);
  }

  /** @param room `undefined` where the worker is gone, or cannot be reached */
  room(worker: string, room: WorkerLife | undefined): void {
    if (room !== undefined) this.#rooms.set(worker, room);
    else this.#rooms.delete(worker);
  }

  /** Its runs went with it; those of one that only lost its connection go on. */
  dies(worker: string): void {
    this.#running.delete(worker);
    this.#tried.delete(worker);
  }

  strike(worker: string, more: number): void {
    this.#struck.set(worker, (this.#struck.get(worker) ?? 0) + more);
  }

  out(more: number): void {
    this.#outages += more;
  }

  wait(more: number, suspect: boolean): void {
    if (suspect) this.#suspects += more;
    else this.#waiting += more;
  }

  finish(at: number): Stalls {
    this.#stop(at);
    return { waits: this.waits, violations: this.violations };
  }

  get #could(): boolean {
    if (this.#outages > 0) return false;
    // A busy worker may hold some of those that wait.
    let hidden = 0;
    for (const [worker, { concurrency, prefetch }] of this.#rooms)
      if ((this.#running.get(worker)?.size ?? 0) >= concurrency) hidden += prefetch;
    const open = [...this.#rooms.keys()].filter((worker) => this.#hasRoom(worker));
    if (this.#waiting > hidden && open.length > 0) return true;
    const suspects = this.#suspects - Math.max(0, hidden - this.#waiting);
    return suspects > 0 && open.some((worker) => (this.#tried.get(worker)?.size ?? 0) === 0);
  }

  #hasRoom(worker: string): boolean {
    const struck = (this.#struck.get(worker) ?? 0) > 0;
    return !struck && (this.#running.get(worker)?.size ?? 0) < (this.#rooms.get(worker)?.concurrency ?? 0);
  }

  #stop(at: number): void {
    const since = this.#since;
    this.#since = undefined;
    if (since === undefined) return;
    this.waits.push(at - since);
    const { setup, faults } = this.#history;
    const { leaseMs, graceMs, stallMs, faultyStallMs } = setup;
    const recent = (ms: number) => faults.filter(({ begin, end }) => begin <= at && end >= since - ms);
    const troubled = recent(leaseMs + graceMs).some(({ fault }) => fault !== 'worker-kill');
    // What follows from a worker's death alone is over soon: its tasks are free after the grace.
    const bereaved = recent(graceMs).length > 0 ? graceMs + LOOK_MS + stallMs : 0;
    const bound = troubled ? faultyStallMs : stallMs + bereaved;
    if (at - since > bound)
      this.violations.push(`nothing began from ${since} to ${at}, though a task and a worker were ready`);
  }
}
