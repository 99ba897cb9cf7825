import type { DatabaseSync } from 'node:sqlite';
import { queryNumber } from './rows.ts';
import { isDiskFull } from './store-error.ts';

/** Empty pages that stay in the file at least, and for each so many that are used one more: what comes next takes them. */
const SPARE_PAGES = 1_024;
const USED_PER_SPARE = 4;
/** At a time, with the commit and the log that is moved after it: some milliseconds. Nobody waits for room as for other steps. */
const STEP_PAGES = 256;

/**
 * Pages of the file that nothing stands on any more. They are given back to the disk a few at a time, which moves the last pages
 * of the file into their places. A file that was made before this was asked of it keeps them (`celeriac store compact`).
 */
export class FreePages {
  readonly #db: DatabaseSync;
  readonly #pages: () => number | null;
  readonly #free: () => number | null;
  readonly #givesBack: boolean;
  /** Some were given back, which the file on the disk does not show yet. */
  #given = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#pages = queryNumber(db, 'PRAGMA page_count');
    this.#free = queryNumber(db, 'PRAGMA freelist_count');
    // 2 is incremental.
    this.#givesBack = queryNumber(db, 'PRAGMA auto_vacuum')() === 2;
  }

  /** Inside a transaction. @returns whether there are more to give back than were, `limit` at most */
  giveBack(limit: number): boolean {
    if (!this.#givesBack) return false;
    const free = this.#free() ?? 0;
    const used = (this.#pages() ?? 0) - free;
    const surplus = free - Math.max(SPARE_PAGES, Math.floor(used / USED_PER_SPARE));
    if (surplus <= 0) return false;
    const given = Math.min(surplus, limit, STEP_PAGES);
    if (given > 0) this.#db.exec(`PRAGMA incremental_vacuum(${given})`);
    this.#given = true;
    return surplus > given;
  }

  /** Outside a transaction. The file becomes shorter when its log is moved into it. */
  committed(): void {
    if (!this.#given) return;
    this.#given = false;
    try {
      this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch (error) {
      // What was committed stays in the log, for a later one.
      if (!isDiskFull(error)) throw error;
    }
  }
}
