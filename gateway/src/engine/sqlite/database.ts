import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID, isMarkedOpen, markedOpen, refuseLoss, schemaOf } from './marks.ts';
import type { StoreOptions } from './operations.ts';
import { keepPrivate, makePrivateFile } from './private-file.ts';
import { query, queryNumber } from './rows.ts';
import { MIGRATIONS, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import { errorText, isDiskFull, StoreError, sqliteCode } from './store-error.ts';

/** Before it, two connections could corrupt a WAL by checkpointing at the same instant (fixed in March 2026). */
const OLDEST_SQLITE = [3, 51, 3] as const;

/** Page cache, in KiB: the thread's memory does not grow with the store. */
const CACHE_KIB = 8 * 1024;

/** A file up to here is checked whole at start, which takes a fraction of a second; a larger one in its small tables. */
const CHECKED_BYTES = 64 * 1024 * 1024;

/** The log is cut to this when it begins anew: a long write that is over need not take its room for ever. */
const LOG_BYTES = 8 * 1024 * 1024;

const BUSY = 5;
const READ_ONLY = 8;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

/**
 * Opens the file, or makes it. One connection holds it exclusively until it is closed.
 * @throws StoreError naming the file, when it is held by another process, damaged, newer than this code or not ours
 */
export function openDatabase(options: StoreOptions): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    refuseLoss(options.file);
    makePrivateFile(options.file);
    db = new DatabaseSync(options.file);
    try {
      prepare(db, options);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      // It is begun with what is there for when the disk is full.
      if (db.isTransaction) db.exec('ROLLBACK');
      rmSync(`${options.file}-reserve`, { force: true });
      prepare(db, options);
    }
    keepPrivate(options.file);
    return db;
  } catch (error) {
    if (db !== undefined) leaveWhole(db);
    throw new StoreError(`cannot open task store ${options.file}: ${explain(error)}`, { cause: error });
  }
}

/** Closes it after a failure, where nothing was kept: SQLite moves its log then, so it must not be marked as open. */
export function leaveWhole(db: DatabaseSync): void {
  try {
    if (db.isTransaction) db.exec('ROLLBACK');
    if (isOurs(db) && isMarkedOpen(versionIn(db))) markShut(db);
  } catch {
    // What is in the way is told already.
  }
  db.close();
}

