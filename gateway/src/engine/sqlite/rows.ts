import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StoredRow } from './layout.ts';

/** The columns of {@link StoredRow}, for a query over `tasks AS t JOIN contents AS c USING (key)`. */
export const STORED = `t.key, c.id, c.name, c.call, c.options, c.args, c.args_form, c.origin, c.subject,
  t.version, t.phase, t.rank, t.due_at, t.expires_at, t.ended_at, t.attempt, t.nonce, t.holder, t.cell, t.body, t.place`;

/**
 * The columns of an outline: of the origin, which holds results of other tasks as well, the two ids at its front, as they
 * stand there (`json_extract` would make of half a surrogate pair, which is escaped, something else).
 */
export const OUTLINE = `c.id, c.subject, c.origin -> '$[0]', c.origin -> '$[1]', c.options,
  t.phase, t.attempt, t.nonce, t.holder`;

/**
 * A bound that is a bare parameter makes SQLite compile the statement anew whenever it is bound (the number might
 * change its plan), which costs ten times what the query does. A sum is not looked at.
 */
export const LIMIT = 'LIMIT ? + 0';

/** A query whose rows come as arrays: twice as fast as objects, and ready to be sent. */
export function query(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return statement;
}

/** Whole tasks. `from` follows FROM: it names the tasks as `t`. */
export function queryStored(db: DatabaseSync, from: string): (...params: number[]) => readonly StoredRow[] {
  const statement = query(db, `SELECT ${STORED} FROM ${from}`);
  return (...params) => statement.all(...params) as unknown as readonly StoredRow[];
}

/** One number, of a query that gives at most one row of one column. */
export function queryNumber(db: DatabaseSync, sql: string): (...params: number[]) => number | null {
  const statement = query(db, sql);
  return (...params) => {
    const row = statement.get(...params) as unknown as readonly [number | null] | undefined;
    return row === undefined ? null : row[0];
  };
}
