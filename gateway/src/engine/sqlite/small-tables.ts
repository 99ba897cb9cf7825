/** Tables of few rows, all read when the store is opened: what was defined, set, paused and revoked. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TaskSettings } from '../../core/settings.ts';
import type { RevokedTokenRow, SettingsRow } from './operations.ts';
import { query } from './rows.ts';

/** Definitions as JSON, one per name. */
export class DefinitionTable {
  readonly #put: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare(
      `INSERT INTO definitions (name, definition) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET definition = excluded.definition`,
    );
    this.#all = query(db, 'SELECT definition FROM definitions');
  }

  put(name: string, definition: string): void {
    this.#put.run(name, definition);
  }

  all(): readonly string[] {
    return (this.#all.all() as unknown as readonly (readonly [string])[]).map(([definition]) => definition);
  }
}

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

/** The tokens that were revoked, as long as they could be good otherwise. */
export class RevokedTokens {
  readonly #put: StatementSync;
  readonly #forget: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare(
      `INSERT INTO revoked_tokens (claim, name, revoked_at, until) VALUES (?, ?, ?, ?)
       ON CONFLICT (claim, name) DO UPDATE SET revoked_at = excluded.revoked_at, until = excluded.until`,
    );
    this.#forget = db.prepare('DELETE FROM revoked_tokens WHERE until <= ?');
    this.#all = query(db, 'SELECT claim, name, revoked_at, until FROM revoked_tokens');
  }

  put(rows: readonly RevokedTokenRow[], now: number): void {
    for (const row of rows) this.#put.run(...row);
    this.#forget.run(now);
  }

  all(): readonly RevokedTokenRow[] {
    return this.#all.all() as unknown as readonly RevokedTokenRow[];
  }
}
