/**
 * Whether a store is complete by itself, or needs the log beside it: recorded in the header of the file, where it is found before SQLite
 * does anything to either. It goes with the version of the schema (`PRAGMA user_version`), which older gateways look at before
 * all else: they refuse a store that is newer by its number.
 *
 * A store is marked as open before the first thing is said to be kept, and as shut after all else has been moved into it. Both marks
 * are transactions that write the first page and nothing else. So a store that is marked as open has a log with something in it;
 * and where one that is shut has a log, that holds such a mark whose way into the file was cut short, or it is a stranger's.
 */
import { existsSync, statSync } from 'node:fs';
import { fileSize, isMoved, pagesIn, readBytes } from './log-file.ts';

/** "Clrc": tells our files from others'. */
export const APPLICATION_ID = 0x436c7263;

/** Added to the version of the schema of a store that is open. */
const OPEN = 1_000_000;
/** Gateways before this schema did not say. */
const FIRST_MARKED = 8;

/** @param version as `PRAGMA user_version` has it */
export function schemaOf(version: number): number {
  return version % OPEN;
}

export function isMarkedOpen(version: number): boolean {
  return version >= OPEN;
}

export function markedOpen(version: number): number {
  return OPEN + schemaOf(version);
}

/** How the file of the reserve begins: whose it is. */
export const RESERVE_HEAD = 'celeriac: room that is kept free for the task store beside this file\n';

/** Another name for the log of an open store, which SQLite does not know. */
export const SECOND_NAME = '-log';

/** Where in a store these stand; https://sqlite.org/fileformat2.html has this and the form of the log. */
const WRITE_FORM_AT = 18;
const VERSION_AT = 60;
const APPLICATION_AT = 68;
const HEAD = 100;
/** That what is written goes to a log first. */
const LOGGED = 2;
/** Parts of the head that a mark changes: the counter of changes, the mark, which change was valid for what, and by which SQLite. */
const CHANGING = [
  [24, 28],
  [VERSION_AT, 64],
  [92, 100],
] as const;

/**
 * Looks at the files of a store before they are opened.
 * @throws Error where something of what was kept there is not there any more, in words
 */
export function refuseLoss(store: string): void {
  const stats = statSync(store, { throwIfNoEntry: false });
  if (stats?.isFile() === false) throw new Error(`it is ${stats.isDirectory() ? 'a folder' : 'not a file'}`);
  const size = stats?.size ?? 0;
  const log = fileSize(`${store}-wal`);
  if (size === 0) refuseRemains(store, log);
  else refuseLog(store, log);
}

function refuseRemains(store: string, log: number): void {
  const remains = [
    ...(log > 0 ? [`${store}-wal`] : []),
    ...(fileSize(store + SECOND_NAME) > 0 ? [store + SECOND_NAME] : []),
    ...(readBytes(`${store}-reserve`, 0, RESERVE_HEAD.length).toString() === RESERVE_HEAD
      ? [`${store}-reserve`]
      : []),
  ];
  if (remains.length === 0) return;
  const what = existsSync(store) ? 'it is empty' : 'it does not exist';
  throw new Error(
    `${what}, but ${remains.join(' and ')} of a store that was here ${remains.length === 1 ? 'is' : 'are'}: put the store back, or restore a backup; to begin a new one, move ${remains.length === 1 ? 'that' : 'those'} away as well`,
  );
}

/** Whether a store needs a log, and has none. */
export function isLogLost(store: string): boolean {
  return fileSize(`${store}-wal`) === 0 && markOf(store) === 'open' && !isWhole(store);
}

/** `blank`: an older gateway has begun it, and has put everything into a log. */
function markOf(store: string): 'open' | 'shut' | 'blank' | undefined {
  const head = readBytes(store, 0, HEAD);
  if (head.length < HEAD) return undefined;
  const [version, application] = [head.readInt32BE(VERSION_AT), head.readUInt32BE(APPLICATION_AT)];
  if (application === 0) return version === 0 && head[WRITE_FORM_AT] === LOGGED ? 'blank' : undefined;
  if (application !== APPLICATION_ID || version < FIRST_MARKED) return undefined;
  return isMarkedOpen(version) ? 'open' : 'shut';
}

function refuseLog(store: string, log: number): void {
  const mark = markOf(store);
  if (log === 0 && mark === 'blank') {
    throw new Error(
      `it is empty without its log, and ${store}-wal is missing: move it here as well, or restore a backup; to begin a new store, move this one away`,
    );
  }
  if (isLogLost(store)) {
    throw new Error(
      `its log ${store}-wal is missing, and without it the latest changes are lost: move it here as well${fileSize(store + SECOND_NAME) > 0 ? ` (${store + SECOND_NAME} is the same file)` : ''}, or restore a backup; celeriac store check --accept takes the store as it is`,
    );
  }
  if (log > 0 && mark === 'shut' && !holdsMark(store)) {
    throw new Error(
      `${store}-wal beside it is not its log, but that of another store (was a backup put in its place?): move that file away`,
    );
  }
}

/**
 * A process that ends without closing its store has SQLite do that: the log is moved into the store and deleted, but nothing is marked. The
 * second name of the log tells that from one that was lost.
 */
function isWhole(store: string): boolean {
  const log = store + SECOND_NAME;
  return fileSize(log) > 0 && isMoved(store, log);
}

/** Whether all that is in a log is a mark of this store. */
function holdsMark(store: string): boolean {
  const pages = pagesIn(`${store}-wal`);
  const [first, second] = pages ?? [];
  if (first === undefined) return pages !== undefined;
  if (second !== undefined || first.number !== 1) return false;
  return unmarked(first.bytes).equals(unmarked(readBytes(store, 0, first.bytes.length)));
}

/** The first page without what a mark changes. */
function unmarked(page: Buffer): Buffer {
  const rest = Buffer.from(page);
  for (const [from, to] of CHANGING) rest.fill(0, from, Math.min(to, rest.length));
  return rest;
}
