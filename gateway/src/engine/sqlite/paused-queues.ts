import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { query } from './rows.ts';

/** The queues that are paused. */
export class PausedQueues {
  readonly #add: StatementSync;
  readonly #delete: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare('INSERT OR IGNORE INTO paused_queues (queue) VALUES (?)');
    this.#delete = db.prepare('DELETE FROM paused_queues WHERE queue = ?');
    this.#all = query(db, 'SELECT queue FROM paused_queues');
  }

  put(queue: string, paused: boolean): void {
    if (paused) this.#add.run(queue);
    else this.#delete.run(queue);
  }

  all(): readonly string[] {
    return (this.#all.all() as unknown as readonly (readonly [string])[]).map(([queue]) => queue);
  }
}
