import type { DatabaseSync, StatementSync } from 'node:sqlite';
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
