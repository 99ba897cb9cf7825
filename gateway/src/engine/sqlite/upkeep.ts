/** Maintenance of a store that no gateway has open: checking it, or making it as small as possible. */
import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { nanoid } from 'nanoid';
import { explain, isOurs, leaveWhole, markShut, openDatabase, versionIn, writeShut } from './database.ts';
import { refuseHeld } from './held-stores.ts';
import { fileSize } from './log-file.ts';
import { isLogLost, isMarkedOpen, refuseLoss, SECOND_NAME, schemaOf } from './marks.ts';
import { realPlace } from './private-file.ts';
import { queryNumber } from './rows.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { errorText, StoreError, sqliteCode } from './store-error.ts';

/** The result of checking a store. */
export interface StoreReport {
  /** What is wrong with it, one line each; empty if it is sound. */
  readonly faults: readonly string[];
  /** The version of its schema. */
  readonly schema: number;
  /** The version that this gateway upgrades it to when it opens it. */
  readonly newestSchema: number;
  /** Whether its gateway ended without closing it: then the log beside it is part of it. */
  readonly open: boolean;
  /** The size of its file, in bytes. */
  readonly bytes: number;
  /** Bytes of the file that are unused. */
  readonly freeBytes: number;
  /** The size of its write-ahead log, in bytes. */
  readonly logBytes: number;
  /** `null` if it is damaged. */
  readonly tasks: {
    readonly waiting: number;
    /** Held by workers when its gateway ended. */
    readonly held: number;
    readonly ended: number;
    readonly tombstones: number;
  } | null;
}

/**
 * Reads a whole store, and changes nothing.
 * @param accept from now on, accepts a sound store whose log is lost
 * @throws StoreError if it does not exist, is open in a gateway, is not a Celeriac store, or a part of it is missing
 * @example const { faults, schema } = checkStore('celeriac.db');
 */
export function checkStore(store: string, accept = false): StoreReport {
  const file = realPlace(store);
  return withWords('check', file, () => {
    refuseHeld(file);
    const accepts = accept && isLogLost(file);
    if (!accepts) refuseLoss(file);
    refuseAbsent(file);
    const report = inspect(file);
    if (accepts && report.faults.length === 0) acceptAsIs(file);
    return report;
  });
}

/** The result of compacting a store. */
export interface Compacted {
  /** The size of its file before, in bytes. */
  readonly bytesBefore: number;
  /** The size of its file now, in bytes. */
  readonly bytes: number;
}

/**
 * Rewrites a store without its unused space, so that it returns such space by itself from now on. Meanwhile it needs up to twice the
 * size of the compacted store as free space beside it; an interrupted run changes nothing.
 * @throws StoreError as {@link checkStore}, and if there is not enough space
 * @example const { bytesBefore, bytes } = compactStore('celeriac.db');
 */
