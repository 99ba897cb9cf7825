import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RevokedTokenRow } from './operations.ts';
import { query } from './rows.ts';

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
