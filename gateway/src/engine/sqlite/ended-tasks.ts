import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CallOptions } from '@celeriac/protocol';
import { contentHash } from '../../core/content.ts';
import { fromOriginText, toOriginText } from './origin-text.ts';
import { LIMIT, query } from './rows.ts';
import { type Form, fromBody, fromText } from './text.ts';

type Content = readonly [
  name: string,
  call: string | null,
  args: string,
  argsForm: Form,
  origin: string | null,
  contentHash: string | null,
];

/** Tasks that are over: whole ones, and bare ones (tombstones) that only stand for their id. */
export class EndedTasks {
  readonly #old: StatementSync;
  readonly #deleteTask: StatementSync;
  readonly #deleteContent: StatementSync;
  readonly #content: StatementSync;
  readonly #stripTask: StatementSync;
  readonly #stripContent: StatementSync;

  constructor(db: DatabaseSync) {
    this.#old = query(
      db,
      `SELECT key FROM tasks INDEXED BY tasks_ended WHERE phase = 5 AND bare = ? AND ended_at < ?
       ORDER BY ended_at, key ${LIMIT}`,
    );
    this.#deleteTask = db.prepare('DELETE FROM tasks WHERE key = ?');
    this.#deleteContent = db.prepare('DELETE FROM contents WHERE key = ?');
    this.#content = query(
      db,
      'SELECT name, call, args, args_form, origin, content_hash FROM contents WHERE key = ?',
    );
    this.#stripTask = db.prepare(
      'UPDATE tasks SET bare = 1, body = NULL, version = version + 1 WHERE key = ?',
    );
    this.#stripContent = db.prepare(
      `UPDATE contents SET args = '', args_form = 0, origin = ?, content_hash = ? WHERE key = ?`,
    );
  }

  prune(bodiesBefore: number, tombstonesBefore: number, limit: number): number {
    const bare = this.#endedBefore(tombstonesBefore, 1, limit);
    const whole = this.#endedBefore(tombstonesBefore, 0, limit - bare.length);
    for (const key of [...bare, ...whole]) {
      this.#deleteTask.run(key);
      this.#deleteContent.run(key);
    }
    const deleted = bare.length + whole.length;
    const stripped = this.#endedBefore(bodiesBefore, 0, limit - deleted);
    for (const key of stripped) this.#strip(key);
    return deleted + stripped.length;
  }

  #endedBefore(time: number, bare: 0 | 1, limit: number): readonly number[] {
    const rows = this.#old.all(bare, time, limit) as unknown as readonly (readonly [number])[];
    return rows.map(([key]) => key);
  }

  #strip(key: number): void {
    const [name, call, args, argsForm, origin, known] = this.#content.get(key) as unknown as Content;
    const hash =
      known ??
      contentHash({
        name: fromText(name),
        call: call === null ? null : (JSON.parse(call) as CallOptions),
        args: fromBody(args, argsForm),
      });
    const { lineage } = fromOriginText(origin);
    this.#stripContent.run(toOriginText({ lineage, prepend: [] }), hash, key);
    this.#stripTask.run(key);
  }
}
