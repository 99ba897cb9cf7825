/**
 * Whether a store is whole by itself, or needs the log beside it: said in the head of the file, where it is found before SQLite
 * does anything to either (`PRAGMA application_id`).
 *
 * A store is marked as open before the first thing is said to be kept, and as shut after all else has been moved into it. Both marks
 * are transactions that write the first page and nothing else. So a store that is marked as open has a log with something in it;
 * and where one that is shut has a log, that holds such a mark whose way into the file was cut short, or it is a stranger's.
 */
import { existsSync } from 'node:fs';
import { isMoved, pagesIn, readBytes, sizeOf } from './log-file.ts';

/** "Clrc": by gateways that did not say. */
export const UNMARKED = 0x436c7263;
/** "ClrO" */
export const OPEN = 0x436c724f;
/** "ClrS" */
export const SHUT = 0x436c7253;

export const MARKS: ReadonlySet<number> = new Set([UNMARKED, OPEN, SHUT]);

/** How the file of the reserve begins: whose it is. */
export const RESERVE_HEAD = 'celeriac: room that is kept free for the task store beside this file\n';

/** Another name for the log of an open store, which SQLite does not know. */
export const SECOND_NAME = '-log';

/** Where in a store its mark stands; https://sqlite.org/fileformat2.html has this and the form of the log. */
const MARK_AT = 68;
/** Parts of the head that a mark changes: the counter of changes, the mark, which change was valid for what, and by which SQLite. */
const CHANGING = [
  [24, 28],
  [MARK_AT, 72],
  [92, 100],
] as const;

/**
 * Looks at the files of a store before they are opened.
 * @throws Error where something of what was kept there is not there any more, in words
 */
export function refuseLoss(store: string): void {
  const size = sizeOf(store);
  const log = sizeOf(`${store}-wal`);
  if (size === 0) refuseRemains(store, log);
  else refuseLog(store, log);
}

function refuseRemains(store: string, log: number): void {
  const remains = [
    ...(log > 0 ? [`${store}-wal`] : []),
    ...(readBytes(`${store}-reserve`, 0, RESERVE_HEAD.length).toString() === RESERVE_HEAD
      ? [`${store}-reserve`]
      : []),
  ];
  if (remains.length === 0) return;
  const what = existsSync(store) ? 'it is empty' : 'it is not there';
  throw new Error(
    `${what}, but ${remains.join(' and ')} of a store that was here ${remains.length === 1 ? 'is' : 'are'}: put the store back, or restore a backup; to begin a new one, move ${remains.length === 1 ? 'that' : 'those'} away as well`,
  );
}

/** Whether a store needs a log, and has none. */
export function isLogLost(store: string): boolean {
  return sizeOf(`${store}-wal`) === 0 && markOf(store) === OPEN && !isWhole(store);
}

function markOf(store: string): number | undefined {
  const head = readBytes(store, MARK_AT, 4);
  return head.length < 4 ? undefined : head.readUInt32BE();
}

function refuseLog(store: string, log: number): void {
  if (isLogLost(store)) {
    throw new Error(
      `its log ${store}-wal is missing, without which what was kept last is lost: move it here as well${sizeOf(store + SECOND_NAME) > 0 ? ` (${store + SECOND_NAME} is the same file)` : ''}, or restore a backup; celeriac store check --accept takes the store as it is`,
    );
  }
  if (log > 0 && markOf(store) === SHUT && !holdsMark(store)) {
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
  return sizeOf(log) > 0 && isMoved(store, log);
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
