import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SettingsRow } from './operations.ts';
import { query } from './rows.ts';

/** What was set for tasks at run time, as JSON, one per name that something is set for. */
export class SettingsTable {
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare(
      `INSERT INTO settings (name, settings) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET settings = excluded.settings`,
    );
    this.#delete = db.prepare('DELETE FROM settings WHERE name = ?');
    this.#all = query(db, 'SELECT name, settings FROM settings');
  }

  put([name, settings]: SettingsRow): void {
    if (settings === null) this.#delete.run(name);
    else this.#put.run(name, settings);
  }

  all(): readonly SettingsRow[] {
    return this.#all.all() as unknown as readonly SettingsRow[];
  }
}
