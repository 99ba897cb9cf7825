import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { CallOptions } from '@celeriac/protocol/internal';
import { contentHash } from '../../core/content.ts';
import type { Outdated, Pruned } from '../engine.ts';
import { PruneStep } from '../engine-parts.ts';
import { LIMIT, query, queryNumber } from './rows.ts';
import { type Form, fromBody, fromOriginText, fromStoredText, toOriginText } from './text.ts';

type Content = readonly [
  name: string,
  call: string | null,
  args: string,
  argsForm: Form,
  origin: string | null,
  contentHash: string | null,
];

const WHOLE = 0;
const BARE = 1;

/** Tasks that are over: whole ones, and bare ones (tombstones) that only stand for their id. */
export class EndedTasks {
  readonly #old: StatementSync;
  readonly #countBare: () => number | null;
  readonly #markBare: StatementSync;
  readonly #deleteTask: StatementSync;
  readonly #deleteContent: StatementSync;
  readonly #content: StatementSync;
  readonly #stripTask: StatementSync;
  readonly #stripContent: StatementSync;
  /** How many are bare; counted when it is first asked for, which looks at all of them. */
  #bare: number | undefined;

  constructor(db: DatabaseSync) {
    this.#old = query(
      db,
      `SELECT t.key, coalesce(octet_length(t.body), 0) + octet_length(c.args)
       FROM tasks AS t INDEXED BY tasks_ended CROSS JOIN contents AS c USING (key)
       WHERE t.phase = 5 AND t.bare = ? AND t.ended_at < ? ORDER BY t.ended_at, t.key ${LIMIT}`,
    );
    this.#countBare = queryNumber(
      db,
      'SELECT count(*) FROM tasks INDEXED BY tasks_ended WHERE phase = 5 AND bare = 1',
    );
    this.#markBare = db.prepare('UPDATE tasks SET bare = 1 WHERE key = ? AND bare = 0');
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

  prune(outdated: Outdated, limit: number): Pruned {
    const step = new PruneStep(limit);
    this.#delete(step, BARE, outdated.tombstonesBefore);
    this.#delete(step, WHOLE, outdated.tombstonesBefore);
    this.#delete(step, BARE, outdated.surplusBefore, this.#bareCount() - outdated.tombstones);
    for (const key of this.#endedBefore(step, WHOLE, outdated.bodiesBefore)) this.#strip(key);
    return { touched: step.touched, more: step.isOver };
  }

  /** Reduces an ended task to a tombstone. */
  markBare(key: number): void {
    if (this.#markBare.run(key).changes !== 0 && this.#bare !== undefined) this.#bare += 1;
  }

  rollback(): void {
    this.#bare = undefined;
  }

  #bareCount(): number {
    this.#bare ??= this.#countBare() ?? 0;
    return this.#bare;
  }

  #delete(step: PruneStep, bare: 0 | 1, time: number, most?: number): void {
    for (const key of this.#endedBefore(step, bare, time, most)) {
      this.#deleteTask.run(key);
      this.#deleteContent.run(key);
      if (bare === BARE && this.#bare !== undefined) this.#bare -= 1;
    }
  }

  /** As many as the step has room for, the longest ended first. */
  #endedBefore(step: PruneStep, bare: 0 | 1, time: number, most = step.left): readonly number[] {
    const limit = Math.min(step.left, most);
    if (limit <= 0) return [];
    const rows = this.#old.all(bare, time, limit) as unknown as readonly (readonly [number, number])[];
    const keys: number[] = [];
    for (const [key, size] of rows) {
      if (step.isOver) break;
      step.take(size);
      keys.push(key);
    }
    return keys;
  }

  #strip(key: number): void {
    const [name, call, args, argsForm, origin, known] = this.#content.get(key) as unknown as Content;
    const hash =
      known ??
      contentHash({
        name: fromStoredText(name),
        call: call === null ? null : (JSON.parse(call) as CallOptions),
        args: fromBody(args, argsForm),
      });
    const { lineage } = fromOriginText(origin);
    this.#stripContent.run(toOriginText({ lineage, prepend: [] }), hash, key);
    this.#stripTask.run(key);
    if (this.#bare !== undefined) this.#bare += 1;
  }
}