export function compactStore(store: string): Compacted {
  const file = realPlace(store);
  return withWords('compact', file, () => {
    refuseHeld(file);
    refuseLoss(file);
    refuseAbsent(file);
    const bytesBefore = fileSize(file) + fileSize(`${file}-wal`);
    // What SQLite writes meanwhile goes beside the store, not into a folder for temporary files that may be in memory.
    process.env['SQLITE_TMPDIR'] = dirname(file);
    const db = openDatabase({ file, epoch: nanoid(), secret: nanoid(), maxPages: null, reserveBytes: 0 });
    try {
      db.exec('PRAGMA temp_store = FILE; PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
      markShut(db);
      db.close();
    } catch (error) {
      leaveWhole(db);
      throw error;
    }
    rmSync(file + SECOND_NAME, { force: true });
    return { bytesBefore, bytes: fileSize(file) };
  });
}

function inspect(file: string): StoreReport {
  // What SQLite makes beside a store to read it, where it was not there.
  const made = [`${file}-shm`, `${file}-wal`].filter((part) => !existsSync(part));
  const [db, locked] = openToRead(file);
  try {
    const number = (sql: string): number => queryNumber(db, sql)() ?? 0;
    if (!isOurs(db)) throw new Error('it is a database of another program');
    const version = versionIn(db);
    const logBytes = fileSize(`${file}-wal`);
    const pageBytes = number('PRAGMA page_size');
    const tasks = (where: string): number => number(`SELECT count(*) FROM tasks WHERE ${where}`);
    const faults = faultsOf(db);
    return {
      faults,
      schema: schemaOf(version),
      newestSchema: SCHEMA_VERSION,
      // Older gateways did not mark theirs.
      open: isMarkedOpen(version) || logBytes > 0,
      bytes: fileSize(file),
      freeBytes: number('PRAGMA freelist_count') * pageBytes,
      logBytes,
      tasks:
        faults.length > 0
          ? null
          : {
              waiting: tasks('phase NOT IN (3, 4, 5)'),
              held: tasks('phase IN (3, 4)'),
              ended: tasks('phase = 5 AND bare = 0'),
              tombstones: tasks('phase = 5 AND bare = 1'),
            },
    };
  } finally {
    if (locked) for (const part of made) rmSync(part, { force: true });
    db.close();
  }
}

/** What SQLite says where it cannot make its memory file beside a store: read only, a failing write, a file that cannot be made. */
const CANNOT_WRITE: ReadonlySet<number | undefined> = new Set([8, 10, 14]);

/** @returns also whether no gateway takes the store meanwhile */
function openToRead(file: string): readonly [db: DatabaseSync, locked: boolean] {
  try {
    return [begun(file), true];
  } catch (error) {
    // Where nothing can be written, on a disk that is full or is read only, one that needs no log is read without a lock.
    if (!CANNOT_WRITE.has(sqliteCode(error)) || fileSize(`${file}-wal`) > 0) throw error;
    const unchanging = pathToFileURL(file);
    unchanging.searchParams.set('immutable', '1');
    return [begun(unchanging), false];
  }
}

function begun(file: string | URL): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    db.exec('PRAGMA trusted_schema = OFF; BEGIN');
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Some damage keeps SQLite from looking any further. */
function faultsOf(db: DatabaseSync): readonly string[] {
  try {
    const found = db.prepare('PRAGMA integrity_check').all();
    const faults = found.map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok');
    return faults.length > 0 ? faults : contradictionsIn(db);
  } catch (error) {
    return [errorText(error)];
  }
}

/** What no gateway writes, in a file that is sound for SQLite: each would end one that comes across it. */
const CONTRADICTIONS = [
  ['FROM tasks AS t LEFT JOIN contents AS c USING (key) WHERE c.key IS NULL', 'tasks without their call'],
  ['FROM contents AS c LEFT JOIN tasks AS t USING (key) WHERE t.key IS NULL', 'calls without their task'],
  ['FROM tasks WHERE phase NOT BETWEEN 0 AND 6 OR NOT json_valid(cell)', 'tasks whose state cannot be read'],
  [
    'FROM contents WHERE NOT json_valid(call) OR NOT json_valid(options) OR NOT json_valid(origin) OR (args_form = 1 AND NOT json_valid(args))',
    'tasks whose call cannot be read',
  ],
  [
    'FROM tasks WHERE phase IN (0, 1, 2, 6) AND lane NOT IN (SELECT lane FROM lanes)',
    'tasks that wait in a queue that does not exist',
  ],
] as const;

function contradictionsIn(db: DatabaseSync): readonly string[] {
  return CONTRADICTIONS.flatMap(([from, what]) => {
    const count = queryNumber(db, `SELECT count(*) ${from}`)() ?? 0;
    return count === 0 ? [] : [`${count} ${what}`];
  });
}

function acceptAsIs(file: string): void {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    writeShut(db);
  } finally {
    db.close();
  }
  rmSync(file + SECOND_NAME, { force: true });
}

function refuseAbsent(file: string): void {
  if (!existsSync(file)) throw new Error('it does not exist');
  if (fileSize(file) === 0) throw new Error('it is empty');
}

function withWords<Value>(what: string, file: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`cannot ${what} task store ${file}: ${explain(error)}`, { cause: error });
  }
}
