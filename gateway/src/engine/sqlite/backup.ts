/** A copy of an open store, made while it is used. */
import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { writeShut } from './database.ts';
import { PRIVATE } from './private-file.ts';

/** Pages in one step: the store is held up for no longer than they take, about a millisecond. */
const STEP_PAGES = 256;
/** It cannot be begun while a transaction is open, and one may be begun just then. */
const TRIES = 1_000;

/**
 * Copies a store into a file that is not there yet, which is there whole or not at all. What is committed meanwhile is in it.
 * @param settle commits what is open, so that the copy can be begun
 * @returns how many bytes it has
 */
export async function copyStore(db: DatabaseSync, file: string, settle: () => void): Promise<number> {
  const partial = `${file}.partial`;
  clear(partial);
  closeSync(openSync(partial, 'wx', PRIVATE));
  try {
    await copyPages(db, partial, settle);
    finish(partial);
    take(partial, file);
    return statSync(file).size;
  } finally {
    clear(partial);
  }
}

/** Including the files of SQLite beside it, which it cannot remove when the disk is full. */
function clear(partial: string): void {
  for (const part of ['', '-journal', '-wal', '-shm']) rmSync(partial + part, { force: true });
}

async function copyPages(db: DatabaseSync, partial: string, settle: () => void): Promise<void> {
  let begun = false;
  for (let tries = 1; ; tries++) {
    settle();
    try {
      await backup(db, partial, {
        rate: STEP_PAGES,
        progress: () => {
          begun = true;
        },
      });
      return;
    } catch (error) {
      if (begun || !db.isOpen || tries === TRIES) throw error;
    }
  }
}

/** It needs no log, none is made by who only reads it, and it is on the disk. */
function finish(partial: string): void {
  const copy = new DatabaseSync(partial);
  try {
    copy.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE');
    writeShut(copy);
  } finally {
    copy.close();
  }
  sync(partial);
}

/** By another name, which must be free: a rename would replace what has it. */
function take(partial: string, file: string): void {
  try {
    linkSync(partial, file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Error(`${file} already exists`, { cause: error });
    // No second names for files here.
    renameSync(partial, file);
  }
  sync(dirname(file));
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
