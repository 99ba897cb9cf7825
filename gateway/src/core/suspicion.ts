/**
 * Which of the runs that a worker had when it was lost may have taken it with them.
 *
 * Most crashes are nobody's fault, so the first one makes nobody a suspect. A task that is lost again stands trial: of such
 * tasks a worker runs one at a time, beside whatever else it runs. If that worker is lost too, the suspect is to blame; once it
 * has run for longer than before, it is cleared.
 */
import type { PoolKind } from '@celeriac/protocol';

/** A run that had begun on a worker that was lost. */
export interface LostRun {
  readonly onTrial: boolean;
  /** As which of them it began. */
  readonly order: number;
}

/**
 * - `own`: nobody else can be to blame.
 * - `shared`: it may have been this one or another one.
 * - `none`: it was another one.
 */
export type Blame = 'own' | 'shared' | 'none';

/** What begins after a suspect may be to blame as well; what has run before it did nothing until the suspect came. */
export function blameOf(runs: readonly LostRun[]): readonly Blame[] {
  if (runs.length === 1) return ['own'];
  const [suspect, another] = runs.filter(({ onTrial }) => onTrial);
  if (suspect === undefined || another !== undefined) return runs.map(() => 'shared');
  const isLater = (run: LostRun): boolean => run.order > suspect.order;
  const blame = runs.some(isLater) ? 'shared' : 'own';
  return runs.map((run) => (run === suspect || isLater(run) ? blame : 'none'));
}

/** Whether a body of this pool can end its worker's process. A thread can, though what it throws ends the thread alone. */
export function canEndWorker(pool: PoolKind): boolean {
  return pool !== 'processes';
}

/**
 * Whether a task that was lost so often stands trial. Where bodies have a thread or a process of their own, a worker is
 * hardly ever lost by one of them, so there it takes what would else end the task.
 */
export function isSuspect(deliveries: number, maxDeliveries: number, pool: PoolKind): boolean {
  return deliveries >= (pool === 'inline' ? Math.min(2, maxDeliveries - 1) : maxDeliveries);
}

/** How many runs may be lost of which it is not sure that the task ended them; of those that it did end, `maxDeliveries`. */
export function sharedLimit(maxDeliveries: number): number {
  return maxDeliveries === 1 ? 1 : 2 * maxDeliveries;
}

const LEAST_MARGIN_MS = 1_000;
const MOST_MARGIN_MS = 10_000;

/** For how long a trial lasts at most: what ends its worker does so after about the same time again. */
export function trialAfter(ranMs: number): number {
  return ranMs + Math.min(MOST_MARGIN_MS, Math.max(LEAST_MARGIN_MS, Math.ceil(ranMs / 4)));
}
