import { chmodSync, closeSync, existsSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Read and written by its owner alone: what tasks are given and give back is nobody else's business on a shared machine. */
export const PRIVATE = 0o600;

/** The file of a store, and the files beside it. SQLite creates its files with the mode of the store. */
const PARTS = ['', '-wal', '-log', '-shm', '-journal', '-reserve'] as const;

const LINKS = 40;

/**
 * Where a store really is: SQLite has its log beside what a link leads to, and the working folder may change. A link to what is not there
 * yet leads to where it will be.
 */
export function realPlace(store: string): string {
  let place = resolve(store);
  for (let links = 0; links < LINKS; links++) {
    if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return place;
    place = resolve(dirname(place), readlinkSync(place));
  }
  return place;
}

/**
 * Creates the file of a store if there is none: SQLite would use the umask.
 * @throws Error of the file system, such as `ENOENT` where there is no such folder
 */
export function makePrivateFile(store: string): void {
  closeSync(openSync(store, 'a', PRIVATE));
}

/** Makes a store that was there before private as well. One that belongs to another user stays as that user wants it. */
export function keepPrivate(store: string): void {
  for (const part of PARTS) {
    try {
      if (existsSync(store + part)) chmodSync(store + part, PRIVATE);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) throw error;
    }
  }
}
