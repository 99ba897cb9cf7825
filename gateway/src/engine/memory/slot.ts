import type { TaskRecord } from '../../core/record.ts';

/** A task's place in memory: the one thing here that changes. */
export interface Slot {
  record: TaskRecord;
  /** Stands for the content once the arguments are replaced or dropped. */
  hash: string | null;
  /** A tombstone: its arguments are dropped. */
  bare: boolean;
  deleted: boolean;
}
