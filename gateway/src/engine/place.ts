import type { TaskRecord } from '../core/record.ts';

/**
 * Whether a task that changes so comes to its queue as a new one would, and stands behind those of its priority that wait
 * there: it was to be tried again, or wished so itself. What is given back, or was lost with its worker, has waited before.
 */
export function comesAnew(from: TaskRecord, to: TaskRecord): boolean {
  return from.retries !== to.retries || from.requeues !== to.requeues;
}
