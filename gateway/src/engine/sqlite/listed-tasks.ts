import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  matchesText,
  mayMatch,
  payloadText,
  SHOWN_LENGTH,
  summaryOf,
  type TaskSummary,
} from '../../core/summary.ts';
import type { HistoryQuery, Listing } from '../engine.ts';
import { fromStoredRow } from './codec.ts';
import { ownerOf } from './id-key.ts';
import type { StoredRow } from './layout.ts';
import { query, queryNumber } from './rows.ts';
import { BARE, type Form, fromBody, toStoredText } from './text.ts';

type ListedRow = readonly [args: string, argsForm: Form, ...row: StoredRow];

/**
 * Long arguments stay on the disk, results as well. A payload that is not bare text is JSON, which cannot be cut. The
 * second character of a cell is the state's number: 2, 4 and 5 have errors (see cell.ts).
 */
const LISTED = `SELECT CASE WHEN c.args_form = ${BARE} THEN substr(c.args, 1, ${SHOWN_LENGTH}) ELSE c.args END, c.args_form,
  t.key, c.id, c.name, c.call, c.options, '', ${BARE}, c.origin, c.subject,
  t.version, t.phase, t.rank, t.due_at, t.expires_at, t.ended_at, t.attempt, t.nonce, t.holder, t.cell,
  CASE WHEN substr(t.cell, 2, 1) IN ('2', '4', '5') THEN t.body END, t.place`;

const OWNED = 'contents AS c INDEXED BY contents_owner';
const OF_OWNER = 'c.owner = ? AND c.subject = ? AND c.key < ?';

/**
 * Looks through the tasks, the newest first, a stretch of keys at a time; those of one subject by their index. Filters here
 * rather than with who asks: what does not match never crosses to the main thread.
 */
export class ListedTasks {
  readonly #secret: string;
  readonly #newest: (...params: number[]) => number | null;
  readonly #stretch: StatementSync;
  readonly #owned: StatementSync;
  readonly #older: StatementSync;

  constructor(db: DatabaseSync, secret: string) {
    this.#secret = secret;
    this.#newest = queryNumber(db, 'SELECT max(key) FROM tasks WHERE key < ?');
    this.#stretch = query(
      db,
      `${LISTED} FROM tasks AS t CROSS JOIN contents AS c USING (key)
       WHERE t.key BETWEEN ? AND ? ORDER BY t.key DESC`,
    );
    this.#owned = query(
      db,
      `${LISTED} FROM ${OWNED} CROSS JOIN tasks AS t USING (key) WHERE ${OF_OWNER} ORDER BY c.key DESC`,
    );
    this.#older = query(db, `SELECT key FROM ${OWNED} WHERE ${OF_OWNER} LIMIT 1`);
  }

  list(asked: HistoryQuery): Listing {
    const { subject } = asked.filter;
    return subject === undefined ? this.#listAll(asked) : this.#listOwned(toStoredText(subject), asked);
  }

  #listAll({ filter, before, limit, reach }: HistoryQuery): Listing {
    const top = this.#newest(before ?? Number.MAX_SAFE_INTEGER);
    if (top === null) return { tasks: [], next: null };
    const bottom = Math.max(1, top - reach + 1);
    const tasks: TaskSummary[] = [];
    let last = bottom;
    for (const raw of this.#stretch.iterate(bottom, top)) {
      const [key, summary] = summaryIn(raw, filter);
      if (summary === undefined) continue;
      tasks.push(summary);
      last = key;
      if (tasks.length === limit) break;
    }
    const end = tasks.length === limit ? last : bottom;
    return { tasks, next: this.#newest(end) === null ? null : end };
  }

  #listOwned(subject: string, { filter, before, limit, reach }: HistoryQuery): Listing {
    const owner = ownerOf(subject, this.#secret);
    const tasks: TaskSummary[] = [];
    let looked = 0;
    let last = before ?? Number.MAX_SAFE_INTEGER;
    for (const raw of this.#owned.iterate(owner, subject, last)) {
      const [key, summary] = summaryIn(raw, filter);
      if (summary !== undefined) tasks.push(summary);
      last = key;
      looked += 1;
      if (tasks.length === limit || looked === reach) break;
    }
    return { tasks, next: this.#older.get(owner, subject, last) === undefined ? null : last };
  }
}

/** @returns the row's key, and what is shown of it if it matches */
function summaryIn(
  raw: unknown,
  filter: HistoryQuery['filter'],
): readonly [key: number, summary: TaskSummary | undefined] {
  const [args, form, ...row] = raw as ListedRow;
  const record = fromStoredRow(row);
  if (!mayMatch(record, filter)) return [record.key, undefined];
  const summary = summaryOf(record, payloadText(fromBody(args, form)));
  return [record.key, matchesText(summary, filter) ? summary : undefined];
}
