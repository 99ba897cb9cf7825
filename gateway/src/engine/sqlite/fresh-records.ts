import type { StoredTask } from '../../core/record.ts';
import { lease } from '../../core/transitions.ts';
import type { ClaimAsk, TaskChange } from '../engine.ts';
import { fromStoredRow } from './codec.ts';
import { type FreshRow, mayStayFresh, type NewRow, type StoredRow } from './layout.ts';
import type { Results } from './operations.ts';

/** Tasks; with the bound on their arguments (layout.ts) some 20 MB at most. What waits beyond that is read from the file. */
const MOST = 16_384;

/**
 * What was just inserted and is ready, until it is leased or changes: a claim of it needs no row. The thread has the keys
 * (fresh-keys.ts) and decides; its answers come in its order, so what it leaves out is here.
 */
export class FreshRecords {
  readonly #records = new Map<number, StoredTask>();

  get hasRoom(): boolean {
    return this.#records.size < MOST;
  }

  inserted(records: readonly StoredTask[], rows: readonly NewRow[], results: Results['insert']): void {
    for (const [position, record] of records.entries()) {
      const row = rows[position];
      const key = results[position];
      if (typeof key === 'number' && row !== undefined && mayStayFresh(row)) this.#records.set(key, record);
    }
  }

  /** The record that the thread has leased. */
  claimed(row: StoredRow | FreshRow, { session, worker }: ClaimAsk): StoredTask {
    if (row.length !== 2) return fromStoredRow(row);
    const [key, nonce] = row;
    const record = this.#records.get(key);
    if (record === undefined) throw new Error(`task ${key} was leased without its row, and is not at hand`);
    this.#records.delete(key);
    return lease({ ...record, key }, { session, worker, nonce });
  }

  advanced(changes: readonly TaskChange[]): void {
    for (const { from } of changes) if (from.phase === 'ready') this.#records.delete(from.key);
  }
}
