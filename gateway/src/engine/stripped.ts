import type { TaskRecord } from '../core/record.ts';

/** Whether a change leaves of an ended task no more than a tombstone; other arguments of a live one do not. */
export function isStripped(from: TaskRecord, to: TaskRecord): boolean {
  if (to.phase !== 'ended' || to.args !== '' || to.body !== null) return false;
  return from.phase === 'ended' || from.args !== '';
}
