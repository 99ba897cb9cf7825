import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  matchesText,
  mayMatch,
  payloadText,
  SHOWN_LENGTH,
  summaryOf,
  type TaskSummary,
} from '../../core/summary.ts';
import type { Listing, ListQuery } from '../engine.ts';
import { fromStoredRow } from './codec.ts';
import type { StoredRow } from './layout.ts';
import { query, queryNumber } from './rows.ts';
import { BARE, type Form, fromBody } from './text.ts';

type ListedRow = readonly [args: string, argsForm: Form, ...row: StoredRow];

/**
 * Long arguments stay on the disk, results as well. A payload that is not bare text is JSON, which cannot be cut. The
 * second character of a cell is the state's number: 2, 4 and 5 have errors (see cell.ts).
 */
const LISTED = `SELECT CASE WHEN c.args_form = ${BARE} THEN substr(c.args, 1, ${SHOWN_LENGTH}) ELSE c.args END, c.args_form,
  t.key, c.id, c.name, c.call, c.options, '', ${BARE}, c.origin, c.content_hash,
  t.version, t.phase, t.rank, t.due_at, t.expires_at, t.ended_at, t.attempt, t.nonce, t.holder, t.cell,
  CASE WHEN substr(t.cell, 2, 1) IN ('2', '4', '5') THEN t.body END
  FROM tasks AS t CROSS JOIN contents AS c USING (key) WHERE t.key BETWEEN ? AND ? ORDER BY t.key DESC`;

/**
 * Looks through the tasks, the newest first, a stretch of keys at a time. Filters here rather than with who asks: what does
 * not match never crosses to the main thread.
 */
export class ListedTasks {
  readonly #newest: (...params: number[]) => number | null;
  readonly #stretch: StatementSync;

  constructor(db: DatabaseSync) {
    this.#newest = queryNumber(db, 'SELECT max(key) FROM tasks WHERE key < ?');
    this.#stretch = query(db, LISTED);
  }

  list({ filter, before, limit, reach }: ListQuery): Listing {
    const top = this.#newest(before ?? Number.MAX_SAFE_INTEGER);
    if (top === null) return { tasks: [], next: null };
    const bottom = Math.max(1, top - reach + 1);
    const tasks: TaskSummary[] = [];
    let last = bottom;
    for (const raw of this.#stretch.iterate(bottom, top)) {
      const [args, form, ...row] = raw as unknown as ListedRow;
      const record = fromStoredRow(row);
      if (!mayMatch(record, filter)) continue;
      const summary = summaryOf(record, payloadText(fromBody(args, form)));
      if (!matchesText(summary, filter)) continue;
      tasks.push(summary);
      last = record.key;
      if (tasks.length === limit) break;
    }
    const end = tasks.length === limit ? last : bottom;
    return { tasks, next: this.#newest(end) === null ? null : end };
  }
}
