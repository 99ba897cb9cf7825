/** What every engine does alike, wherever it keeps its tasks. */
import { CeleriacError } from '@celeriac/protocol';
import { type Lane, laneKey, laneOf } from '../core/lane.ts';
import type { StoredTask } from '../core/record.ts';
import type { LaneCount, Write } from './engine.ts';

/** The store cannot be opened, or cannot go on. */
export class EngineError extends CeleriacError {
  override readonly name: string = 'EngineError';

  constructor(message: string, options?: ErrorOptions) {
    super('ENGINE_FAILED', message, options);
  }
}

export function closedError(): EngineError {
  return new EngineError('the task store is closed');
}

/**
 * A write both of whose moments may go unwatched: an engine that fails says so on `failed`, and must not end the
 * process with an unhandled rejection because nobody waited for one of the two.
 */
export function watchedWrite<Verdict>(
  applied: Promise<Verdict>,
  committed: Promise<Verdict>,
): Write<Verdict> {
  applied.catch(ignore);
  committed.catch(ignore);
  return { applied, committed };
}

function ignore(): void {}

/**
 * Whether a task that changes so comes to its queue as a new one would, and stands behind those of its priority that wait
 * there: it was to be tried again, or wished so itself. What is given back, or was lost with its worker, has waited before.
 */
export function comesAnew(from: StoredTask, to: StoredTask): boolean {
  return from.retries !== to.retries || from.requeues !== to.requeues;
}

/** Whether a change reduces an ended task to a tombstone; changed arguments of a live task do not. */
export function isStripped(from: StoredTask, to: StoredTask): boolean {
  if (to.phase !== 'ended' || to.args !== '' || to.body !== null) return false;
  return from.phase === 'ended' || from.args !== '';
}

/** How many of these tasks are of each lane. */
export function countLanes(tasks: readonly Parameters<typeof laneOf>[0][]): readonly LaneCount[] {
  const counts = new Map<string, { lane: Lane; count: number }>();
  for (const task of tasks) {
    const lane = laneOf(task);
    const key = laneKey(lane);
    const counted = counts.get(key);
    if (counted === undefined) counts.set(key, { lane, count: 1 });
    else counted.count += 1;
  }
  return [...counts.values()];
}

/** Keeps the earliest moment of each queue. */
export function noteOldest(oldest: Map<string, number>, queue: string, at: number): void {
  const known = oldest.get(queue);
  if (known === undefined || at < known) oldest.set(queue, at);
}

/** A page of a store: what is longer than one takes as many more. */
const PAGE = 4096;

/** What one step of clearing away may cost, in small tasks, and has cost: large ones count for several. */
export class PruneStep {
  left: number;
  touched = 0;

  constructor(limit: number) {
    this.left = limit;
  }

  get isOver(): boolean {
    return this.left <= 0;
  }

  /** @param size of all that the task carries */
  take(size: number): void {
    this.left -= 1 + Math.floor(size / PAGE);
    this.touched += 1;
  }
}

/** How many more tasks one claim may take from a lane, or from all lanes of one name. */
export interface Budget {
  left: number;
}

/**
 * @param names of the ask's lanes
 * @returns of each lane of an ask; lanes of one name share theirs where the ask says how many each may give
 */
export function budgetsOf(
  names: readonly string[],
  { most, limit }: { readonly most?: readonly number[] | null; readonly limit: number },
): readonly Budget[] {
  if (most == null) return names.map(() => ({ left: limit }));
  const byName = new Map<string, Budget>();
  return names.map((name, position) => {
    const budget = byName.get(name) ?? { left: Math.min(limit, most[position] ?? limit) };
    byName.set(name, budget);
    return budget;
  });
}