function prepare(db: DatabaseSync, options: StoreOptions): void {
  // Before it looks into the file: then it needs no memory that it would share with others.
  db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF');
  assertSqlite(db);
  // Before anything is written: what is not ours stays as it is.
  const empty = isEmpty(db);
  if (empty) create(db, options);
  else assertOurs(db);
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 1000;
    PRAGMA journal_size_limit = ${LOG_BYTES};
    PRAGMA cache_size = -${CACHE_KIB};
    PRAGMA mmap_size = 0;
    PRAGMA temp_store = MEMORY;
  `);
  // A write takes the lock, which this connection then keeps.
  db.exec('BEGIN IMMEDIATE; COMMIT');
  assertDurable(db);
  markOpen(db);
  if (!empty) {
    migrate(db, options);
    check(db);
  }
  if (options.maxPages !== null) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);
}

function assertSqlite(db: DatabaseSync): void {
  const { version } = db.prepare('SELECT sqlite_version() AS version').get() as { readonly version: string };
  const parts = version.split('.').map(Number);
  for (const [position, oldest] of OLDEST_SQLITE.entries()) {
    const part = parts[position] ?? 0;
    if (part > oldest) return;
    if (part < oldest) {
      throw new Error(
        `needs SQLite ${OLDEST_SQLITE.join('.')}, but Node ${process.versions.node} has ${version}`,
      );
    }
  }
}

function assertDurable(db: DatabaseSync): void {
  const mode = db.prepare('PRAGMA journal_mode').get()?.['journal_mode'];
  const synchronous = db.prepare('PRAGMA synchronous').get()?.['synchronous'];
  // 2 is FULL: each commit waits for fsync.
  if (mode !== 'wal' || synchronous !== 2) {
    throw new Error(
      `expected journal_mode wal and synchronous 2, got ${String(mode)} and ${String(synchronous)}`,
    );
  }
}

function isEmpty(db: DatabaseSync): boolean {
  return queryNumber(db, 'SELECT count(*) FROM sqlite_schema')() === 0;
}

/** Whether a gateway made it. */
export function isOurs(db: DatabaseSync): boolean {
  return queryNumber(db, 'PRAGMA application_id')() === APPLICATION_ID;
}

/** With what it says about its log. */
export function versionIn(db: DatabaseSync): number {
  return queryNumber(db, 'PRAGMA user_version')() ?? 0;
}

function assertOurs(db: DatabaseSync): void {
  if (!isOurs(db)) throw new Error('it is a database of another program');
  const version = schemaOf(versionIn(db));
  if (version > SCHEMA_VERSION) {
    throw new Error(`its schema has version ${version}; this gateway knows versions up to ${SCHEMA_VERSION}`);
  }
}

/** Without a log: one that is cut short leaves an empty file and nothing else that counts. */
function create(db: DatabaseSync, { epoch, secret }: StoreOptions): void {
  // Has to be said before there is a page.
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; BEGIN');
  db.exec(SCHEMA);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
  db.prepare('INSERT INTO meta (epoch, secret) VALUES (?, ?)').run(epoch, secret);
  db.exec('COMMIT');
}

/** Before anything is kept: from here on the file is not whole without its log. */
function markOpen(db: DatabaseSync): void {
  const version = versionIn(db);
  if (!isMarkedOpen(version)) db.exec(`PRAGMA user_version = ${markedOpen(version)}`);
  moveLog(db);
}

/**
 * After the last thing was kept. What the log holds is in the file before the mark is: whoever finds the mark needs no log.
 * @throws DiskFullError's cause where there is no room for it: the log stays
 */
export function markShut(db: DatabaseSync): void {
  moveLog(db);
  writeShut(db);
  moveLog(db);
}

/** Of a store that has no log, or whose log is moved. */
export function writeShut(db: DatabaseSync): void {
  db.exec(`PRAGMA user_version = ${schemaOf(versionIn(db))}`);
}

/** The log keeps its bytes: an empty one is missing. */
function moveLog(db: DatabaseSync): void {
  const [, pages, moved] = query(db, 'PRAGMA wal_checkpoint(PASSIVE)').get() as unknown as readonly number[];
  if (pages !== moved) throw new Error(`only ${moved} of the ${pages} pages in its log could be moved`);
}

/** A file that an older gateway made becomes one of this version, or stays as it was. */
function migrate(db: DatabaseSync, options: StoreOptions): void {
  const found = schemaOf(versionIn(db));
  if (found === SCHEMA_VERSION) return;
  db.exec('BEGIN');
  for (let version = found; version < SCHEMA_VERSION; version++) {
    const step = MIGRATIONS[version];
    if (step === undefined) throw new Error(`its schema has version ${version}, which cannot be upgraded`);
    if (typeof step === 'string') db.exec(step);
    else step(db, options);
  }
  db.exec(`PRAGMA user_version = ${markedOpen(SCHEMA_VERSION)}; COMMIT`);
}

function check(db: DatabaseSync): void {
  const pages = queryNumber(db, 'PRAGMA page_count')() ?? 0;
  const pageBytes = queryNumber(db, 'PRAGMA page_size')() ?? 0;
  const whole = pages * pageBytes <= CHECKED_BYTES;
  for (const scope of whole
    ? ['1']
    : ['meta', 'lanes', 'definitions', 'settings', 'paused_queues', 'revoked_tokens']) {
    const found = db.prepare(`PRAGMA quick_check(${scope})`).get()?.['quick_check'];
    if (found !== 'ok') throw new Error(`it is damaged: ${String(found)}`);
  }
}

/** The error in our own words. */
export function explain(error: unknown): string {
  const code = sqliteCode(error);
  if (code === BUSY) return 'another process holds it (is a second gateway running on this file?)';
  if (code === NOT_A_DATABASE) return 'it is not a database, or it is damaged';
  if (code === READ_ONLY || code === CANNOT_OPEN)
    return `${errorText(error)}: its file and its folder must be writable`;
  return errorText(error);
}
