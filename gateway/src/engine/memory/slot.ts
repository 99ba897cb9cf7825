import type { StoredTask } from '../../core/record.ts';

/** A task's place in memory: the one thing here that changes. */
export interface Slot {
  record: StoredTask;
  /** Where it stands among the waiting of its priority; 0: it takes the last place when it is next ready. */
  place: number;
  /** Stands for the content once the arguments are replaced or dropped. */
  hash: string | null;
  /** A tombstone: its arguments are dropped. */
  bare: boolean;
  deleted: boolean;
}
