import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TaskSettings } from '../../core/settings.ts';
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

  /** How many may be through a gate of each task, where that is set. */
  keyLimits(): readonly (readonly [name: string, limit: number | null])[] {
    return this.all().flatMap(([name, settings]) => {
      const limit = keyLimitOf(settings);
      return limit === undefined ? [] : [[name, limit] as const];
    });
  }

  all(): readonly SettingsRow[] {
    return this.#all.all() as unknown as readonly SettingsRow[];
  }
}

/** @returns `undefined` where nothing is set */
export function keyLimitOf(settings: string | null): number | null | undefined {
  return settings === null ? undefined : (JSON.parse(settings) as TaskSettings).keyLimit;
}
